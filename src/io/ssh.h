/*
 * One connection per ssh host, kept: commands and Unix sockets on the far side,
 * without blocking. Two transports behind this header: libssh2 in the process
 * (ssh-session), and, for what libssh2 1.10 cannot do (RSA-only host keys,
 * hardened ciphers, certificates, FIDO keys, GSSAPI), a control master of the
 * system's ssh (ssh-master). The choice is automatic and shown in the status.
 *
 * The operator's own configuration decides about user, port, keys, known hosts
 * and jump hosts, read through `ssh -G`. An unknown or changed host key is
 * refused with its fingerprint and the command that mends it. A dead peer is
 * noticed within 20 s; reconnection backs off (1 s to 60 s, with jitter).
 */
#ifndef IO_SSH_H
#define IO_SSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/child.h"
#include "io/http.h"
#include "io/loop.h"

struct ssh;		/* one host */
struct ssh_exec;	/* one command on it */

enum ssh_state {
	SSH_IDLE,		/* nobody has asked for anything yet */
	SSH_CONNECTING,
	SSH_UP,
	SSH_DOWN,		/* waits for its next try */
};

struct ssh_status {
	enum ssh_state state;
	const char *transport;	/* "libssh2", "openssh"; "" before the choice */
	const char *why;	/* why openssh, or "" */
	const char *error;	/* last failure with what mends it, or ""; when
				 * SSH_UP: of a socket that is not reached */
	int64_t since;		/* wall ms of the present state */
	int64_t next_try;	/* wall ms when SSH_DOWN, else TIME_UNKNOWN */
	int64_t last_byte;	/* wall ms when the peer was last heard */
};

/* The state has changed: look with ssh_status(). */
typedef void ssh_change_fn(struct ssh *s, void *arg);

struct ssh_options {
	const char *host;	/* alias, name or address, as for ssh(1) */
	const char *config;	/* file for ssh -F, or NULL */
	const char *run_dir;	/* 0700 directory for sockets */
	const char *force;	/* NULL: automatic; "libssh2" or "openssh" */
	ssh_change_fn *change;	/* or NULL */
	void *arg;
};

/* Nothing is contacted before the first exec or socket use. */
struct ssh *ssh_new(struct loop *l, struct children *c, struct http *h,
    const struct ssh_options *o, struct err *e);
/* Not from inside a callback of its own. NULL is accepted. */
void ssh_free(struct ssh *s);
/* Borrowed, valid until the next turn of the loop. */
struct ssh_status ssh_status(const struct ssh *s);
/* Give up the present wait and connect now. */
void ssh_retry(struct ssh *s);

/* A local Unix socket path (0700 directory, only this process is served) on
 * which every connection is bridged to remote_path on the host. Connecting
 * while the host is down fails at once. The path lives as long as s. Borrowed. */
const char *ssh_socket(struct ssh *s, const char *remote_path);

/* Run a command line with the far user's shell; result and output as for a
 * child (io/child.h): keep_input, input, output, output_max, deadline_ms, done
 * and arg of r are used, `command` stands for argv. When the host is down,
 * done reports it as error. A lost connection is reported as error too: what
 * the command did is then unknown. */
struct ssh_exec *ssh_exec(struct ssh *s, const char *command,
    const struct child_request *r);
int ssh_exec_write(struct ssh_exec *x, const char *data, size_t len);
void ssh_exec_close_input(struct ssh_exec *x);
void ssh_exec_cancel(struct ssh_exec *x);

#endif
