/* A run on paper: what is left to do, filled in, so that it can be finished by
 * hand in a shell. Secrets are left as variables. */
#include "run/engine-private.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

void
paper_comment(struct buf *b, const char *fmt, ...)
{
	char *text, *clean;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	clean = text_clean(text, strlen(text));
	buf_addf(b, "# %s\n", clean);
	free(text);
	free(clean);
}

void
paper_step(const struct step *s, size_t number, struct buf *out)
{
	struct buf title = BUF_INIT(BOOK_TEXT_MAX);
	char span[CLOCK_TEXT_MAX];

	if (book_expand(s->book->title, s->values, false, &title, NULL) == -1) {
		buf_clear(&title);
		buf_adds(&title, s->book->title);
	}
	buf_addc(out, '\n');
	paper_comment(out, "%zu. %s", number, buf_str(&title));
	buf_release(&title);
	if (s->book->timeout_ms)
		buf_addf(out, "# (%s, at most %s)\n", s->verb->shape.name,
		    clock_span(s->book->timeout_ms, span));
	if (s->verb->paper)
		s->verb->paper(s, out);
	else
		buf_addf(out, "# do by hand: %s\n", s->verb->shape.name);
}

/* What has no value on paper: secrets, and what is captured yet. */
struct shown {
	struct book_value *values;
	size_t count;
};

static void
add_names(struct shown *s, const struct json *map)
{
	const struct json *v;

	for (v = json_first(map); v; v = json_next(v))
		values_add(&s->values, &s->count, json_key(v), NULL, false);
}

static void
add_step_names(struct shown *s, const struct book_step *b,
    const struct verb_shape *shape)
{
	const struct verb_argument *a;
	const struct json *item;

	for (a = shape->arguments; a && a->name; a++) {
		const struct json *tree = book_tree(b, a->name);

		if (a->kind == ARGUMENT_NAME && book_argument(b, a->name))
			values_add(&s->values, &s->count,
			    book_argument(b, a->name), NULL, false);
		if (a->kind == ARGUMENT_CAPTURE || a->kind == ARGUMENT_SECRET)
			add_names(s, tree);
		if (a->kind == ARGUMENT_LIST)
			for (item = json_first(tree); item;
			    item = json_next(item))
				add_names(s, json_get(item, "capture"));
	}
}

static struct book_value *
values_shown(const struct book *b, const struct book_value *values,
    const struct verb_shape *(*shape)(const void *arg, const char *verb),
    const void *arg)
{
	struct shown s = {xcalloc(1, sizeof(*s.values)), 0};
	const struct book_value *v;
	size_t i;

	for (v = values; v && v->name; v++)
		values_add(&s.values, &s.count, v->name, v->secret ? NULL :
		    v->value, false);
	for (i = 0; i < b->step_count; i++)
		add_step_names(&s, &b->steps[i], shape(arg, b->steps[i].verb));
	return s.values;
}

static const struct verb_shape *
engine_shape(const void *arg, const char *verb)
{
	return &engine_verb(arg, verb)->shape;
}

static const struct verb_shape *
table_shape(const void *arg, const char *verb)
{
	(void)arg;
	return &verb_find(verb)->shape;
}

static void
head(struct buf *out, const char *title, const char *environment,
    const struct conf_environment *c)
{
	paper_comment(out, "%s (%s)", title, environment);
	if (c && c->ssh_host)
		paper_comment(out, "on the host: ssh %s", c->ssh_host);
}

int
engine_paper(struct engine *e, const char *run_id, struct buf *out,
    struct err *err)
{
	struct course *c = engine_course(e, run_id);
	struct book_value *shown;
	const struct run *r;
	size_t at, i;

	if (!c || !c->book)
		return err_set(err, c ? "what was kept of the run %s cannot "
		    "be read" : "there is no run '%s'", run_id);
	r = c->run;
	at = c->at;
	shown = values_shown(c->book, c->values, engine_shape, e);
	head(out, r->title, r->environment, engine_environment(e->o.conf,
	    r->environment));
	for (i = 0; i < r->step_count; i++) {
		const struct run_step *seen = &r->steps[i];
		struct step s = {.values = shown, .conf = e->o.conf,
		    .environment = engine_environment(e->o.conf,
		    r->environment)};

		if (seen->phase == PHASE_DONE || seen->phase == PHASE_SKIPPED)
			continue;
		c->at = i;
		s.book = course_book_step(c);
		s.verb = engine_verb(e, seen->verb);
		paper_step(&s, i + 1, out);
		if (seen->phase != PHASE_PENDING)
			buf_addf(out, "# (this step is %s: look before you "
			    "do it again)\n", phase_name(seen->phase));
	}
	c->at = at;
	values_free(shown);
	return out->over ? err_set(err, "the paper is longer than %zu bytes",
	    out->max) : 0;
}

int
engine_paper_start(const struct conf *conf, const struct engine_start *s,
    struct buf *out, struct err *err)
{
	const struct conf_environment *c = engine_environment(conf,
	    s->environment);
	struct book_value *values, *shown;
	struct buf title = BUF_INIT(BOOK_TEXT_MAX);
	size_t count, i, number = 0;

	values = values_of(s, conf, "paper", &count, err);
	if (!values)
		return -1;
	shown = values_shown(s->book, values, table_shape, NULL);
	if (book_expand(s->book->title, shown, false, &title, NULL) == 0)
		head(out, buf_str(&title), s->environment, c);
	else
		head(out, s->book->title, s->environment, c);
	buf_release(&title);
	for (i = 0; i < s->book->step_count; i++) {
		const struct book_step *b = &s->book->steps[i];
		struct step step = {.book = b, .values = shown, .conf = conf,
		    .environment = c, .verb = verb_find(b->verb)};

		if (book_applies(b, values))
			paper_step(&step, ++number, out);
	}
	values_free(shown);
	values_free(values);
	return out->over ? err_set(err, "the paper is longer than %zu bytes",
	    out->max) : 0;
}
