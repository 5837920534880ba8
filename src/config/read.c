#include "config/read.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "config/value.h"

struct reader {
	struct conf *conf;
	struct problems *problems;
};

/* A map on its way into a struct. */
struct place {
	const char *scope;	/* as in the table: "environments.*" */
	char *path;		/* as in the file: "environments.prod" */
	void *base;
};

static void read_map(struct reader *r, const struct place *at,
    const struct node *map);

static char *
join(const char *path, const char *key)
{
	return xasprintf("%s%s%s", path, *path ? "." : "", key);
}

/* A value is found by its own place, what holds options by its key's. */
static void
remember(struct conf *c, const char *option, const struct node *n)
{
	bool key = n->key && n->kind != NODE_SCALAR;

	c->origins = xreallocarray(c->origins, c->origin_count + 1,
	    sizeof(*c->origins));
	c->origins[c->origin_count++] = (struct conf_origin){
		.option = xstrdup(option),
		.line = key ? n->key_line : n->line,
		.column = key ? n->key_column : n->column,
	};
}

/* A value as an error names it: "'abc'", "a map", "[95, 80]". */
static char *
show(const struct node *n)
{
	struct buf b = BUF_INIT(4096);
	const struct node *item;
	char *text, *shown;

	if (node_is_null(n))
		return xstrdup(_("empty"));
	if (n->kind == NODE_SCALAR) {
		text = problems_quote(n->text);
		shown = xasprintf("'%s'", text);
		free(text);
		return shown;
	}
	if (n->kind == NODE_MAP)
		return xstrdup(_("a map"));
	for (item = n->first; item && item->kind == NODE_SCALAR;
	    item = item->next) {
		text = problems_quote(item->text);
		buf_addf(&b, "%s%s", item == n->first ? "[" : ", ", text);
		free(text);
	}
	buf_addc(&b, ']');
	shown = xstrdup(n->first && !item && b.len < 80 ? buf_str(&b) :
	    _("a list"));
	buf_release(&b);
	return shown;
}

/* "PATH is 'abc', expected a duration from 1s to 1h". */
static void
complain(struct reader *r, const struct option *o, const char *path,
    const struct node *n)
{
	struct buf expected = BUF_INIT(4096);
	char *shown = show(n);

	value_describe(o, &expected);
	problems_add(r->problems, n->line, n->column, value_is_clean(n) ?
	    _("%s is %s, expected %s") :
	    _("%s is %s with characters that cannot be shown, expected %s"),
	    path, shown, buf_str(&expected));
	free(shown);
	buf_release(&expected);
}

/* The same of the items of a list, each by itself. */
static void
complain_items(struct reader *r, const struct option *o, const char *path,
    const struct node *list)
{
	const struct node *item;
	char *name;
	size_t i = 0;

	if (list->kind != NODE_LIST || list->count > (size_t)o->max) {
		complain(r, o, path, list);
		return;
	}
	for (item = list->first; item; item = item->next, i++) {
		if (value_is_user(item) || item->kind == NODE_BROKEN)
			continue;
		name = xasprintf("%s[%zu]", path, i);
		complain(r, o, name, item);
		free(name);
	}
}

/* The keys that may stand in a scope, for hints. */
static size_t
keys_of(const char *scope, const char **keys)
{
	const struct option *o;
	size_t i, n = 0;

	for (i = 0; (o = option_at(i)); i++) {
		const char *key = option_key(o, scope);

		if (key)
			keys[n++] = key;
	}
	keys[n] = NULL;
	return n;
}

static void
unknown_key(struct reader *r, const struct place *at, const struct node *n,
    const char *const *keys)
{
	const char *near = text_nearest(n->key, keys);
	char *key = problems_quote(n->key);
	struct buf all = BUF_INIT(4096);
	size_t i;

	for (i = 0; keys[i]; i++)
		buf_addf(&all, "%s%s", i ? ", " : "", keys[i]);
	if (near)
		problems_add(r->problems, n->key_line, n->key_column,
		    _("unknown key '%s'%s%s, did you mean '%s'?"), key,
		    *at->path ? _(" in ") : "", at->path, near);
	else
		problems_add(r->problems, n->key_line, n->key_column,
		    _("unknown key '%s'%s%s, expected one of: %s"), key,
		    *at->path ? _(" in ") : "", at->path, buf_str(&all));
	buf_release(&all);
	free(key);
}

static void
check_keys(struct reader *r, const struct place *at, const struct node *map)
{
	const char **keys = xcalloc(option_count() + 1, sizeof(*keys));
	size_t count = keys_of(at->scope, keys), i;
	const struct node *n;

	for (n = map->first; n; n = n->next) {
		for (i = 0; i < count && strcmp(keys[i], n->key) != 0; i++)
			;
		if (i == count)
			unknown_key(r, at, n, keys);
	}
	free(keys);
}

static void
set_defaults(const char *scope, void *base)
{
	const struct option *o;
	size_t i;

	for (i = 0; (o = option_at(i)); i++)
		if (option_in_struct(o, scope))
			value_default(o, base);
}

/* What an item of a list or a map of names starts from. */
static void
prepare_item(struct reader *r, const struct option *o, const char *scope,
    void *item)
{
	set_defaults(scope, item);
	if (o->type == OPTION_EACH)
		((struct conf_environment *)item)->limits = r->conf->limits;
}

static bool
is_items(struct reader *r, const struct option *o, const char *path,
    const struct node *n)
{
	enum node_kind kind = o->type == OPTION_EACH ? NODE_MAP : NODE_LIST;

	if (node_is_null(n))
		return false;
	if (n->kind != kind) {
		complain(r, o, path, n);
		return false;
	}
	if (n->count <= (size_t)o->max)
		return true;
	problems_add(r->problems, n->line, n->column,
	    _("%s has %zu items, expected at most %d"), path, n->count,
	    (int)o->max);
	return false;
}

static void
read_item(struct reader *r, const struct place *at, const struct node *n)
{
	struct node empty = {.kind = NODE_MAP, .line = n->line,
			     .column = n->column};
	char *shown;

	if (n->kind == NODE_MAP) {
		read_map(r, at, n);
	} else if (node_is_null(n)) {
		read_map(r, at, &empty);
	} else if (n->kind != NODE_BROKEN) {
		shown = show(n);
		problems_add(r->problems, n->line, n->column,
		    _("%s is %s, expected a map of options"), at->path, shown);
		free(shown);
	}
}

static void
read_items(struct reader *r, const struct option *o, const char *path,
    const struct node *list, void *base)
{
	void **items = (void *)((char *)base + o->offset);
	size_t *count = (void *)((char *)base + o->offset2), i = 0;
	struct place at = {.scope = NULL};
	const struct node *n;
	char *scope, *key;

	if (!is_items(r, o, path, list))
		return;
	scope = join(o->path, "*");
	at.scope = scope;
	*items = xcalloc(list->count + 1, o->size);
	*count = list->count;
	for (n = list->first; n; n = n->next, i++) {
		at.base = (char *)*items + i * o->size;
		prepare_item(r, o, scope, at.base);
		if (n->key) {
			*(char **)(void *)((char *)at.base + o->name_offset) =
			    xstrdup(n->key);
			key = problems_quote(n->key);
			at.path = join(path, key);
			free(key);
			remember(r->conf, at.path, n);
		} else {
			at.path = xasprintf("%s[%zu]", path, i);
			remember(r->conf, at.path, n);
		}
		read_item(r, &at, n);
		free(at.path);
	}
	free(scope);
}

static void
read_submap(struct reader *r, const struct option *o, const char *path,
    const struct node *n, void *base)
{
	struct place at = {.scope = o->path, .path = xstrdup(path),
			   .base = base};
	struct node whole = {.kind = NODE_MAP, .line = n->line,
			     .column = n->column, .count = 1};
	struct node value;

	if (n->kind == NODE_MAP) {
		read_map(r, &at, n);
	} else if (n->kind == NODE_SCALAR && o->short_for &&
	    !node_is_null(n)) {
		/* "ssh: prod" is "ssh: {host: prod}". */
		value = *n;
		value.key = (char *)o->short_for;
		value.next = NULL;
		whole.first = &value;
		read_map(r, &at, &whole);
	} else if (!node_is_null(n) || o->short_for) {
		complain(r, o, path, n);
	}
	free(at.path);
}

static void
read_option(struct reader *r, const struct option *o, const char *path,
    const struct node *n, void *base)
{
	switch (o->type) {
	case OPTION_MAP:
		read_submap(r, o, path, n, base);
		break;
	case OPTION_EACH:
	case OPTION_LIST:
		read_items(r, o, path, n, base);
		break;
	default:
		if (value_read(o, n, base) == 0)
			break;
		if (o->type == OPTION_USERS)
			complain_items(r, o, path, n);
		else
			complain(r, o, path, n);
		break;
	}
}

static void
missing(struct reader *r, const struct option *o, const struct place *at,
    const struct node *map, const char *key)
{
	struct buf expected = BUF_INIT(4096);

	value_describe(o, &expected);
	problems_add(r->problems, map->line, map->column,
	    _("%s has no '%s', expected %s"), *at->path ? at->path :
	    _("the file"), key, buf_str(&expected));
	buf_release(&expected);
}

static void
read_map(struct reader *r, const struct place *at, const struct node *map)
{
	const struct option *o;
	const struct node *n;
	const char *key;
	char *path;
	size_t i;

	check_keys(r, at, map);
	for (i = 0; (o = option_at(i)); i++) {
		key = option_key(o, at->scope);
		if (!key)
			continue;
		n = node_get(map, key);
		if (!n && o->required)
			missing(r, o, at, map, key);
		if (!n || n->kind == NODE_BROKEN)
			continue;
		path = join(at->path, key);
		remember(r->conf, path, n);
		read_option(r, o, path, n, at->base);
		free(path);
	}
}

static int
by_option(const void *a, const void *b)
{
	const struct conf_origin *x = a, *y = b;

	return strcmp(x->option, y->option);
}

const struct conf_origin *
conf_find_origin(const struct conf *c, const char *option)
{
	struct conf_origin wanted = {.option = (char *)option};

	if (c->origin_count == 0)
		return NULL;
	return bsearch(&wanted, c->origins, c->origin_count,
	    sizeof(*c->origins), by_option);
}

void
conf_read(struct conf *c, const struct node *root, struct problems *p)
{
	struct reader r = {.conf = c, .problems = p};
	char nowhere[] = "";
	struct place at = {.scope = "", .path = nowhere, .base = c};

	set_defaults("", c);
	limits_defaults(&c->limits);
	if (root->kind == NODE_MAP)
		read_map(&r, &at, root);
	else if (root->kind != NODE_BROKEN)
		problems_add(p, root->line, root->column,
		    _("the file is no map, expected 'project' and "
		    "'environments'"));
	if (c->origin_count)
		qsort(c->origins, c->origin_count, sizeof(*c->origins),
		    by_option);
}

static void release_struct(const char *scope, void *base);

static void
release_items(const struct option *o, void *base)
{
	char **items = (void *)((char *)base + o->offset);
	size_t count = *(size_t *)(void *)((char *)base + o->offset2), i;
	char *scope = join(o->path, "*");

	for (i = 0; i < count; i++) {
		char *item = *items + i * o->size;

		release_struct(scope, item);
		if (o->type == OPTION_EACH)
			free(*(char **)(void *)(item + o->name_offset));
	}
	free(*items);
	free(scope);
}

static void
release_struct(const char *scope, void *base)
{
	const struct option *o;
	size_t i;

	for (i = 0; (o = option_at(i)); i++) {
		if (!option_in_struct(o, scope))
			continue;
		if (o->type == OPTION_EACH || o->type == OPTION_LIST)
			release_items(o, base);
		else
			value_release(o, base);
	}
}

void
conf_release(struct conf *c)
{
	size_t i;

	for (i = 0; i < c->origin_count; i++)
		free(c->origins[i].option);
	free(c->origins);
	release_struct("", c);
	free(c->path);
}
