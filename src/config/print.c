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

/* All values of one struct; `path` is its own in the file. */
static void
print_struct(struct printer *p, const char *scope, const char *path,
    const void *base)
{
	size_t i, skip = *scope ? strlen(scope) + 1 : 0;
	char *name;

	for (i = 0; i < option_count; i++) {
		if (!option_in_struct(&options[i], scope) ||
		    options[i].type >= OPTION_MAP)
			continue;
		name = xasprintf("%s%s%s", path, *path ? "." : "",
		    options[i].path + skip);
		print_option(p, &options[i], name, base);
		free(name);
	}
}

void
conf_print(const struct conf *c, struct buf *out)
{
	const char *slash = strrchr(c->path, '/');
	struct printer p = {.conf = c, .out = out,
			    .file = slash ? slash + 1 : c->path};
	size_t i, j;
	char *path, *probe;

	buf_addf(out, "# %s\n", c->path);
	print_struct(&p, "", "", c);
	for (i = 0; i < c->environment_count; i++) {
		const struct conf_environment *env = &c->environments[i];

		path = xasprintf("environments.%s", env->name);
		print_struct(&p, "environments.*", path, env);
		for (j = 0; j < env->probe_count; j++) {
			probe = xasprintf("%s.probes[%zu]", path, j);
			print_struct(&p, "environments.*.probes.*", probe,
			    &env->probes[j]);
			free(probe);
		}
		free(path);
	}
}
