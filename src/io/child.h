/*
 * Programs run beside the loop: argv only (no shell), in a process group of
 * their own, with default signal dispositions and an empty mask, nothing
 * inherited but the three standard descriptors. Output is capped; every child
 * has a deadline, after which its group gets SIGTERM and SIGKILL: 2 s later, or
 * as soon as the child itself has ended.
 */
#ifndef IO_CHILD_H
#define IO_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "io/loop.h"

struct children;	/* the reaper: one per loop */
struct child;

struct child_result {
	int exit_code;		/* 0–255, or -1 when it did not exit */
	int signal;		/* that ended it, or 0 */
	bool timed_out;
	bool truncated;		/* the output passed the cap */
	const char *error;	/* could not start: why; NULL otherwise */
	const char *out, *err;	/* gathered output, NUL-terminated; borrowed */
	size_t out_len, err_len;
};

/* Called once, never from inside child_start(), after the process was reaped
 * and its output read to the end; who else holds its output open (a process
 * left in the background) is not waited for longer than 0.5 s. */
typedef void child_done_fn(const struct child_result *r, void *arg);
/* Output as it comes (which: 1 or 2). When set, nothing is gathered. */
typedef void child_output_fn(int which, const char *data, size_t len,
    void *arg);

struct child_request {
	const char *const *argv;	/* NULL-ended; argv[0] through PATH */
	const char *const *env;		/* "NAME=value" to add, or NULL */
	const char *directory;		/* NULL: ours */
	const char *input;		/* bytes for its stdin, then EOF */
	size_t input_len;
	bool keep_input;		/* leave stdin open: child_write() */
	int socket;			/* 0, or a descriptor that becomes its
					 * stdin and stdout (ssh -W); still
					 * the caller's */
	size_t output_max;		/* per stream; 0: 1 MiB */
	int64_t deadline_ms;		/* 0 only for one that is to stay */
	child_output_fn *output;	/* NULL: gather */
	child_done_fn *done;
	void *arg;
};

/* Blocks SIGCHLD, which it takes through a signalfd of its own; it waits for
 * its own children only. */
struct children *children_new(struct loop *l, struct err *e);
/* Ends what still runs (SIGTERM, then SIGKILL, at most 2 s); `done` is not
 * called. */
void children_free(struct children *c);

/* Always returns a child; a failure to start is reported to `done`. */
struct child *child_start(struct children *c, const struct child_request *r);
pid_t child_pid(const struct child *c);
/* Queue bytes for its stdin (keep_input); -1 when 1 MiB is waiting or the
 * child has closed it. */
int child_write(struct child *c, const char *data, size_t len);
void child_close_input(struct child *c);
/* End it and its group; `done` is not called. NULL is accepted. */
void child_cancel(struct child *c);

#endif
