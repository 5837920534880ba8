/* healthy: until every service of the environment runs and is well, by what its
 * engine says; and failing by itself, with the last words of the service that
 * does not come up. */
#include "run/verb-table.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

enum {
	LOOK_MS = 200,
	BAD_LOOKS = 8,		/* in a row, before a service has failed */
	RESTARTS = 2,		/* since the step began: it does not come up */
	SETTLE_MS = 10000,	/* without a healthcheck, it runs so long */
	LOG_LINES = 5,
	LOG_MS = 3000,		/* for the last lines to come */
};

struct vigil {
	struct step *step;
	struct loop_timer *look;
	struct log_stream *log;
	struct buf lines;
	char *failure;		/* what is told once the lines are there */
	char *bad;		/* the container that was bad at the last look */
	int bad_looks;
	struct base *bases;	/* restarts when first seen */
	size_t base_count;
};

struct base {
	char *container;
	int restarts;
};

static const struct verb_argument arguments[] = {
	{"services"},
	{"settle", .kind = ARGUMENT_DURATION},
	{NULL},
};

static void
cancel(struct step *s)
{
	struct vigil *g = s->state;
	size_t i;

	s->state = NULL;
	if (!g)
		return;
	loop_timer_cancel(g->look);
	if (g->log)
		log_stream_cancel(g->log);
	buf_release(&g->lines);
	for (i = 0; i < g->base_count; i++)
		free(g->bases[i].container);
	free(g->bases);
	free(g->failure);
	free(g->bad);
	free(g);
}

/* --- failing -------------------------------------------------------------- */

static void
fail(struct vigil *g)
{
	struct step *s = g->step;
	char *error = g->lines.len ? xasprintf("%s; its last words: %s",
	    g->failure, buf_str(&g->lines)) : xstrdup(g->failure);

	cancel(s);
	step_end(s, PHASE_FAILED, error);
	free(error);
}

static void
on_log_late(void *arg)
{
	struct vigil *g = arg;

	g->look = NULL;
	fail(g);
}

static void
on_log_line(void *arg, const struct log_line *line)
{
	struct vigil *g = arg;

	buf_addf(&g->lines, "%s%s", g->lines.len ? " | " : "", line->text);
	step_output(g->step, line->text, strlen(line->text));
	step_output(g->step, "\n", 1);
}

static void
on_log_end(void *arg, const char *error)
{
	struct vigil *g = arg;

	(void)error;
	g->log = NULL;
	loop_timer_cancel(g->look);
	g->look = NULL;
	fail(g);
}

/* Takes over why. */
static void
fail_with_log(struct vigil *g, const char *service, char *why)
{
	struct step *s = g->step;
	const char *services[] = {service, NULL};

	g->failure = why;
	if (!s->observer) {
		fail(g);
		return;
	}
	step_say(s, "%s", why);
	g->look = loop_timer(s->w->loop, LOG_MS, on_log_late, g);
	g->log = observer_logs(s->observer, &(struct log_request){
		.services = services, .tail = LOG_LINES, .line = on_log_line,
		.since = TIME_UNKNOWN, .end = on_log_end, .arg = g,
	});
}

/* --- looking -------------------------------------------------------------- */

static int
restarts_since(struct vigil *g, const struct service *v)
{
	struct base *b;
	size_t i;

	for (i = 0; i < g->base_count; i++)
		if (strcmp(g->bases[i].container, v->container) == 0)
			return v->restarts - g->bases[i].restarts;
	g->bases = xreallocarray(g->bases, g->base_count + 1,
	    sizeof(*g->bases));
	b = &g->bases[g->base_count++];
	b->container = xstrdup(v->container);
	b->restarts = v->restarts;
	return 0;
}

enum verdict { GOOD, WAITS, BAD };

/* The words for `why`, or NULL when there is nothing to say. */
static enum verdict
judge(struct vigil *g, const struct service *v, char **why)
{
	int64_t settle = step_duration(g->step, "settle", SETTLE_MS);
	int restarts = restarts_since(g, v);

	*why = NULL;
	if (v->restarts >= 0 && restarts >= RESTARTS) {
		*why = xasprintf("%s has restarted %d times", v->name,
		    restarts);
		return BAD;
	}
	if (v->state == CONTAINER_EXITED || v->state == CONTAINER_DEAD) {
		*why = v->exit_code >= 0 ? xasprintf("%s has exited (%d)",
		    v->name, v->exit_code) : xasprintf("%s is %s", v->name,
		    container_state_name(v->state));
		return BAD;
	}
	if (v->state == CONTAINER_RUNNING && v->health == HEALTH_UNHEALTHY) {
		*why = xasprintf(v->health_log ? "%s is unhealthy: %s" :
		    "%s is unhealthy", v->name, v->health_log);
		return BAD;
	}
	if (v->state == CONTAINER_RUNNING && (v->health == HEALTH_HEALTHY ||
	    (v->health == HEALTH_NONE && v->since != TIME_UNKNOWN &&
	    clock_wall() - v->since >= settle)))
		return GOOD;
	*why = xasprintf("%s is %s", v->name, v->state == CONTAINER_RUNNING ?
	    v->health == HEALTH_NONE ? "running, without a healthcheck" :
	    container_health_name(v->health) : container_state_name(v->state));
	return WAITS;
}

/* Whether it is one that the step asks for: all, unless it names some. */
static bool
asked_for(const char *names, const char *service)
{
	size_t len = strlen(service), n;
	const char *s;

	for (s = names; s && *s; s += n + strspn(s + n, ", ")) {
		n = strcspn(s, ", ");
		if (n == len && memcmp(s, service, n) == 0)
			return true;
	}
	return !names;
}

struct count {
	size_t good, all;
	const struct service *bad;
	char *why;		/* of the first that is not good */
};

static void
count_services(struct vigil *g, const struct environment *env,
    struct count *c)
{
	char *names = step_argument(g->step, "services"), *why;
	size_t i;

	for (i = 0; i < env->service_count; i++) {
		const struct service *v = &env->services[i];
		enum verdict is;

		if (!asked_for(names, v->name))
			continue;
		is = judge(g, v, &why);
		c->all++;
		c->good += is == GOOD;
		if (is == BAD && !c->bad) {
			c->bad = v;
			free(c->why);
			c->why = why;
		} else if (is == WAITS && !c->why) {
			c->why = why;
		} else {
			free(why);
		}
	}
	free(names);
}

static void look(void *arg);

/* Bad for some looks in a row, it is bad: a container that is being replaced
 * has exited too. */
static bool
has_failed(struct vigil *g, const struct count *c)
{
	if (!c->bad) {
		g->bad_looks = 0;
		return false;
	}
	if (!xstrset(&g->bad, c->bad->container))
		g->bad_looks++;
	else
		g->bad_looks = 1;
	return g->bad_looks >= BAD_LOOKS;
}

static void
look(void *arg)
{
	struct vigil *g = arg;
	struct step *s = g->step;
	const struct environment *env = model_find(s->w->model,
	    s->environment->name);
	const struct observation *seen = env ? &env->sources[SOURCE_ENGINE] :
	    NULL;
	struct count c = {0};

	g->look = loop_timer(s->w->loop, LOOK_MS, look, g);
	/* What was seen before the step says nothing of now. */
	if (!env || seen->observed_at == TIME_UNKNOWN || seen->error ||
	    seen->observed_at < s->seen->started_at) {
		step_say(s, "waits for the engine to be seen%s%s", seen &&
		    seen->error ? ": " : "", seen && seen->error ?
		    seen->error : "");
		return;
	}
	count_services(g, env, &c);
	if (has_failed(g, &c)) {
		loop_timer_cancel(g->look);
		g->look = NULL;
		fail_with_log(g, c.bad->name, c.why);
		return;
	}
	if (c.all && c.good == c.all) {
		step_say(s, "%zu services are well", c.all);
		cancel(s);
		step_end(s, PHASE_DONE, NULL);
	} else if (c.all) {
		step_say(s, "%zu of %zu services are well; %s", c.good, c.all,
		    c.why);
	} else {
		step_say(s, "no services are there");
	}
	free(c.why);
}

static void
start(struct step *s)
{
	struct vigil *g = xcalloc(1, sizeof(*g));

	buf_init(&g->lines, 2000);
	g->step = s;
	s->state = g;
	if (s->observer)
		observer_refresh(s->observer);
	g->look = loop_timer(s->w->loop, 0, look, g);
}

static void
paper(const struct step *s, struct buf *b)
{
	buf_adds(b, "docker ps --all --filter label=com.docker.compose.project=");
	text_shell_quote(b, s->environment->compose_project ?
	    s->environment->compose_project : "");
	buf_adds(b, "\n");
	paper_comment(b, "go on when every service is up and healthy; "
	    "otherwise look at: docker logs --tail 20 CONTAINER");
}

const struct verb verb_healthy = {
	.shape = {"healthy", "services", arguments},
	.start = start, .cancel = cancel, .probe = start, .paper = paper,
};
