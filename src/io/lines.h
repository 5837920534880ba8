/*
 * A socket that carries lines: bytes in, whole lines out, and a bounded queue
 * the other way. Both ends of the protocol stand on it. Nothing here blocks;
 * a peer that does not read fills its queue, and the owner is told.
 */
#ifndef IO_LINES_H
#define IO_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "io/loop.h"

struct lines;

struct lines_handlers {
	/* One line without its line feed; the bytes are borrowed. May call
	 * lines_free(). */
	void (*line)(void *arg, const char *text, size_t len);
	/* The peer has gone or broke a limit; why is for people. The owner
	 * calls lines_free(), now or later; no other call comes. */
	void (*closed)(void *arg, const char *why);
	/* The queue has become empty. May be NULL. */
	void (*drained)(void *arg);
	void *arg;
};

/* Takes over fd, which must be non-blocking. line_max: bytes of one incoming
 * line; queue_max: bytes waiting to go out. */
struct lines *lines_new(struct loop *l, int fd, size_t line_max,
    size_t queue_max, const struct lines_handlers *h);
void lines_free(struct lines *l);	/* NULL is accepted */

/* Queue a line; the line feed is added. -1 when the queue would pass its
 * limit: nothing was queued. */
int lines_send(struct lines *l, const char *text, size_t len);
size_t lines_queued(const struct lines *l);
/* Stop reading, and go on. */
void lines_hold(struct lines *l, bool hold);
/* Free it once the queue is empty, or after 1 s. */
void lines_finish(struct lines *l);

#endif
