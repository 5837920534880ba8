/* Another configuration: what it and the observers were part of goes, so that
 * steps under way are left and asked after again, as after a restart. */
#include "run/engine-private.h"

#include "base/alloc.h"

void
engine_rest(struct engine *e)
{
	struct course *c;

	LIST_FOREACH(c, &e->courses, link) {
		if (!c->now)
			continue;
		attempt_leave(c->now);
		c->left = c->now;
		c->now = NULL;
		c->stopping = c->late = false;
		loop_timer_cancel(c->deadline);
		c->deadline = NULL;
	}
}

void
engine_wake(struct engine *e, const struct conf *conf)
{
	struct course *c;
	char *memory;

	e->o.conf = conf;
	LIST_FOREACH(c, &e->courses, link) {
		if (!c->left)
			continue;
		memory = xstrdup_or_null(c->left->step.memory);
		c->left = NULL;
		if (engine_environment(conf, c->run->environment))
			course_probe(c, memory);
		else
			course_give_up(c, "the environment is no longer in "
			    "the configuration");
		free(memory);
	}
	engine_touch(e);
}
