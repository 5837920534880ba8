/* A runbook from its file: what stands at its top, and the file as a whole. */
#include "run/book-read.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* --- the top ------------------------------------------------------------- */

static void
read_title(struct book_reader *r, const struct node *n)
{
	r->book->title = reader_text(r, n, "title");
	/* It is shown before anything has a value. */
	if (r->book->title)
		reader_check_names(r, n, NULL, 0);
}

static void
read_estimate(struct book_reader *r, const struct node *n)
{
	if (n->kind != NODE_SCALAR ||
	    clock_parse_duration(n->text, &r->book->estimate_ms) == -1)
		reader_complain(r, n, "estimate",
		    _("a duration such as 5m"));
}

static void
read_environments(struct book_reader *r, const struct node *n)
{
	struct book *b = r->book;
	const struct node *item = n->kind == NODE_LIST ? n->first : n;
	size_t count = 0;

	if (n->kind == NODE_MAP || !item || n->count > BOOK_ITEMS_MAX) {
		reader_complain(r, n, "environments",
		    _("a list of environments, or *"));
		return;
	}
	b->environments = xcalloc(n->count + 2, sizeof(char *));
	for (; item; item = n->kind == NODE_LIST ? item->next : NULL) {
		char *name = reader_text(r, item, "environments");

		if (name)
			b->environments[count++] = name;
	}
}

static void
read_parameter_key(struct book_reader *r, struct book_parameter *p,
    const struct node *n)
{
	static const char *const keys[] = {"title", "required", "default",
	    NULL};

	if (strcmp(n->key, "title") == 0) {
		free(p->title);
		p->title = reader_text(r, n, "title");
	} else if (strcmp(n->key, "default") == 0 && n->kind == NODE_SCALAR) {
		free(p->fallback);
		/* Empty is a default: the value may be left out. */
		p->fallback = xstrdup(node_is_null(n) ? "" : n->text);
	} else if (strcmp(n->key, "default") == 0) {
		reader_complain(r, n, "default", _("a text"));
	} else if (strcmp(n->key, "required") != 0) {
		reader_unknown(r, n, _("a parameter"), keys);
	} else if (n->kind == NODE_SCALAR && strcmp(n->text, "true") == 0) {
		p->required = true;
	} else if (n->kind != NODE_SCALAR || strcmp(n->text, "false") != 0) {
		reader_complain(r, n, "required", _("true or false"));
	}
}

static void
read_parameter(struct book_reader *r, const struct node *n)
{
	struct book *b = r->book;
	struct book_parameter *p = &b->parameters[b->parameter_count++];
	const struct node *key;

	*p = (struct book_parameter){.name = xstrdup(n->key),
	    .line = n->key_line, .column = n->key_column};
	reader_check_name(r, n);
	if (n->kind == NODE_MAP)
		for (key = n->first; key; key = key->next)
			read_parameter_key(r, p, key);
	else if (!node_is_null(n))
		p->title = reader_text(r, n, n->key);
	if (p->required && p->fallback)
		problems_add(r->problems, n->key_line, n->key_column,
		    _("a parameter that is required and has a default, "
		    "expected one of them"));
	if (!p->title)
		p->title = xstrdup(n->key);
}

static void
read_parameters(struct book_reader *r, const struct node *map)
{
	const struct node *n;

	if (node_is_null(map))
		return;
	if (map->kind != NODE_MAP || map->count > PARAMETERS_MAX) {
		reader_complain(r, map, "parameters",
		    _("a map of names, at most 30"));
		return;
	}
	r->book->parameters = xcalloc(map->count + 1,
	    sizeof(*r->book->parameters));
	for (n = map->first; n; n = n->next)
		if (n->kind != NODE_BROKEN)
			read_parameter(r, n);
}

/* --- the file ------------------------------------------------------------ */

/* In the order in which they are read: texts of steps have names of parameters
 * in them. */
static const struct {
	const char *key;
	void (*read)(struct book_reader *r, const struct node *n);
	bool required;
} top_keys[] = {
	{"parameters", read_parameters, false},
	{"title", read_title, true},
	{"environments", read_environments, true},
	{"estimate", read_estimate, false},
	{"steps", reader_steps, true},
};

static void
read_top(struct book_reader *r, const struct node *root)
{
	const char *keys[COUNT(top_keys) + 1] = {NULL};
	const struct node *n;
	size_t i;

	for (i = 0; i < COUNT(top_keys); i++) {
		keys[i] = top_keys[i].key;
		n = node_get(root, keys[i]);
		if (n && n->kind != NODE_BROKEN)
			top_keys[i].read(r, n);
		else if (!n && top_keys[i].required)
			problems_add(r->problems, root->line, root->column,
			    _("the runbook has no '%s', expected one"),
			    keys[i]);
	}
	for (n = root->first; n; n = n->next)
		if (!reader_has(keys, COUNT(top_keys), n->key,
		    strlen(n->key)))
			reader_unknown(r, n, _("the runbook"), keys);
}

/* "deploy-prod" of "/etc/vigie/runbooks/deploy-prod.yaml". */
static char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t len = strlen(base);

	if (len > 5 && strcmp(base + len - 5, ".yaml") == 0)
		len -= 5;
	return xstrndup(base, len);
}

static void
check_name(struct book_reader *r)
{
	const char *name = r->book->name;
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (len && !name[len] && len <= BOOK_NAME_MAX && *name != '-')
		return;
	problems_add(r->problems, 1, 1, _("the file's name is no name of a "
	    "runbook, expected at most %d lower-case letters, digits and '-', "
	    "and .yaml"), BOOK_NAME_MAX);
}

struct book *
book_parse(const char *text, size_t len, const char *path,
    const struct verb_shape *shapes, struct buf *errors)
{
	struct problems problems = {.expected = _("'title', 'environments' "
	    "and 'steps'")};
	struct book *b = xcalloc(1, sizeof(*b));
	struct book_reader r = {b, shapes, &problems, NULL, 0};
	struct node *root = NULL;

	b->name = name_of(path);
	b->path = xstrdup(path);
	b->text = xstrndup(text, len);
	b->estimate_ms = -1;
	check_name(&r);
	if (len > BOOK_BYTES_MAX)
		problems_add(&problems, 1, 1, _("the file has %zu bytes, "
		    "expected at most %d"), len, BOOK_BYTES_MAX);
	else
		root = node_parse(text, len, &problems);
	if (root && root->kind == NODE_MAP)
		read_top(&r, root);
	else if (root && root->kind != NODE_BROKEN)
		problems_add(&problems, root->line, root->column,
		    _("the file is no map, expected %s"), problems.expected);
	free(r.captures);
	node_free(root);
	if (problems.count) {
		problems_print(&problems, path, errors);
		book_free(b);
		b = NULL;
	}
	problems_release(&problems);
	return b;
}
