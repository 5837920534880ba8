/*
 * What a registry and its token service say, as plain data, and what may be put
 * in a request to them. Pure functions; every text that comes out for people is
 * cleaned and cut. Facts: the OCI distribution specification 1.1, RFC 9110 §11
 * (challenges), and the token specification of the distribution project.
 */
#ifndef SOURCE_REGISTRY_PARSE_H
#define SOURCE_REGISTRY_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* How a registry wants to be asked. */
enum registry_scheme { REGISTRY_ANONYMOUS, REGISTRY_BASIC, REGISTRY_BEARER };

struct registry_challenge {
	enum registry_scheme scheme;
	char *realm, *service, *scope;	/* of a bearer; or NULL */
};

/* One WWW-Authenticate header, which may have several challenges: the best one
 * that it and earlier headers offer is kept in *c (at first all zero). -1 when
 * it is malformed; *c keeps what it had. */
int registry_challenge_parse(const char *value, struct registry_challenge *c,
    struct err *e);
void registry_challenge_release(struct registry_challenge *c);

/* The answer of a token service. The token is the caller's, to be freed with
 * secret_free(); it has no character that could leave its header. */
int registry_token_parse(const char *text, size_t len, char **token,
    int64_t *lifetime_ms, struct err *e);

/* A token service's URL, asked for that scope; -1 when the realm is no URL to
 * send a request to. */
int registry_token_url(const struct registry_challenge *c, const char *scope,
    struct buf *url, struct err *e);

/* What Retry-After says, seconds or a date, as ms from now; within a second and
 * an hour, a minute when it says nothing. */
int64_t registry_retry_after(const char *value, int64_t now);

/* Names and tags that a registry may have; others are never asked for. */
bool registry_name_valid(const char *name);
bool registry_tag_valid(const char *tag);
/* "sha256:…" with its digits. */
bool registry_digest_valid(const char *digest);

/* The words of an error reply, as one line: " (DENIED: no access)"; "" when it
 * has none. The caller frees it. */
char *registry_words(const char *body, size_t len);

#endif
