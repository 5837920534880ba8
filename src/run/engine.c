#include "run/engine-private.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "io/secret.h"

/* --- courses -------------------------------------------------------------- */

struct course *
course_new(struct engine *e, const char *id)
{
	struct course *c = xcalloc(1, sizeof(*c));

	c->engine = e;
	c->id = xstrdup(id);
	SLIST_INIT(&c->attempts);
	LIST_INSERT_HEAD(&e->courses, c, link);
	return c;
}

/* What goes on outside goes on. */
void
attempt_leave(struct attempt *a)
{
	const struct verb *v = a->step.verb;
	void (*forget)(struct step *s) = v->forget ? v->forget : v->cancel;

	a->over = true;
	if (forget)
		forget(&a->step);
}

void
course_free(struct course *c)
{
	struct attempt *a;
	size_t i;

	if (c->now)
		attempt_leave(c->now);
	course_unkeep(c);
	while ((a = SLIST_FIRST(&c->attempts))) {
		SLIST_REMOVE_HEAD(&c->attempts, link);
		buf_release(&a->tail);
		free(a->step.memory);
		free(a);
	}
	loop_timer_cancel(c->turn);
	loop_timer_cancel(c->deadline);
	for (i = 0; i < c->mask_count; i++)
		secret_free(c->masks[i]);
	free(c->masks);
	values_free(c->values);
	book_free(c->book);
	free(c->abort);
	free(c->id);
	LIST_REMOVE(c, link);
	free(c);
}

/* --- the engine ----------------------------------------------------------- */

static void
on_beat(void *arg)
{
	struct engine *e = arg;
	struct model *m = e->o.world->model;
	bool any = false;
	size_t i;

	for (i = 0; i < m->run_count; i++)
		if (!phase_ended(m->runs[i].phase)) {
			m->runs[i].heartbeat_at = clock_wall();
			any = true;
		}
	e->beat = loop_timer(e->o.world->loop, HEARTBEAT_MS, on_beat, e);
	if (any)
		engine_touch(e);
}

struct engine *
engine_new(const struct engine_options *o)
{
	struct engine *e = xcalloc(1, sizeof(*e));

	e->o = *o;
	if (!e->o.verbs)
		e->o.verbs = verbs;
	LIST_INIT(&e->courses);
	LIST_INIT(&e->keepings);
	e->beat = loop_timer(o->world->loop, HEARTBEAT_MS, on_beat, e);
	return e;
}

void
engine_free(struct engine *e)
{
	struct keeping *k;

	if (!e)
		return;
	while (!LIST_EMPTY(&e->courses))
		course_free(LIST_FIRST(&e->courses));
	while ((k = LIST_FIRST(&e->keepings))) {
		LIST_REMOVE(k, link);
		k->loose = true;
	}
	loop_timer_cancel(e->beat);
	free(e);
}

const struct conf_environment *
engine_environment(const struct conf *conf, const char *name)
{
	size_t i;

	for (i = 0; i < conf->environment_count; i++)
		if (strcmp(conf->environments[i].name, name) == 0)
			return &conf->environments[i];
	return NULL;
}

const struct verb *
engine_verb(const struct engine *e, const char *name)
{
	size_t i;

	for (i = 0; e->o.verbs[i]; i++)
		if (strcmp(e->o.verbs[i]->shape.name, name) == 0)
			return e->o.verbs[i];
	return NULL;
}

const struct run *
engine_holds(const struct engine *e, const char *environment)
{
	const struct model *m = e->o.world->model;
	size_t i;

	for (i = 0; i < m->run_count; i++)
		if (!phase_ended(m->runs[i].phase) &&
		    strcmp(m->runs[i].environment, environment) == 0)
			return &m->runs[i];
	return NULL;
}

void
engine_holder_text(const struct run *r, struct buf *b)
{
	const struct run_step *s = run_current(r);
	char since[CLOCK_TEXT_MAX];

	buf_adds(b, r->book);
	if (r->target)
		buf_addf(b, " of %s", r->target);
	buf_addf(b, " by %s holds %s since %s (%s", r->who, r->environment,
	    clock_time_of_day(r->started_at, since), phase_name(r->phase));
	if (s)
		buf_addf(b, ", at step %s: %s", s->id, s->title);
	buf_addc(b, ')');
}
