#include "source/schemas.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "model/tables.h"
#include "source/docker.h"
#include "source/host-shell.h"
#include "source/pace.h"
#include "source/schemas-parse.h"

enum {
	EVERY_MS = 60000,
	START_MS = 3000,	/* the containers should be known by then */
	SOON_MS = 1500,
	QUIET_MS = 5000,	/* between looks that others' restarts cause */
	DEADLINE_MS = 10000,
	OUTPUT_MAX_BYTES = 1 << 20,
};

struct schemas {
	struct observer *o;
	/* Its own: a query that hangs must not hold the figures up. */
	struct host_shell *shell;
	struct loop_timer *timer;
	int64_t due;		/* mono ms, of the timer */
	int64_t begun;		/* mono ms, the last look */
	bool busy;
	size_t at;		/* which is being asked */
	int64_t again_ms;	/* look once more when it ends; -1: no */
	/* States of the services that are asked, and of all. */
	uint64_t own, all;
};

static size_t
count(const struct schemas *s)
{
	return s->o->conf->schema_count;
}

/* --- into the model ------------------------------------------------------- */

static void
set_error(struct schemas *s, const char *error)
{
	struct environment *env = observer_environment(s->o);

	if (xstrset(&env->schemas[s->at].error, error))
		observer_changed(s->o, CHANGE_SCHEMAS);
}

static void
set_fingerprint(struct schemas *s, const char *fingerprint)
{
	struct schema *at = &observer_environment(s->o)->schemas[s->at];

	xstrset(&at->fingerprint, fingerprint);
	xstrset(&at->error, NULL);
	at->observed_at = clock_wall();
	observer_changed(s->o, CHANGE_SCHEMAS);
}

static void
finish(struct schemas *s)
{
	const struct environment *env = observer_environment(s->o);
	int64_t again = s->again_ms;
	char *error = NULL;
	size_t i;

	s->busy = false;
	s->again_ms = -1;
	schemas_look(s, jittered(EVERY_MS));
	if (again >= 0)
		schemas_look(s, again);
	for (i = 0; i < env->schema_count && !error; i++)
		if (env->schemas[i].error)
			error = xasprintf("%s: %s", env->schemas[i].name,
			    env->schemas[i].error);
	if (error)
		observer_failed(s->o, SOURCE_SCHEMAS, error);
	else
		observer_observed(s->o, SOURCE_SCHEMAS);
	free(error);
}

/* --- asking --------------------------------------------------------------- */

/* Containers are made anew, so it is looked up each time. */
static const struct service *
running(const struct environment *env, const char *name)
{
	size_t i;

	for (i = 0; i < env->service_count; i++)
		if (env->services[i].state == CONTAINER_RUNNING &&
		    !strcmp(env->services[i].name, name))
			return &env->services[i];
	return NULL;
}

static void ask_on(struct schemas *s);

static void
on_answer(const struct host_shell_reply *r, void *arg)
{
	struct schemas *s = arg;
	char fingerprint[HASH_TEXT_MAX];
	struct err e;

	if (r->error)
		set_error(s, r->error);
	else if (schemas_parse(r->out, r->len, fingerprint, &e) == -1)
		set_error(s, e.text);
	else
		set_fingerprint(s, fingerprint);
	s->at++;
	ask_on(s);
}

/* False, with the error set, when it cannot be asked. */
static bool
ask(struct schemas *s)
{
	const struct conf_schema *c = &s->o->conf->schemas[s->at];
	const struct service *in = NULL;
	struct buf script = BUF_INIT(64 * 1024);
	struct host_shell_request r = {
		.what = "asking for the schema", .done = on_answer, .arg = s,
		.output_max = OUTPUT_MAX_BYTES, .deadline_ms = DEADLINE_MS,
	};
	const char *why;

	if (c->service && !docker_up(s->o->docker)) {
		why = docker_why(s->o->docker);
		set_error(s, why ? why : "the containers are not known yet");
		return false;
	}
	if (c->service) {
		in = running(observer_environment(s->o), c->service);
		if (!in) {
			char *text = xasprintf("no container of %s runs",
			    c->service);

			set_error(s, text);
			free(text);
			return false;
		}
	}
	schemas_script(&script, s->o->conf->engine, in ? in->container : NULL,
	    c->command);
	r.script = buf_str(&script);
	/* The query before may have cost the shell. */
	host_shell_retry(s->shell);
	host_shell_run(s->shell, &r);
	buf_release(&script);
	return true;
}

/* One after another, each with a deadline of its own. */
static void
ask_on(struct schemas *s)
{
	while (s->at < count(s)) {
		if (ask(s))
			return;
		s->at++;
	}
	finish(s);
}

static void
on_timer(void *arg)
{
	struct schemas *s = arg;

	s->timer = NULL;
	s->busy = true;
	s->begun = clock_mono();
	s->at = 0;
	ask_on(s);
}

void
schemas_look(struct schemas *s, int64_t within_ms)
{
	int64_t due = clock_mono() + within_ms;

	if (!s)
		return;
	if (s->busy) {
		if (s->again_ms < 0 || within_ms < s->again_ms)
			s->again_ms = within_ms;
		return;
	}
	if (s->timer && s->due <= due)
		return;
	loop_timer_cancel(s->timer);
	s->due = due;
	s->timer = loop_timer(s->o->w->loop, within_ms, on_timer, s);
}

/* --- when services start -------------------------------------------------- */

static bool
is_asked(const struct schemas *s, const char *service)
{
	size_t i;

	for (i = 0; i < count(s); i++)
		if (s->o->conf->schemas[i].service &&
		    !strcmp(s->o->conf->schemas[i].service, service))
			return true;
	return false;
}

static void
look_at_services(const struct schemas *s, uint64_t *own, uint64_t *all)
{
	const struct environment *env = observer_environment(s->o);
	size_t i;

	*own = *all = HASH_START;
	for (i = 0; i < env->service_count; i++) {
		const struct service *x = &env->services[i];
		const char state[2] = {x->state == CONTAINER_RUNNING,
		    x->health == HEALTH_HEALTHY};

		*all = hash_add(*all, x->container, strlen(x->container));
		*all = hash_add(*all, state, sizeof(state));
		if (is_asked(s, x->name)) {
			*own = hash_add(*own, x->container,
			    strlen(x->container));
			*own = hash_add(*own, state, sizeof(state));
		}
	}
}

/* Migrations are run by what starts, the database is another service. */
void
schemas_services_changed(struct schemas *s)
{
	uint64_t own, all;
	int64_t wait;

	if (!s)
		return;
	look_at_services(s, &own, &all);
	wait = s->begun + QUIET_MS - clock_mono();
	if (own != s->own)
		schemas_look(s, SOON_MS);
	else if (all != s->all)
		schemas_look(s, wait > SOON_MS ? wait : SOON_MS);
	s->own = own;
	s->all = all;
}

/* --- life ----------------------------------------------------------------- */

/* As configured; what was known of a schema of that name stays. */
static void
arrange(struct environment *env, const struct conf_environment *c)
{
	struct schema *fresh = list_new(c->schema_count, &schemas_list);
	size_t i, j;

	for (i = 0; i < c->schema_count; i++) {
		for (j = 0; j < env->schema_count; j++)
			if (env->schemas[j].name && !strcmp(
			    env->schemas[j].name, c->schemas[i].name)) {
				struct schema none = fresh[i];

				fresh[i] = env->schemas[j];
				env->schemas[j] = none;
				break;
			}
		xstrset(&fresh[i].name, c->schemas[i].name);
	}
	list_release(env->schemas, env->schema_count, &schemas_list);
	env->schemas = fresh;
	if (env->schema_count || c->schema_count)
		env->changes |= CHANGE_SCHEMAS;
	env->schema_count = c->schema_count;
}

struct schemas *
schemas_new(struct observer *o)
{
	struct environment *env = observer_environment(o);
	struct observation *seen = &env->sources[SOURCE_SCHEMAS];
	struct schemas *s;

	arrange(env, o->conf);
	seen->used = o->conf->schema_count > 0;
	if (!seen->used)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->o = o;
	s->shell = host_shell_new(o);
	s->again_ms = -1;
	s->own = s->all = HASH_START;
	seen->stale_after = 3 * EVERY_MS + DEADLINE_MS;
	schemas_look(s, START_MS);
	return s;
}

void
schemas_free(struct schemas *s)
{
	if (!s)
		return;
	loop_timer_cancel(s->timer);
	host_shell_free(s->shell);
	free(s);
}
