/*
 * A scripted HTTP server on TCP, in the loop of the test itself: to the byte
 * what the test says, and it can be asked what it was sent.
 */
#ifndef TESTS_UNIT_ORIGIN_H
#define TESTS_UNIT_ORIGIN_H

#include "base/buf.h"
#include "io/loop.h"

/* Append the whole reply, status line and all, to a request: its target and
 * its text, the body with it. Nothing appended: no answer comes. */
typedef void origin_fn(const char *target, const char *request,
    struct buf *reply, void *arg);

struct origin {
	struct loop *loop;
	int fd, port;		/* on 127.0.0.1 */
	struct loop_watch *watch;
	struct origin_peer *peers;
	origin_fn *fn;
	void *arg;
	struct buf seen;	/* one target a line, in the order of arrival */
	struct buf last;	/* the last request's text */
};

void origin_start(struct origin *o, struct loop *l, origin_fn *fn, void *arg);
void origin_stop(struct origin *o);
/* How many targets that contained that were asked for; "": all. */
int origin_count(const struct origin *o, const char *part);
/* Append a reply with these header lines ("Name: value\r\n…"). */
void origin_say(struct buf *reply, int status, const char *headers,
    const char *body, size_t len);

#endif
