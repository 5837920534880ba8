/*
 * A host reached through the system's ssh: one control master as a child, and
 * clients of its control socket for commands and forwarded Unix sockets. For
 * what libssh2 cannot do.
 */
#ifndef IO_SSH_MASTER_H
#define IO_SSH_MASTER_H

#include "io/child.h"

struct ssh_master;

struct ssh_master_handler {
	void (*up)(void *arg);
	/* Once, and the last call: free the master, in it or later. */
	void (*ended)(const char *error, void *arg);
	void *arg;
};

struct ssh_master *ssh_master_new(struct loop *l, struct children *c,
    const char *host, const char *config, const char *run_dir,
    const struct ssh_master_handler *h);
void ssh_master_free(struct ssh_master *m);

/* The head of an argument vector for a client of the master, up to and with
 * the host: fills argv, returns how many (at most SSH_MASTER_ARGS). */
enum { SSH_MASTER_ARGS = 16 };
size_t ssh_master_client(const struct ssh_master *m, const char **argv);

/* Have the master listen on `local` for connections to `remote`, both Unix
 * sockets. The result's exit code says whether it does. */
struct child *ssh_master_forward(struct ssh_master *m, const char *local,
    const char *remote, child_done_fn *done, void *arg);

#endif
