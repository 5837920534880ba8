#include "source/docker-parse-private.h"

#include "base/alloc.h"

/* References are longer than names: a host, a path, a tag or a digest. */
#define NONE "<none>"

void
docker_images_release(struct docker_images *l)
{
	size_t i;

	for (i = 0; i < l->count; i++) {
		free(l->items[i].reference);
		free(l->items[i].id);
	}
	free(l->items);
	*l = (struct docker_images){0};
}

static bool
is_image_id(const char *s)
{
	size_t i;

	/* podman leaves the algorithm away in older versions. */
	if (!strncmp(s, "sha256:", 7))
		s += 7;
	for (i = 0; s[i]; i++)
		if (!strchr("0123456789abcdef", s[i]))
			return false;
	return i == 64;
}

/* As struct service's digest has it. */
static char *
image_id(const struct json *v)
{
	const char *s = json_text(v, "");

	if (!is_image_id(s))
		return NULL;
	return xasprintf("sha256:%s", s[6] == ':' ? s + 7 : s);
}

/* The names of one image: what stands for "no name" is none. */
static size_t
add_names(struct docker_images *l, const struct json *names, const char *id,
    int64_t created_at)
{
	const struct json *n;
	size_t before = l->count;

	for (n = json_first(names); n; n = json_next(n)) {
		char *reference;

		if (l->count == DOCKER_IMAGES_MAX ||
		    strstr(json_text(n, NONE), NONE))
			continue;
		reference = parse_word(n);
		if (!reference)
			continue;
		if ((l->count & (l->count - 1)) == 0)
			l->items = xreallocarray(l->items,
			    l->count ? 2 * l->count : 1, sizeof(*l->items));
		l->items[l->count++] = (struct host_image){
			reference, xstrdup(id), created_at};
	}
	return l->count - before;
}

int
docker_images_parse(const char *text, size_t len, struct docker_images *out,
    struct err *e)
{
	struct json *v = parse_json(text, len, "image list", e);
	struct docker_images l = {0};
	const struct json *item;

	if (!v)
		return -1;
	if (!json_is_array(v)) {
		json_free(v);
		return err_set(e, "the engine's image list is no array");
	}
	for (item = json_first(v); item; item = json_next(item)) {
		char *id = image_id(json_get(item, "Id"));
		int64_t created = json_int(json_get(item, "Created"), -1);

		created = created > 0 && created < INT64_MAX / 1000 ?
		    created * 1000 : TIME_UNKNOWN;
		/* One that was pulled by its digest has no tag. */
		if (id && !add_names(&l, json_get(item, "RepoTags"), id,
		    created))
			add_names(&l, json_get(item, "RepoDigests"), id,
			    created);
		free(id);
	}
	json_free(v);
	*out = l;
	return 0;
}

/* The tag begins at a colon after the last slash; before it, a colon begins a
 * registry's port. */
size_t
docker_repository_len(const char *reference)
{
	size_t n = strcspn(reference, "@");
	size_t i = n;

	while (i > 0 && reference[i - 1] != ':' && reference[i - 1] != '/')
		i--;
	return i > 0 && reference[i - 1] == ':' ? i - 1 : n;
}
