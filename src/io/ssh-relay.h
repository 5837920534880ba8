/*
 * Bytes from one local stream socket to another and back, with back-pressure.
 */
#ifndef IO_SSH_RELAY_H
#define IO_SSH_RELAY_H

#include <stdbool.h>

#include "io/loop.h"

struct ssh_relay;

/* Either side is done; whether the far one has ever said anything. Free the
 * relay, in it or later. */
typedef void ssh_relay_fn(bool answered, void *arg);

/* fd stays the caller's; path is connected to. NULL when nobody listens
 * there. */
struct ssh_relay *ssh_relay_new(struct loop *l, int fd, const char *path,
    ssh_relay_fn *done, void *arg);
void ssh_relay_free(struct ssh_relay *r);

#endif
