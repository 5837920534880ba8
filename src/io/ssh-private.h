/*
 * One host, as the files ssh.c (state), ssh-attempt.c (one try to connect),
 * ssh-exec.c (commands) and ssh-bridge.c (sockets) share it.
 */
#ifndef IO_SSH_PRIVATE_H
#define IO_SSH_PRIVATE_H

#include <sys/queue.h>

#include "base/buf.h"
#include "io/ssh-master.h"
#include "io/ssh-session.h"
#include "io/ssh.h"

struct ssh_attempt;
struct ssh_bridge;

struct ssh {
	struct loop *loop;
	struct children *children;
	struct http *http;
	char *host, *config, *run_dir, *force;
	ssh_change_fn *change;
	void *arg;

	enum ssh_state state;
	int64_t since, next_try;	/* clock_wall() */
	int64_t last_byte;
	char *error;
	char *why;			/* openssh, once it was chosen */
	int failures;			/* in a row */
	struct loop_timer *retry;
	struct ssh_attempt *attempt;	/* SSH_CONNECTING */
	struct ssh_session *session;	/* SSH_UP: this or the master */
	struct ssh_master *master;
	const struct ssh_attempt_handler *handler;
	struct child *proxy;		/* ssh -W or a ProxyCommand */
	struct buf proxy_words;		/* its standard error */

	LIST_HEAD(, ssh_exec) execs;
	LIST_HEAD(, ssh_bridge) bridges;
};

/* --- ssh.c --- */

/* Somebody wants the host: connect unless that is being done. */
void ssh_want(struct ssh *s);
/* Another state or another text to show. */
void ssh_changed(struct ssh *s);

/* --- ssh-attempt.c: exactly one of the three follows, once --- */

struct ssh_attempt_handler {
	/* The session's up was called; the handler owns it from here. */
	void (*session)(struct ssh *s, struct ssh_session *session);
	/* OpenSSH must do it, since `why`. */
	void (*openssh)(struct ssh *s, const char *why);
	void (*failed)(struct ssh *s, const char *error);
	/* A session that was handed over has ended: free it. */
	void (*ended)(struct ssh *s, const char *error);
};

struct ssh_attempt *ssh_attempt_start(struct ssh *s,
    const struct ssh_attempt_handler *h);
/* NULL is accepted. */
void ssh_attempt_free(struct ssh_attempt *a);

/* --- ssh-exec.c --- */

/* The host came up: start what waits. */
void ssh_execs_start(struct ssh *s);
/* The host went down: report what waits (and, with OpenSSH, what runs). */
void ssh_execs_fail(struct ssh *s);
void ssh_execs_free(struct ssh *s);

/* --- ssh-bridge.c --- */

void ssh_bridges_start(struct ssh *s);
void ssh_bridges_fail(struct ssh *s);
void ssh_bridges_free(struct ssh *s);

#endif
