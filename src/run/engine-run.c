/* A run from a runbook: who may start one, and what it looks like at first. */
#include "run/engine-private.h"

#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "model/tables.h"

/* An environment's name in an id: ids of jobs are made of it. */
#define PLACE_MAX 24

/* "20261125T221501Z" */
static void
stamp(int64_t now, char text[32])
{
	char full[CLOCK_TEXT_MAX];
	size_t i, n = 0;

	clock_rfc3339(now, full);
	for (i = 0; full[i] && full[i] != '.'; i++)
		if (full[i] != '-' && full[i] != ':')
			text[n++] = full[i];
	text[n++] = 'Z';
	text[n] = '\0';
}

/* Whether the book's name says where already: "deploy-prod" in "prod". */
static bool
names(const char *book, const char *environment)
{
	const char *at = strstr(book, environment);
	size_t len = strlen(environment);

	return at && (at == book || at[-1] == '-') &&
	    (at[len] == '\0' || at[len] == '-');
}

static char *
new_id(const struct engine *e, const struct book *b, const char *environment)
{
	char when[32], *place = xstrndup(environment, PLACE_MAX), *id, *s;
	int n = 1;

	for (s = place; *s; s++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", *s))
			*s = '-';
	stamp(clock_wall(), when);
	id = names(b->name, place) ? xasprintf("%s-%s", b->name, when) :
	    xasprintf("%s-%s-%s", b->name, place, when);
	while (engine_find(e, id)) {
		s = id;
		if (n > 1)
			*strrchr(s, '-') = '\0';
		id = xasprintf("%s-%d", s, ++n);
		free(s);
	}
	free(place);
	return id;
}

static char *
cleaned(const char *s)
{
	return s ? text_clean(s, strlen(s)) : NULL;
}

static char *
expanded(const char *text, const struct book_value *values)
{
	struct buf b = BUF_INIT(BOOK_TEXT_MAX);
	char *clean;

	/* What has no value yet stays as it is written. */
	if (book_expand(text, values, false, &b, NULL) == -1) {
		buf_clear(&b);
		buf_adds(&b, text);
	}
	clean = text_clean(buf_str(&b), b.len);
	buf_release(&b);
	return clean;
}

static void
fill_step(struct engine *e, const struct run *r, struct run_step *s,
    const struct book_step *b, const struct book_value *values)
{
	s->id = xstrdup(b->id);
	s->title = expanded(b->title, values);
	s->verb = xstrdup(b->verb);
	s->phase = PHASE_PENDING;
	s->limit_ms = b->timeout_ms ? b->timeout_ms : -1;
	s->attempts = 0;
	if (e->o.usual)
		s->usual_ms = e->o.usual(e->o.arg, r->book, r->environment,
		    b->id);
}

static void
fill_steps(struct engine *e, struct run *r, const struct book *b,
    const struct book_value *values)
{
	size_t i;

	r->steps = list_new(b->step_count, &run_steps_list);
	for (i = 0; i < b->step_count; i++)
		if (book_applies(&b->steps[i], values))
			fill_step(e, r, &r->steps[r->step_count++],
			    &b->steps[i], values);
}

static void
fill(struct engine *e, struct run *r, const struct engine_start *s,
    const char *id, const struct book_value *values)
{
	fields_init(r, model_run_fields, 0);
	r->steps = NULL;
	r->step_count = 0;
	r->id = xstrdup(id);
	r->book = xstrdup(s->book->name);
	r->title = expanded(s->book->title, values);
	r->environment = xstrdup(s->environment);
	r->target = cleaned(s->target);
	r->target_commit = cleaned(s->target_commit);
	r->from = cleaned(s->from);
	r->via = cleaned(s->via);
	r->reason = cleaned(s->reason);
	r->who = cleaned(s->who);
	r->tty = cleaned(s->tty);
	r->phase = PHASE_PENDING;
	r->started_at = r->heartbeat_at = clock_wall();
	r->estimate_ms = s->book->estimate_ms;
	r->pause_next = false;
	fill_steps(e, r, s->book, values);
}

static int
check(const struct engine *e, const struct engine_start *s, struct err *err)
{
	const struct run *holder = engine_holds(e, s->environment);
	struct buf b = BUF_INIT(ERR_TEXT_MAX / 2);

	if (!s->who || !*s->who)
		return err_set(err, "nobody in particular wants to start %s: "
		    "a run needs a name", s->book->name);
	if (!book_for(s->book, s->environment))
		return err_set(err, "the runbook %s is not for %s",
		    s->book->name, s->environment);
	if (holder) {
		engine_holder_text(holder, &b);
		err_set(err, "%s", buf_str(&b));
		buf_release(&b);
		return -1;
	}
	if (!engine_room(e))
		return err_set(err, "%d runs are under way: end one of them "
		    "first", MODEL_RUNS_MAX);
	return 0;
}

/* What later steps will have from this one. */
static void
add_made(struct book_value **known, size_t *count, const struct book_step *s,
    const struct verb_shape *shape)
{
	const struct verb_argument *a;
	const struct json *name;

	for (a = shape->arguments; a && a->name; a++) {
		if (a->kind == ARGUMENT_NAME && book_argument(s, a->name))
			values_add(known, count, book_argument(s, a->name), "",
			    false);
		if (a->kind != ARGUMENT_CAPTURE)
			continue;
		for (name = json_first(book_tree(s, a->name)); name;
		    name = json_next(name))
			values_add(known, count, json_key(name), "", false);
	}
}

/* That a name has no value is told before anything is done, not half-way. */
static int
check_names(const struct engine *e, const struct book *b,
    const struct book_value *values, struct err *err)
{
	struct book_value *known = NULL;
	const struct book_value *v;
	size_t count = 0, i;
	int result = 0;

	for (v = values; v->name; v++)
		values_add(&known, &count, v->name, v->value, false);
	for (i = 0; i < b->step_count && result == 0; i++) {
		const struct book_step *s = &b->steps[i];
		const struct verb_shape *shape = &engine_verb(e,
		    s->verb)->shape;

		if (!book_applies(s, values))
			continue;
		result = book_step_ready(s, shape, known, err);
		if (result == -1)
			err_prefix(err, "the step %s", s->id);
		add_made(&known, &count, s, shape);
	}
	values_free(known);
	return result;
}

const struct run *
engine_run(struct engine *e, const struct engine_start *s, struct err *err)
{
	struct book_value *values = NULL;
	struct run r = {.id = NULL};
	struct course *c;
	size_t count = 0;
	char *id = new_id(e, s->book, s->environment);

	if (check(e, s, err) == 0)
		values = values_of(s, e->o.conf, id, &count, err);
	if (values && check_names(e, s->book, values, err) == -1) {
		values_free(values);
		values = NULL;
	}
	if (!values) {
		book_free(s->book);
		free(id);
		return NULL;
	}
	c = course_new(e, id);
	c->book = s->book;
	c->values = values;
	c->value_count = count;
	fill(e, &r, s, id, values);
	free(id);
	c->run = engine_show(e, &r);
	c->run->phase = PHASE_RUNNING;
	course_keep(c, "run-begin", NULL, c->run->reason, NULL);
	course_schedule(c, STAGE_NEXT);
	return c->run;
}
