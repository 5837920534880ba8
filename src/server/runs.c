/* The engine of this server: where runs are kept, and what follows their end.
 * See internal.h. */
#include "server/internal.h"

#include "base/alloc.h"
#include "base/log.h"
#include "run/engine.h"

/* --- keeping ------------------------------------------------------------- */

static const struct run_step *
find_step(const struct run *r, const char *id)
{
	size_t i;

	for (i = 0; id && i < r->step_count; i++)
		if (strcmp(r->steps[i].id, id) == 0)
			return &r->steps[i];
	return NULL;
}

static int64_t
span(int64_t from, int64_t to)
{
	return from == TIME_UNKNOWN || to == TIME_UNKNOWN || to < from ? -1 :
	    to - from;
}

static void
settled(void *arg, const char *error)
{
	if (error)
		server_trouble(arg, "record", STATUS_CRIT, error);
}

/* What was left behind is bad, and nobody deploys it anew by mistake. */
static void
after_rollback(struct server *s, const struct run *r)
{
	struct environment *env = model_environment(&s->model,
	    r->environment);
	int64_t now = clock_wall();
	const char *from = r->from ? r->from : "an unknown version";
	char *why = xasprintf("rolled back from %s: %s", from, r->reason ?
	    r->reason : "no reason was given");
	struct environment_lock lock = {r->who, why, now};
	struct mark mark = {r->from, MARK_BAD, r->who, why, now};

	if (env && s->record) {
		server_journal(s, NULL, "lock", r->environment,
		    "locked after the rollback", why);
		record_lock(s->record, env, &lock, settled, s);
	}
	if (s->record && r->from && (!r->target ||
	    strcmp(r->from, r->target) != 0)) {
		server_journal(s, NULL, "mark", r->environment,
		    "the version that was left is marked bad", why);
		record_mark(s->record, &s->model, &mark, settled, s);
	}
	free(why);
}

static void
keep(void *arg, const struct run *run, const char *kind, const char *step,
    const char *text, const char *state, engine_kept_fn *done, void *done_arg)
{
	struct server *s = arg;
	const struct run_step *at = find_step(run, step);
	bool ends = strcmp(kind, "run-end") == 0;

	/* Before its end is durable: who comes back after a crash in between
	 * ends it anew. */
	if (ends && run->phase == PHASE_DONE && gate_is_rollback(s->conf, run))
		after_rollback(s, run);
	journal_run(s->journal, &(struct journal_entry){
	    .kind = kind, .environment = run->environment, .run = run->id,
	    .step = step, .who = run->who, .uid = -1, .tty = run->tty,
	    .text = text, .reason = step ? NULL : run->reason,
	    .exit_code = at ? at->exit_code : -1,
	    .duration_ms = at ? span(at->started_at, at->ended_at) :
	    ends ? span(run->started_at, run->ended_at) : -1,
	    }, run->id, state, phase_ended(run->phase), done, done_arg);
}

static void
keep_output(void *arg, const char *run_id, const char *step, const char *data,
    size_t len)
{
	struct server *s = arg;

	journal_output(s->journal, run_id, step, data, len);
}

static int64_t
usual(void *arg, const char *book, const char *environment, const char *step)
{
	struct server *s = arg;

	return journal_usual(s->journal, book, environment, step);
}

static struct observer *
observer(void *arg, const char *environment)
{
	return watch_observer(arg, environment);
}

static void
changed(void *arg)
{
	struct server *s = arg;

	s->dirty = true;
}

/* --- start, reload, stop ------------------------------------------------- */

struct recalled {
	char **states;
	size_t count;
};

static void
recalled(void *arg, const char *run, const char *state)
{
	struct recalled *all = arg;

	(void)run;
	all->states = xreallocarray(all->states, all->count + 1,
	    sizeof(*all->states));
	all->states[all->count++] = xstrdup(state);
}

/* All are read before the first is taken up, which may write at once. */
static void
recall(struct server *s)
{
	struct recalled all = {0};
	struct err e;
	size_t i;

	if (journal_runs(s->journal, MODEL_RUNS_MAX, recalled, &all, &e) == -1)
		server_trouble(s, "runs", STATUS_CRIT, e.text);
	for (i = 0; i < all.count; i++) {
		if (engine_recall(s->engine, all.states[i], &e) == -1)
			log_error("a run of an earlier server cannot be taken "
			    "up: %s", e.text);
		free(all.states[i]);
	}
	free(all.states);
}

void
runs_open(struct server *s)
{
	const char *data = getenv("VIGIE_DATADIR");

	s->shipped_books = xasprintf("%s/runbooks", data && *data ? data :
	    PKGDATADIR);
	if (s->journal) {
		s->engine = engine_new(&(struct engine_options){
		    .world = &s->world, .conf = s->conf,
		    .services = &s->services, .observer = observer,
		    .keep = keep, .keep_output = keep_output, .usual = usual,
		    .changed = changed, .arg = s});
		recall(s);
	}
	s->gate = gate_new(&(struct gate_options){
	    .engine = s->engine, .journal = s->journal, .model = &s->model,
	    .conf = s->conf, .site_books = s->conf->runbooks,
	    .shipped_books = s->shipped_books});
}

void
runs_rest(struct server *s)
{
	if (s->engine)
		engine_rest(s->engine);
}

void
runs_wake(struct server *s)
{
	if (s->engine)
		engine_wake(s->engine, s->conf);
	gate_configure(s->gate, s->conf, s->conf->runbooks);
}

void
runs_close(struct server *s)
{
	gate_free(s->gate);
	s->gate = NULL;
	engine_free(s->engine);
	s->engine = NULL;
	free(s->shipped_books);
	s->shipped_books = NULL;
}
