#include "source/github-cache.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "base/alloc.h"

struct entry {
	TAILQ_ENTRY(entry) link;
	char *path, *etag, *body, *next;
	struct github_cached shown;
};

struct github_cache {
	TAILQ_HEAD(entries, entry) entries;	/* last asked for first */
	size_t count, bytes;
};

struct github_cache *
github_cache_new(void)
{
	struct github_cache *c = xcalloc(1, sizeof(*c));

	TAILQ_INIT(&c->entries);
	return c;
}

static void
drop(struct github_cache *c, struct entry *e)
{
	TAILQ_REMOVE(&c->entries, e, link);
	c->count--;
	c->bytes -= e->shown.body_len;
	free(e->path);
	free(e->etag);
	free(e->body);
	free(e->next);
	free(e);
}

void
github_cache_free(struct github_cache *c)
{
	struct entry *e;

	if (!c)
		return;
	while ((e = TAILQ_FIRST(&c->entries)))
		drop(c, e);
	free(c);
}

static struct entry *
find(struct github_cache *c, const char *path)
{
	struct entry *e;

	TAILQ_FOREACH(e, &c->entries, link)
		if (strcmp(e->path, path) == 0)
			return e;
	return NULL;
}

const struct github_cached *
github_cache_find(struct github_cache *c, const char *path)
{
	struct entry *e = find(c, path);

	if (!e)
		return NULL;
	TAILQ_REMOVE(&c->entries, e, link);
	TAILQ_INSERT_HEAD(&c->entries, e, link);
	return &e->shown;
}

void
github_cache_put(struct github_cache *c, const char *path,
    const struct github_cached *answer)
{
	struct entry *e = find(c, path);

	if (e)
		drop(c, e);
	if (answer->body_len > GITHUB_CACHE_BODY_MAX)
		return;
	while (c->count && (c->count >= GITHUB_CACHE_ITEMS ||
	    c->bytes + answer->body_len > GITHUB_CACHE_BYTES))
		drop(c, TAILQ_LAST(&c->entries, entries));
	e = xcalloc(1, sizeof(*e));
	e->path = xstrdup(path);
	e->etag = xstrdup(answer->etag);
	e->body = xstrndup(answer->body, answer->body_len);
	e->next = xstrdup_or_null(answer->next);
	e->shown = (struct github_cached){e->etag, e->body, answer->body_len,
					  e->next};
	TAILQ_INSERT_HEAD(&c->entries, e, link);
	c->count++;
	c->bytes += answer->body_len;
}

size_t
github_cache_bytes(const struct github_cache *c)
{
	return c->bytes;
}
