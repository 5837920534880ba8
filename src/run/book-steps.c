/* The steps of a runbook. */
#include "run/book-read.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

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
			reader_unknown_name(r, n, c.name, c.name_len);
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

void
reader_steps(struct book_reader *r, const struct node *list)
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
