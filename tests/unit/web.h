/*
 * A scripted web server on 127.0.0.1, in the loop of the test itself: what it
 * answers to which request, and what it was asked, the test says and sees.
 */
#ifndef TESTS_UNIT_WEB_H
#define TESTS_UNIT_WEB_H

#include "base/buf.h"
#include "io/loop.h"

struct web_request {
	const char *method, *target;
	const char *headers;	/* as they came, line by line */
};

struct web_reply {
	int status;		/* 200; 0: the end, at once; -1: nothing */
	struct buf headers;	/* lines with \r\n */
	struct buf body;
};

typedef void web_fn(const struct web_request *q, struct web_reply *r,
    void *arg);

struct web {
	struct loop *loop;
	char url[64];		/* "http://127.0.0.1:PORT" */
	int fd;
	struct loop_watch *watch;
	struct web_peer *peers;
	web_fn *fn;
	void *arg;
	struct buf seen;	/* "METHOD target\n", in the order of arrival */
};

void web_start(struct web *w, struct loop *l, web_fn *fn, void *arg);
void web_stop(struct web *w);
/* The value of a request's header in a buffer of the caller's; "" when it is
 * not there. */
const char *web_header(const struct web_request *q, const char *name,
    char value[256]);
/* How many requests contained that. */
int web_count(const struct web *w, const char *part);

#endif
