/*
 * Answers by path with their ETag, so that what has not changed is not sent
 * again. Bounded: who was not asked for longest goes first.
 */
#ifndef SOURCE_GITHUB_CACHE_H
#define SOURCE_GITHUB_CACHE_H

#include <stddef.h>

struct github_cache;

struct github_cached {
	const char *etag;
	const char *body;
	size_t body_len;
	const char *next;	/* URL of the next page, or NULL */
};

#define GITHUB_CACHE_ITEMS 300
#define GITHUB_CACHE_BYTES ((size_t)16 << 20)
#define GITHUB_CACHE_BODY_MAX ((size_t)2 << 20)

struct github_cache *github_cache_new(void);
void github_cache_free(struct github_cache *c);
/* Borrowed until the next put; NULL when there is none. */
const struct github_cached *github_cache_find(struct github_cache *c,
    const char *path);
/* Copies; replaces. What is too long is not kept. */
void github_cache_put(struct github_cache *c, const char *path,
    const struct github_cached *answer);
size_t github_cache_bytes(const struct github_cache *c);

#endif
