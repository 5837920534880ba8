/* The inside of the registry's source: registry.c holds the tags and the rounds,
 * registry-ask.c what is asked in a round and what the answers mean. */
#ifndef SOURCE_REGISTRY_PRIVATE_H
#define SOURCE_REGISTRY_PRIVATE_H

#include "source/registry.h"
#include "source/registry-auth.h"

#define REGISTRY_REQUEST_MS 10000

/* One question of a round: whether this is a registry (tag NULL), or has that
 * tag. */
struct question {
	struct registry_source *source;
	char *tag;
	enum { OPEN, ASKED, ANSWERED } state;
	struct http_transfer *request;
	bool whole;		/* GET: HEAD is not enough for it */
	enum registry_scheme signed_as;
	enum tri present;
	char *digest;
	int64_t at;
};

struct registry_source {
	struct world *w;
	const struct conf_registry *c;
	const char *name;	/* of the repository, in c->image */
	char *place;		/* c->url without its scheme */
	struct registry_auth *auth;
	struct loop_timer *timer;
	int64_t next_at, not_before;	/* mono ms */
	bool again;		/* a refresh came during a round */
	/* The round under way; none when there are no questions. */
	struct question *questions;	/* the first is about the registry */
	size_t count;
	int asked;		/* without an answer yet */
	bool whole;		/* all tags, not only new ones */
	bool getting_auth;
	bool wants_auth;	/* once nothing is under way */
	int auths;
	char *trouble;		/* what ends it */
	int64_t retry_ms;
	bool limited;
};

/* registry.c: the round has ended, with r->trouble or without. */
void registry_finish(struct registry_source *r);

/* registry-ask.c */
/* Ask what there is to ask, or end the round. */
void registry_go_on(struct registry_source *r);
/* The first one counts; what is under way still ends. retry_ms 0: with the next
 * round. */
void registry_trouble(struct registry_source *r, int64_t retry_ms,
    const char *text);

#endif
