/*
 * A scripted Docker engine on a Unix socket, in the loop of the test itself:
 * what it answers, and when, is what the test says, to the byte.
 */
#ifndef TESTS_UNIT_ENGINE_H
#define TESTS_UNIT_ENGINE_H

#include "base/buf.h"
#include "io/loop.h"

enum engine_act {
	ENGINE_ANSWER,		/* the body, with the status */
	ENGINE_STREAM,		/* the body as the first bytes of a stream */
	ENGINE_HALF,		/* half of the body, then the end */
	ENGINE_HANG,		/* nothing */
	ENGINE_DROP,		/* the end, at once */
};

struct engine_reply {
	enum engine_act act;
	int status;		/* 200 */
	struct buf body;	/* 64 MiB at most */
};

/* Fill the reply to GET target; -1: 404. */
typedef int engine_fn(const char *target, struct engine_reply *r, void *arg);

struct engine {
	struct loop *loop;
	char path[108];
	int fd;
	struct loop_watch *watch;
	struct engine_peer *peers;
	engine_fn *fn;
	void *arg;
	struct buf seen;	/* one target a line, in the order of arrival */
};

void engine_start(struct engine *e, struct loop *l, engine_fn *fn, void *arg);
void engine_stop(struct engine *e);
/* Bytes to every stream whose target contains that; says to how many. */
int engine_send(struct engine *e, const char *part, const char *data,
    size_t len);
/* End those streams. */
void engine_close(struct engine *e, const char *part);
/* How many targets that contained that were asked for. */
int engine_count(const struct engine *e, const char *part);

#endif
