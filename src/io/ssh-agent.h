/*
 * A connection to an ssh agent: one request at a time, answered through the
 * loop, so that an agent that asks its owner for consent holds nobody up.
 */
#ifndef IO_SSH_AGENT_H
#define IO_SSH_AGENT_H

#include <stddef.h>

#include "base/buf.h"
#include "io/loop.h"

struct ssh_agent;

/* Called once per request, never from inside it. reply is borrowed, without
 * the length in front; NULL when the agent is gone. */
typedef void ssh_agent_fn(const unsigned char *reply, size_t len, void *arg);

/* NULL when nobody listens there. */
struct ssh_agent *ssh_agent_open(struct loop *l, const char *path,
    struct err *e);
/* Forgets the request under way. NULL is accepted. */
void ssh_agent_close(struct ssh_agent *a);
/* Send a message made by ssh_agent_put_…() (io/ssh-key.h). */
void ssh_agent_ask(struct ssh_agent *a, const struct buf *message,
    ssh_agent_fn *fn, void *arg);

#endif
