/* Rows of the journal, each with the whole state of its run: what recall reads.
 * Secrets are no part of it. */
#include "run/engine-private.h"

#include "base/alloc.h"
#include "model/tables.h"

static struct json *
values_json(const struct course *c)
{
	struct json *array = json_array(), *o;
	const struct book_value *v;

	for (v = c->values; v && v->name; v++) {
		o = json_object();
		json_set_text(o, "name", v->name);
		json_set_text(o, "value", v->secret ? NULL : v->value);
		json_set_bool(o, "secret", v->secret);
		json_append(array, o);
	}
	return array;
}

static char *
state_text(const struct course *c)
{
	struct json *o = json_object(), *run = json_object();
	struct buf b = BUF_INIT(STATE_MAX);

	fields_write(run, model_run_fields, c->run, ~0u);
	json_add(o, "run", run);
	json_set_text(o, "path", c->book ? c->book->path : NULL);
	json_set_text(o, "text", c->book ? c->book->text : NULL);
	json_add(o, "values", values_json(c));
	json_set_int(o, "at", (int64_t)c->at);
	json_set_text(o, "memory", c->now ? c->now->step.memory : NULL);
	json_set_text(o, "abort", c->abort);
	json_print(o, &b);
	json_free(o);
	return buf_detach(&b);
}

static void
on_kept(void *arg, const char *error)
{
	struct keeping *k = arg;
	struct course *c = k->course;
	struct attempt *a = k->attempt;

	if (!k->loose)
		LIST_REMOVE(k, link);
	if (c && k->kept)
		k->kept(c, error);
	else if (c && a && !a->over && !error)
		k->done(k->arg);
	else if (c && a && !a->over) {
		char *why = xasprintf("not done: the journal could not be "
		    "written: %s", error);

		attempt_drop(a);
		step_end(&a->step, PHASE_FAILED, why);
		free(why);
	}
	free(k);
}

static void
send(struct course *c, struct keeping *k, const char *kind, const char *step,
    const char *text)
{
	struct engine *e = c->engine;
	char *masked = course_masked(c, text ? text : "");
	char *state = state_text(c);

	k->course = c;
	LIST_INSERT_HEAD(&e->keepings, k, link);
	e->o.keep(e->o.arg, c->run, kind, step, masked, state, on_kept, k);
	free(state);
	free(masked);
}

void
course_keep(struct course *c, const char *kind, const char *step,
    const char *text, void (*kept)(struct course *c, const char *error))
{
	struct keeping *k = xcalloc(1, sizeof(*k));

	k->kept = kept;
	send(c, k, kind, step, text);
}

void
course_keep_memory(struct attempt *a, void (*done)(void *arg), void *arg)
{
	struct keeping *k = xcalloc(1, sizeof(*k));

	k->attempt = a;
	k->done = done;
	k->arg = arg;
	send(a->course, k, "step-remember", a->step.book->id, a->step.memory);
}

void
course_unkeep(struct course *c)
{
	struct keeping *k;

	LIST_FOREACH(k, &c->engine->keepings, link)
		if (k->course == c)
			k->course = NULL;
}
