/* The arguments of a step's verb, by the verb's shape. */
#include "run/book-read.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"

/* Names that one step makes for itself. */
struct scope {
	const char *names[2 * BOOK_ITEMS_MAX];
	size_t count;
};

/* One map of arguments on its way into the step, or into a list's item. */
struct place {
	struct book_reader *reader;
	const char *what;	/* "job", "an item of requests" */
	struct scope *scope;
};

static struct json *read_list(const struct place *p,
    const struct verb_argument *a, const struct node *n);

static void
scope_add(struct scope *s, const char *name)
{
	if (s->count < sizeof(s->names) / sizeof(s->names[0]))
		s->names[s->count++] = name;
}

static void
add_names(const struct verb_argument *arguments, struct buf *b)
{
	const struct verb_argument *a;

	for (a = arguments; a && a->name; a++)
		buf_addf(b, "%s%s", a == arguments ? "" : ", ", a->name);
}

static const struct verb_argument *
argument_shape(const struct verb_argument *arguments, const char *name)
{
	const struct verb_argument *a;

	for (a = arguments; a && a->name; a++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

static void
unknown_argument(const struct place *p, const struct verb_argument *arguments,
    const struct node *n)
{
	const char *keys[64];
	const struct verb_argument *a;
	size_t count = 0;

	for (a = arguments; a && a->name && count < 63; a++)
		keys[count++] = a->name;
	keys[count] = NULL;
	reader_unknown(p->reader, n, p->what, keys);
}

/* --- texts --------------------------------------------------------------- */

static void
complain_words(const struct place *p, const struct verb_argument *a,
    const struct node *n)
{
	struct buf b = BUF_INIT(1024);
	size_t i;

	buf_adds(&b, _("one of: "));
	for (i = 0; a->words[i]; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", a->words[i]);
	reader_complain(p->reader, n, a->name, buf_str(&b));
	buf_release(&b);
}

/* What has no {name} in it can be judged now. */
static void
check_text(const struct place *p, const struct verb_argument *a,
    const struct node *n)
{
	const char *at = n->text, *name;
	int64_t number;
	size_t i;

	if (book_next_name(&at, &name, &i))
		return;
	if (a->kind == ARGUMENT_DURATION &&
	    clock_parse_duration(n->text, &number) == -1)
		reader_complain(p->reader, n, a->name,
		    _("a duration such as 30s"));
	if (a->kind == ARGUMENT_NUMBER &&
	    text_int(n->text, 0, INT32_MAX, &number) == -1)
		reader_complain(p->reader, n, a->name, _("a whole number"));
	for (i = 0; a->words && a->words[i]; i++)
		if (strcmp(a->words[i], n->text) == 0)
			return;
	if (a->words)
		complain_words(p, a, n);
}

static char *
read_text(const struct place *p, const struct verb_argument *a,
    const struct node *n)
{
	char *text = reader_expandable(p->reader, n, a->name,
	    p->scope->names, p->scope->count);

	if (text)
		check_text(p, a, n);
	return text;
}

/* --- maps ---------------------------------------------------------------- */

static bool
starts_with_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	return strncmp(text, word, len) == 0 && text[len] == ' ' &&
	    text[len + 1];
}

static bool
is_variable(const char *s)
{
	return !strchr("0123456789", *s) && !s[strspn(s,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789_")];
}

static void
check_variable(const struct place *p, const struct node *n)
{
	char *name;

	if (is_variable(n->key))
		return;
	name = problems_quote(n->key);
	problems_add(p->reader->problems, n->key_line, n->key_column,
	    _("'%s' is no name of a variable of the shell"), name);
	free(name);
}

static void
check_entry(const struct place *p, const struct verb_argument *a,
    const struct node *n)
{
	if (a->kind == ARGUMENT_CAPTURE || a->kind == ARGUMENT_SECRET)
		reader_check_name(p->reader, n);
	if (a->kind == ARGUMENT_ENV)
		check_variable(p, n);
	if (a->kind == ARGUMENT_CAPTURE &&
	    !starts_with_word(n->text, "cookie") &&
	    !starts_with_word(n->text, "json"))
		reader_complain(p->reader, n, n->key,
		    _("'cookie NAME' or 'json PATH'"));
	if (a->kind == ARGUMENT_SECRET &&
	    !starts_with_word(n->text, "file") &&
	    !starts_with_word(n->text, "command"))
		reader_complain(p->reader, n, n->key,
		    _("'file PATH' or 'command LINE'"));
}

static struct json *
read_map(const struct place *p, const struct verb_argument *a,
    const struct node *map)
{
	struct json *tree = json_object();
	const struct node *n;
	char *text;

	if (map->kind != NODE_MAP || !map->count ||
	    map->count > BOOK_ITEMS_MAX) {
		reader_complain(p->reader, map, a->name,
		    _("a map of names and texts, 1 to 50 of them"));
		return tree;
	}
	for (n = map->first; n; n = n->next) {
		text = reader_expandable(p->reader, n, n->key,
		    p->scope->names, p->scope->count);
		if (!text)
			continue;
		check_entry(p, a, n);
		json_set(tree, n->key, json_string(text));
		free(text);
		if (a->kind == ARGUMENT_CAPTURE || a->kind == ARGUMENT_SECRET)
			scope_add(p->scope, n->key);
	}
	return tree;
}

/* --- lists of maps ------------------------------------------------------- */

static bool
is_tree(const struct verb_argument *a)
{
	return a->kind == ARGUMENT_MAP || a->kind == ARGUMENT_ENV ||
	    a->kind == ARGUMENT_LIST ||
	    a->kind == ARGUMENT_CAPTURE || a->kind == ARGUMENT_SECRET;
}

static void
check_required(const struct place *p, const struct verb_argument *arguments,
    const struct node *map)
{
	const struct verb_argument *a;

	for (a = arguments; a && a->name; a++)
		if (a->required && !node_get(map, a->name))
			problems_add(p->reader->problems, map->line,
			    map->column, _("%s has no '%s', expected one"),
			    p->what, a->name);
}

static struct json *
read_item(const struct place *list, const struct verb_argument *a,
    const struct node *map)
{
	char *what = xasprintf(_("an item of %s"), a->name), *text;
	struct place p = {list->reader, what, list->scope};
	const struct verb_argument *shape;
	struct json *tree = json_object();
	const struct node *n;

	if (map->kind != NODE_MAP) {
		struct buf b = BUF_INIT(1024);

		buf_adds(&b, _("a map of: "));
		add_names(a->items, &b);
		reader_complain(p.reader, map, what, buf_str(&b));
		buf_release(&b);
		free(what);
		return tree;
	}
	check_required(&p, a->items, map);
	for (n = map->first; n; n = n->next) {
		shape = argument_shape(a->items, n->key);
		if (!shape) {
			unknown_argument(&p, a->items, n);
		} else if (shape->kind == ARGUMENT_LIST) {
			json_set(tree, n->key, read_list(&p, shape, n));
		} else if (is_tree(shape)) {
			json_set(tree, n->key, read_map(&p, shape, n));
		} else if ((text = read_text(&p, shape, n))) {
			json_set(tree, n->key, json_string(text));
			free(text);
		}
	}
	free(what);
	return tree;
}

static struct json *
read_list(const struct place *p, const struct verb_argument *a,
    const struct node *n)
{
	struct json *tree = json_array();
	const struct node *item;

	if (n->kind != NODE_LIST || !n->count || n->count > BOOK_ITEMS_MAX) {
		reader_complain(p->reader, n, a->name,
		    _("a list of 1 to 50 items"));
		return tree;
	}
	for (item = n->first; item; item = item->next)
		json_append(tree, read_item(p, a, item));
	return tree;
}

/* --- the step ------------------------------------------------------------ */

static void
read_argument(const struct place *p, struct book_step *s,
    const struct verb_argument *a, const struct node *n)
{
	struct book_argument *to;

	s->arguments = xreallocarray(s->arguments, s->argument_count + 1,
	    sizeof(*s->arguments));
	to = &s->arguments[s->argument_count++];
	*to = (struct book_argument){.name = xstrdup(a->name)};
	if (a->kind == ARGUMENT_LIST)
		to->tree = read_list(p, a, n);
	else if (is_tree(a))
		to->tree = read_map(p, a, n);
	else
		to->value = read_text(p, a, n);
}

static void
publish_name(struct book_reader *r, const char *name)
{
	r->captures = xreallocarray(r->captures, r->capture_count + 1,
	    sizeof(*r->captures));
	r->captures[r->capture_count++] = name;
}

/* Later steps may use what this one captures. */
static void
publish(struct book_reader *r, const struct verb_shape *shape,
    const struct node *map)
{
	const struct verb_argument *a;
	const struct node *n, *value;

	for (n = map->first; n; n = n->next) {
		a = argument_shape(shape->arguments, n->key);
		if (a && a->kind == ARGUMENT_NAME && n->kind == NODE_SCALAR)
			publish_name(r, n->text);
		if (!a || a->kind != ARGUMENT_CAPTURE || n->kind != NODE_MAP)
			continue;
		for (value = n->first; value; value = value->next)
			publish_name(r, value->key);
	}
}

static void
read_main(const struct place *p, struct book_step *s,
    const struct verb_shape *shape, const struct node *n)
{
	const struct verb_argument *a = shape->main ?
	    argument_shape(shape->arguments, shape->main) : NULL;
	struct buf b = BUF_INIT(1024);

	/* "healthy:" alone is a step without arguments. */
	if (node_is_null(n)) {
		for (a = shape->arguments; a && a->name; a++)
			if (a->required)
				problems_add(p->reader->problems, n->key_line,
				    n->key_column, _("%s has no '%s', "
				    "expected one"), p->what, a->name);
		return;
	}
	if (a && (n->kind == NODE_LIST) == (a->kind == ARGUMENT_LIST)) {
		read_argument(p, s, a, n);
		return;
	}
	buf_adds(&b, _("a map of: "));
	add_names(shape->arguments, &b);
	reader_complain(p->reader, n, shape->name, buf_str(&b));
	buf_release(&b);
}

/* Secrets first: every other argument may use them. */
static void
read_arguments(const struct place *p, struct book_step *s,
    const struct verb_shape *shape, const struct node *map, bool secrets)
{
	const struct verb_argument *a;
	const struct node *n;

	for (n = map->first; n; n = n->next) {
		a = argument_shape(shape->arguments, n->key);
		if (a && (a->kind == ARGUMENT_SECRET) == secrets)
			read_argument(p, s, a, n);
		else if (!a && !secrets)
			unknown_argument(p, shape->arguments, n);
	}
}

void
reader_arguments(struct book_reader *r, struct book_step *s,
    const struct verb_shape *shape, const struct node *n)
{
	struct scope scope = {.count = 0};
	struct place p = {r, shape->name, &scope};

	if (n->kind == NODE_BROKEN)
		return;
	if (n->kind != NODE_MAP) {
		read_main(&p, s, shape, n);
		return;
	}
	check_required(&p, shape->arguments, n);
	read_arguments(&p, s, shape, n, true);
	read_arguments(&p, s, shape, n, false);
	publish(r, shape, n);
}
