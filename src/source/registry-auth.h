/*
 * How a registry wants to know who asks, and what it is told: nothing, the
 * user's name and password, or a token that its token service gives for them.
 * The password is sent to the registry and to that service only, and to a
 * service elsewhere only when the way there is encrypted. It is asked for each
 * time it is needed and kept no longer than a round; a token is kept until
 * shortly before it expires.
 */
#ifndef SOURCE_REGISTRY_AUTH_H
#define SOURCE_REGISTRY_AUTH_H

#include "source/registry-parse.h"
#include "source/source.h"

struct registry_auth;

/* Why not, and when it makes sense to ask again. */
struct registry_refusal {
	const char *text;	/* borrowed */
	int64_t retry_ms;	/* 0: with the next round */
	bool limited;		/* nothing may be sent before */
};

/* Once, never from inside registry_auth_get(); NULL: done. */
typedef void registry_auth_fn(const struct registry_refusal *why, void *arg);

/* All are borrowed and outlive it; `name` is the repository's. */
struct registry_auth *registry_auth_new(struct world *w,
    const struct conf_registry *c, const char *name);
void registry_auth_free(struct registry_auth *a);

/* Learn from a reply with status 401; what was held before is forgotten. */
int registry_auth_learn(struct registry_auth *a, const struct http_reply *r,
    struct err *e);
/* A request can be signed as the registry wants, as far as is known. */
bool registry_auth_ready(const struct registry_auth *a);
/* Get what that takes. */
void registry_auth_get(struct registry_auth *a, registry_auth_fn *done,
    void *arg);
/* The user and password of a request, or a header of it ("" when none is
 * needed); borrowed until the next call of another function. */
const char *registry_auth_sign(const struct registry_auth *a,
    struct http_request *r);
/* As the registry wants to be asked, as far as is known. */
enum registry_scheme registry_auth_scheme(const struct registry_auth *a);
/* The round has ended. */
void registry_auth_forget(struct registry_auth *a);

#endif
