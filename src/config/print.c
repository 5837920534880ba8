#include "config/conf.h"

#include "base/alloc.h"
#include "config/options.h"
#include "config/read.h"
#include "config/value.h"

struct printer {
	const struct conf *conf;
	const char *file;	/* without its directory */
	struct buf *out;
};

/* An environment's threshold may come from the general ones. */
static const struct conf_origin *
origin(const struct conf *c, const struct option *o, const char *name)
{
	const struct conf_origin *at = conf_find_origin(c, name);
	const char *general = strstr(o->path, ".limits.");

	return at || !general ? at : conf_find_origin(c, general + 1);
}

static void
print_option(struct printer *p, const struct option *o, const char *name,
    const void *base)
{
	const struct conf_origin *at = origin(p->conf, o, name);
	bool set;

	buf_addf(p->out, "%s: ", name);
	set = value_print(o, base, p->out);
	if (at)
		buf_addf(p->out, "  # %s:%d\n", p->file, at->line);
	else
		buf_addf(p->out, set ? "  # default\n" : " # not set\n");
}

static void print_struct(struct printer *p, const char *scope,
    const char *path, const void *base);

static void
print_items(struct printer *p, const struct option *o, const char *path,
    const void *base)
{
	const char *items = *(char *const *)(const void *)((const char *)base +
	    o->offset);
	size_t count = *(const size_t *)(const void *)((const char *)base +
	    o->offset2), i;
	char *scope = xasprintf("%s.*", o->path), *item;

	for (i = 0; i < count; i++) {
		const char *at = items + i * o->size;

		item = o->type == OPTION_EACH ? xasprintf("%s.%s", path,
		    *(char *const *)(const void *)(at + o->name_offset)) :
		    xasprintf("%s[%zu]", path, i);
		print_struct(p, scope, item, at);
		free(item);
	}
	free(scope);
}

/* All values of one struct; `path` is its own in the file. */
static void
print_struct(struct printer *p, const char *scope, const char *path,
    const void *base)
{
	size_t i, skip = *scope ? strlen(scope) + 1 : 0;
	const struct option *o;
	char *name;

	for (i = 0; (o = option_at(i)); i++) {
		if (!option_in_struct(o, scope) || o->type == OPTION_MAP)
			continue;
		name = xasprintf("%s%s%s", path, *path ? "." : "",
		    o->path + skip);
		if (o->type > OPTION_MAP)
			print_items(p, o, name, base);
		else
			print_option(p, o, name, base);
		free(name);
	}
}

void
conf_print(const struct conf *c, struct buf *out)
{
	const char *slash = strrchr(c->path, '/');
	struct printer p = {.conf = c, .out = out,
			    .file = slash ? slash + 1 : c->path};

	buf_addf(out, "# %s\n", c->path);
	print_struct(&p, "", "", c);
}
