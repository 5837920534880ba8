/*
 * One long-lived POSIX shell on the watched host, local or through ssh, that
 * runs small scripts one after another: starting a shell for each look would
 * cost the host more than the look. It is started when first needed, ended and
 * begun anew when a script passes its deadline, and with back-off when it dies.
 */
#ifndef SOURCE_HOST_SHELL_H
#define SOURCE_HOST_SHELL_H

#include "source/observer.h"

struct host_shell_reply {
	const char *error;	/* NULL, or what failed and why; borrowed */
	bool timed_out;
	int status;		/* exit status of the script's last command */
	const char *out;	/* its standard output; borrowed */
	size_t len;
};

/* Called once, never from inside host_shell_run(). */
typedef void host_shell_done_fn(const struct host_shell_reply *r, void *arg);

struct host_shell_request {
	const char *what;	/* for errors: "looking at the checkout" */
	const char *script;	/* whole lines; reads nothing from stdin */
	size_t output_max;	/* more is an error */
	int64_t deadline_ms;	/* from when its turn comes */
	host_shell_done_fn *done;
	void *arg;
};

struct host_shell *host_shell_new(struct observer *o);
/* `done` of what waits is not called. */
void host_shell_free(struct host_shell *s);
/* Borrows r only for the call. */
void host_shell_run(struct host_shell *s, const struct host_shell_request *r);
/* Changes whenever a new shell was begun: what was defined in it is gone. */
unsigned host_shell_generation(const struct host_shell *s);
/* Forget the back-off: the host is there again. */
void host_shell_retry(struct host_shell *s);

#endif
