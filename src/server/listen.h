/*
 * The server's socket: one server per path (a lock file beside it decides), a
 * stale socket is replaced, and who calls is known from the kernel.
 */
#ifndef SERVER_LISTEN_H
#define SERVER_LISTEN_H

#include <sys/types.h>

#include "base/err.h"

struct listener {
	int fd, lock_fd;
	char *path, *lock_path;
};

/* Makes missing directories (0700, or 0755 for root's, whose viewers are other
 * users). 0, 1 when another server holds the lock, or -1. */
int listener_open(struct listener *l, const char *path, struct err *e);
/* Removes the socket. */
void listener_close(struct listener *l);
/* Next connection: a non-blocking descriptor, or -1 when none is waiting. */
int listener_accept(const struct listener *l);

/* The user at the other end, and the name of that user (NULL when it has
 * none; the caller frees it). -1 when the kernel does not say. */
int peer_user(int fd, uid_t *uid, char **name);

#endif
