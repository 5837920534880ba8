/* A runbook from its file: what stands at its top, and its steps. */
#include "run/book-read.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define PARAMETERS_MAX 30

/* --- complaints ---------------------------------------------------------- */

void
reader_complain(struct book_reader *r, const struct node *n,
    const char *what, const char *expected)
{
	char *text, *name;

	if (n->kind == NODE_BROKEN)
		return;
	name = problems_quote(what);
	if (n->kind != NODE_SCALAR || node_is_null(n) || !*n->text) {
		problems_add(r->problems, n->line, n->column,
		    _("%s is %s, expected %s"), name,
		    n->kind == NODE_MAP ? _("a map") :
		    n->kind == NODE_LIST ? _("a list") : _("empty"), expected);
	} else {
		text = problems_quote(n->text);
		problems_add(r->problems, n->line, n->column,
		    _("%s is '%s', expected %s"), name, text, expected);
		free(text);
	}
	free(name);
}

void
reader_unknown(struct book_reader *r, const struct node *n, const char *place,
    const char *const *keys)
{
	const char *near = text_nearest(n->key, keys);
	struct buf all = BUF_INIT(4096);
	char *key = problems_quote(n->key);
	size_t i;

	for (i = 0; keys[i]; i++)
		buf_addf(&all, "%s%s", i ? ", " : "", keys[i]);
	if (near)
		problems_add(r->problems, n->key_line, n->key_column,
		    _("unknown key '%s' in %s, did you mean '%s'?"), key,
		    place, near);
	else
		problems_add(r->problems, n->key_line, n->key_column,
		    _("unknown key '%s' in %s, expected one of: %s"), key,
		    place, buf_str(&all));
	buf_release(&all);
	free(key);
}

char *
reader_text(struct book_reader *r, const struct node *n, const char *what)
{
	if (n->kind == NODE_SCALAR && *n->text && !node_is_null(n))
		return xstrdup(n->text);
	reader_complain(r, n, what, _("a text"));
	return NULL;
}

/* --- names in texts ------------------------------------------------------ */

static bool
is_name(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return *s >= 'a' && *s <= 'z' && !s[len] && len <= BOOK_NAME_MAX;
}

bool
reader_has(const char *const *names, size_t count, const char *name,
    size_t len)
{
	size_t i;

	for (i = 0; i < count && names[i]; i++)
		if (strlen(names[i]) == len &&
		    memcmp(names[i], name, len) == 0)
			return true;
	return false;
}

bool
reader_knows(const struct book_reader *r, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < r->book->parameter_count; i++)
		if (strlen(r->book->parameters[i].name) == len &&
		    memcmp(r->book->parameters[i].name, name, len) == 0)
			return true;
	return reader_has(book_known_values, SIZE_MAX, name, len);
}

void
reader_check_name(struct book_reader *r, const struct node *n)
{
	char *name;

	if (is_name(n->key))
		return;
	name = problems_quote(n->key);
	problems_add(r->problems, n->key_line, n->key_column,
	    _("'%s' is no name of a value, expected at most %d lower-case "
	    "letters, digits and '_'"), name, BOOK_NAME_MAX);
	free(name);
}

/* The known name nearest to one that is not; NULL. */
static const char *
nearest_name(const struct book_reader *r, const char *name)
{
	const char *all[PARAMETERS_MAX + 32];
	size_t count = 0, i;

	for (i = 0; i < r->book->parameter_count; i++)
		all[count++] = r->book->parameters[i].name;
	for (i = 0; book_known_values[i]; i++)
		all[count++] = book_known_values[i];
	all[count] = NULL;
	return text_nearest(name, all);
}

static void
unknown_name(struct book_reader *r, int line, int column, const char *name,
    size_t len)
{
	char *copy = xstrndup(name, len);
	const char *near = nearest_name(r, copy);
	char *shown = problems_quote(copy);

	if (near)
		problems_add(r->problems, line, column,
		    _("{%s} is no parameter, did you mean {%s}?"), shown,
		    near);
	else
		problems_add(r->problems, line, column,
		    _("{%s} is no parameter: name it under 'parameters', or "
		    "write {{ for a brace"), shown);
	free(shown);
	free(copy);
}

void
reader_check_names(struct book_reader *r, const struct node *n,
    const char *const *more, size_t more_count)
{
	const char *at = n->text, *name;
	size_t len;

	while (book_next_name(&at, &name, &len))
		if (!reader_knows(r, name, len) &&
		    !reader_has(more, more_count, name, len) &&
		    !reader_has(r->captures, r->capture_count, name, len))
			unknown_name(r, n->line, n->column, name, len);
}

char *
reader_expandable(struct book_reader *r, const struct node *n,
    const char *what, const char *const *more, size_t more_count)
{
	char *text = reader_text(r, n, what);

	if (text)
		reader_check_names(r, n, more, more_count);
	return text;
}

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

/* --- one step ------------------------------------------------------------ */

static void
read_id(struct book_reader *r, struct book_step *s, const struct node *n)
{
	size_t len = n->kind == NODE_SCALAR ? strspn(n->text,
	    "abcdefghijklmnopqrstuvwxyz0123456789-") : 0;

	if (len == 0 || n->text[len] || len > BOOK_ID_MAX || *n->text == '-')
		reader_complain(r, n, "id", _("at most 20 lower-case letters, "
		    "digits and '-'"));
	else
		s->id = xstrdup(n->text);
}

static void
read_timeout(struct book_reader *r, struct book_step *s, const struct node *n)
{
	int64_t ms;

	if (n->kind != NODE_SCALAR ||
	    clock_parse_duration(n->text, &ms) == -1 || ms <= 0)
		reader_complain(r, n, "timeout",
		    _("a duration such as 2m"));
	else
		s->timeout_ms = ms;
}

static void
read_on_failure(struct book_reader *r, struct book_step *s,
    const struct node *n)
{
	int f;

	for (f = FAIL_STOP; f <= FAIL_ASK; f++)
		if (n->kind == NODE_SCALAR &&
		    strcmp(n->text, on_failure_name(f)) == 0) {
			s->on_failure = f;
			return;
		}
	reader_complain(r, n, "on_failure", _("one of: stop, go-on, ask"));
}

static void
read_when(struct book_reader *r, struct book_step *s, const struct node *n)
{
	struct book_condition c;
	const char *at;

	s->when = reader_text(r, n, "when");
	for (at = s->when; at && book_next_condition(&at, &c);) {
		if (c.name_len == 0 || (c.value && c.value_len == 0)) {
			reader_complain(r, n, "when", _("conditions such as "
			    "via=ssh or 'not production', joined by ' and '"));
			return;
		}
		if (!reader_knows(r, c.name, c.name_len))
			unknown_name(r, n->line, n->column, c.name,
			    c.name_len);
	}
}

static const struct {
	const char *key;
	void (*read)(struct book_reader *r, struct book_step *s,
	    const struct node *n);
} step_keys[] = {
	{"id", read_id},
	{"timeout", read_timeout},
	{"on_failure", read_on_failure},
	{"when", read_when},
};

static void
unknown_step_key(struct book_reader *r, const struct node *n)
{
	const char *keys[64] = {"title"};
	size_t count = 1, i;

	for (i = 0; i < COUNT(step_keys); i++)
		keys[count++] = step_keys[i].key;
	for (i = 0; r->shapes[i].name && count < COUNT(keys) - 1; i++)
		keys[count++] = r->shapes[i].name;
	keys[count] = NULL;
	reader_unknown(r, n, _("a step"), keys);
}

static const struct verb_shape *
shape_find(const struct book_reader *r, const char *name)
{
	const struct verb_shape *s;

	for (s = r->shapes; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

static void
read_verb(struct book_reader *r, struct book_step *s, const struct node *n)
{
	const struct verb_shape *shape = shape_find(r, n->key);

	if (!shape) {
		unknown_step_key(r, n);
		return;
	}
	if (s->verb) {
		problems_add(r->problems, n->key_line, n->key_column,
		    _("a second verb, '%s' after '%s', expected one in each "
		    "step"), n->key, s->verb);
		return;
	}
	s->verb = xstrdup(n->key);
	if (!s->timeout_ms)
		s->timeout_ms = shape->timeout_ms == -1 ? 0 :
		    shape->timeout_ms ? shape->timeout_ms : BOOK_TIMEOUT_MS;
	reader_arguments(r, s, shape, n);
}

static void
read_step_key(struct book_reader *r, struct book_step *s,
    const struct node *n)
{
	size_t i;

	for (i = 0; i < COUNT(step_keys); i++)
		if (strcmp(step_keys[i].key, n->key) == 0) {
			step_keys[i].read(r, s, n);
			return;
		}
	if (strcmp(n->key, "title") != 0) {
		read_verb(r, s, n);
		return;
	}
	s->title = reader_text(r, n, "title");
	/* It is shown before any step has captured anything. */
	if (s->title) {
		size_t captured = r->capture_count;

		r->capture_count = 0;
		reader_check_names(r, n, NULL, 0);
		r->capture_count = captured;
	}
}

/* Its verb may be what was complained of. */
static bool
has_broken(const struct node *map)
{
	const struct node *n;

	for (n = map->first; n; n = n->next)
		if (n->kind == NODE_BROKEN)
			return true;
	return false;
}

static void
check_step(struct book_reader *r, const struct book_step *s,
    const struct node *n)
{
	const struct book *b = r->book;
	size_t i;

	if (!node_get(n, "id"))
		problems_add(r->problems, n->line, n->column,
		    _("a step without an id, expected one"));
	if (!s->verb && !has_broken(n)) {
		struct buf all = BUF_INIT(4096);

		for (i = 0; r->shapes[i].name; i++)
			buf_addf(&all, "%s%s", i ? ", " : "",
			    r->shapes[i].name);
		problems_add(r->problems, n->line, n->column,
		    _("a step that does nothing, expected a verb: %s"),
		    buf_str(&all));
		buf_release(&all);
	}
	for (i = 0; s->id && &b->steps[i] != s; i++)
		if (b->steps[i].id && strcmp(b->steps[i].id, s->id) == 0) {
			const struct node *id = node_get(n, "id");

			problems_add(r->problems, id->line, id->column,
			    _("a second step '%s', expected another id: the "
			    "first is on line %d"), s->id, b->steps[i].line);
			return;
		}
}

static void
read_step(struct book_reader *r, const struct node *map)
{
	struct book_step *s = &r->book->steps[r->book->step_count++];
	const struct node *n;

	*s = (struct book_step){.line = map->line};
	if (map->kind != NODE_MAP) {
		reader_complain(r, map, _("a step"), _("a map"));
		return;
	}
	for (n = map->first; n; n = n->next)
		if (n->kind != NODE_BROKEN)
			read_step_key(r, s, n);
	check_step(r, s, map);
	if (s->id && !s->title)
		s->title = xstrdup(s->id);
}

static void
read_steps(struct book_reader *r, const struct node *list)
{
	const struct node *n;

	if (list->kind != NODE_LIST || list->count == 0 ||
	    list->count > BOOK_STEPS_MAX) {
		reader_complain(r, list, "steps",
		    _("a list of 1 to 100 steps"));
		return;
	}
	r->book->steps = xcalloc(list->count, sizeof(*r->book->steps));
	for (n = list->first; n; n = n->next)
		if (n->kind != NODE_BROKEN)
			read_step(r, n);
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
	{"steps", read_steps, true},
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
