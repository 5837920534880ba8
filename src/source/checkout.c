#include "source/checkout.h"

#include "base/alloc.h"
#include "source/checkout-parse.h"
#include "source/pace.h"
#include "source/host-shell.h"

enum {
	EVERY_MS = 30000,
	DEADLINE_MS = 10000,	/* a large tree on a slow disk */
	OUTPUT_MAX_BYTES = 256 * 1024,
};

struct checkout {
	struct observer *o;
	struct loop_timer *timer;
	bool busy;
};

static void
on_answer(const struct host_shell_reply *r, void *arg)
{
	struct checkout *c = arg;
	struct environment *env = observer_environment(c->o);
	struct version *v = &env->version;
	struct checkout_sample seen;
	struct err e;

	c->busy = false;
	checkout_look(c, jittered(EVERY_MS));
	if (r->error) {
		observer_failed(c->o, SOURCE_CHECKOUT, r->error);
		return;
	}
	if (checkout_parse(r->out, r->len, &seen, &e) == -1) {
		err_prefix(&e, "%s", c->o->conf->directory);
		observer_failed(c->o, SOURCE_CHECKOUT, e.text);
		return;
	}
	if (xstrset(&v->commit, seen.commit) | xstrset(&v->tag, seen.tag) |
	    xstrset(&v->branch, seen.branch) | (v->dirty != seen.dirty))
		env->changes |= CHANGE_VERSION;
	v->dirty = seen.dirty;
	checkout_sample_release(&seen);
	observer_observed(c->o, SOURCE_CHECKOUT);
}

static void
on_timer(void *arg)
{
	struct checkout *c = arg;
	struct buf script = BUF_INIT(64 * 1024);
	struct host_shell_request r = {
		.what = "looking at the checkout",
		.output_max = OUTPUT_MAX_BYTES, .deadline_ms = DEADLINE_MS,
		.done = on_answer, .arg = c,
	};

	c->timer = NULL;
	c->busy = true;
	checkout_script(&script, c->o->conf->directory);
	r.script = buf_str(&script);
	host_shell_run(c->o->shell, &r);
	buf_release(&script);
}

void
checkout_look(struct checkout *c, int64_t within_ms)
{
	if (!c || c->busy)
		return;
	loop_timer_cancel(c->timer);
	c->timer = loop_timer(c->o->w->loop, within_ms, on_timer, c);
}

struct checkout *
checkout_new(struct observer *o)
{
	struct observation *seen =
	    &observer_environment(o)->sources[SOURCE_CHECKOUT];
	struct checkout *c;

	if (!o->conf->directory)
		return NULL;
	c = xcalloc(1, sizeof(*c));
	c->o = o;
	seen->used = true;
	seen->stale_after = 3 * EVERY_MS + DEADLINE_MS;
	checkout_look(c, 0);
	return c;
}

void
checkout_free(struct checkout *c)
{
	if (!c)
		return;
	loop_timer_cancel(c->timer);
	free(c);
}
