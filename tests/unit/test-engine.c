/* Runs, with verbs and a journal that do as they are told. */
#include "unit.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/json.h"
#include "model/tables.h"
#include "run/engine.h"
#include "run/verb-table.h"

/* --- the stage ------------------------------------------------------------ */

#define ROWS_MAX 400

struct row {
	char *kind, *step, *text, *state;
	engine_kept_fn *done;	/* not answered yet */
	void *arg;
};

static struct {
	struct row rows[ROWS_MAX];
	size_t count;
	bool later;		/* answers only when told to */
	const char *fail;	/* rows of this kind are not written */
	struct buf output;
} journal;

static struct loop *loop;
static struct model model;
static struct world world;
static struct engine *engine;
static struct step *current;	/* that hangs */
static int starts[26], probes, cancels, forgets, stops, changes;
static enum phase probed;	/* what probe() finds; PENDING: it still runs */

static struct conf_environment places[] = {
	{.name = "staging", .compose_project = "hub",
	    .directory = "/srv/a b"},
	{.name = "prod", .production = true, .ssh_host = "prod-host",
	    .directory = "/srv/hub"},
};
static struct conf conf = {
	.environments = places, .environment_count = 2,
	.registry = {.image = "registry.example/bridge"},
};

static void
keep(void *arg, const struct run *run, const char *kind, const char *step,
    const char *text, const char *state, engine_kept_fn *done, void *done_arg)
{
	struct row *r = &journal.rows[journal.count++];
	bool fails = journal.fail && strcmp(journal.fail, kind) == 0;

	(void)arg;
	ck_assert_ptr_nonnull(run->id);
	ck_assert_uint_lt(journal.count, ROWS_MAX);
	*r = (struct row){xstrdup(kind), xstrdup_or_null(step), xstrdup(text),
	    xstrdup(state), done, done_arg};
	if (journal.later)
		return;
	r->done = NULL;
	done(done_arg, fails ? "disk full" : NULL);
}

static void
keep_output(void *arg, const char *run_id, const char *step, const char *data,
    size_t len)
{
	(void)arg;
	(void)run_id;
	(void)step;
	buf_add(&journal.output, data, len);
}

static int64_t
usual(void *arg, const char *book, const char *environment, const char *step)
{
	(void)arg;
	(void)book;
	(void)environment;
	return strcmp(step, "a") == 0 ? 4000 : -1;
}

static void
changed(void *arg)
{
	(void)arg;
	ck_assert(model.ran);
	changes++;
}

/* Answer what waits, in its order. */
static bool
answer(void)
{
	bool any = false;
	size_t i;

	for (i = 0; i < journal.count; i++) {
		struct row *r = &journal.rows[i];
		engine_kept_fn *done = r->done;

		if (!done)
			continue;
		r->done = NULL;
		any = true;
		done(r->arg, journal.fail && strcmp(journal.fail, r->kind) ==
		    0 ? "disk full" : NULL);
	}
	return any;
}

/* What is due now, without answers of a journal that answers later. */
static void
turn(void)
{
	int i;

	for (i = 0; i < 12; i++)
		loop_turn(loop, 0);
}

static void
settle(void)
{
	do
		turn();
	while (answer());
	turn();
}

/* The rows as "run-begin step-begin:a …". */
static const char *
trace(void)
{
	static struct buf b = BUF_INIT(1 << 16);
	size_t i;

	buf_clear(&b);
	for (i = 0; i < journal.count; i++)
		buf_addf(&b, "%s%s%s%s", i ? " " : "", journal.rows[i].kind,
		    journal.rows[i].step ? ":" : "", journal.rows[i].step ?
		    journal.rows[i].step : "");
	return buf_str(&b);
}

/* --- verbs ---------------------------------------------------------------- */

struct fake {
	struct step *step;
	struct loop_timer *timer;
	enum phase phase;
};

static void
fake_free(struct step *s)
{
	struct fake *f = s->state;

	s->state = NULL;
	loop_timer_cancel(f->timer);
	free(f);
	if (current == s)
		current = NULL;
}

static void
fake_finish(struct step *s, enum phase phase)
{
	fake_free(s);
	step_end(s, phase, phase == PHASE_FAILED ? "it broke" :
	    phase == PHASE_UNKNOWN ? "cannot tell" : NULL);
}

static void
fake_due(void *arg)
{
	struct fake *f = arg;

	f->timer = NULL;
	fake_finish(f->step, f->phase);
}

static struct fake *
fake_new(struct step *s)
{
	struct fake *f = xcalloc(1, sizeof(*f));

	f->step = s;
	s->state = f;
	return f;
}

static void
fake_start(struct step *s)
{
	const char *how = book_argument(s->book, "how");
	struct fake *f = fake_new(s);

	starts[*s->book->id - 'a']++;
	/* "second" fails once. */
	f->phase = strcmp(how, "fail") == 0 || (strcmp(how, "second") == 0 &&
	    s->seen->attempts == 1) ? PHASE_FAILED :
	    strcmp(how, "unknown") == 0 ? PHASE_UNKNOWN : PHASE_DONE;
	if (strcmp(how, "hang") == 0)
		current = s;
	else if (strcmp(how, "now") == 0)
		fake_finish(s, PHASE_DONE);
	else
		f->timer = loop_timer(loop, 0, fake_due, f);
}

static void
fake_cancel(struct step *s)
{
	cancels++;
	fake_free(s);
}

static void
fake_forget(struct step *s)
{
	forgets++;
	fake_free(s);
}

static void
fake_stop(struct step *s)
{
	stops++;
	current = s;
}

static void
fake_probe(struct step *s)
{
	struct fake *f = fake_new(s);

	probes++;
	if (probed == PHASE_PENDING) {
		current = s;
		return;
	}
	f->phase = probed;
	f->timer = loop_timer(loop, 0, fake_due, f);
}

static void
fake_paper(const struct step *s, struct buf *b)
{
	char *text = step_argument(s, "how");

	buf_addf(b, "do %s\n", text);
	free(text);
}

static const struct verb_argument fake_arguments[] = {
	{"how", .required = true, .shell = true}, {NULL},
};
static const struct verb fake_act = {
	.shape = {"act", "how", fake_arguments}, .start = fake_start,
	.cancel = fake_cancel, .forget = fake_forget, .probe = fake_probe,
	.paper = fake_paper,
}, fake_job = {
	.shape = {"work", "how", fake_arguments}, .start = fake_start,
	.stop = fake_stop, .forget = fake_forget, .probe = fake_probe,
}, fake_blind = {
	.shape = {"blind", "how", fake_arguments}, .start = fake_start,
	.cancel = fake_cancel,
};

static void
take_start(struct step *s)
{
	starts[*s->book->id - 'a']++;
	step_capture(s, "token", "s3cr3t-token");
	step_output(s, "got s3cr3t-token\n", 17);
	step_say(s, "has s3cr3t-token");
	step_end(s, PHASE_DONE, NULL);
}

static const struct verb_argument take_arguments[] = {
	{"url"}, {"capture", .kind = ARGUMENT_CAPTURE}, {NULL},
};
static const struct verb fake_take = {
	.shape = {"take", "url", take_arguments}, .start = take_start,
};

static const struct verb *const fakes[] = {
	&fake_act, &fake_job, &fake_blind, &fake_take, &verb_manual, NULL
};

/* --- set-up --------------------------------------------------------------- */

static void
engine_begin(void)
{
	static const struct engine_options options = {
		.world = &world, .conf = &conf, .verbs = fakes, .keep = keep,
		.keep_output = keep_output, .usual = usual,
		.changed = changed,
	};

	model_init(&model);
	engine = engine_new(&options);
	current = NULL;
}

static void
engine_end(void)
{
	engine_free(engine);
	engine = NULL;
	model_release(&model);
	current = NULL;
}

static void
journal_clear(void)
{
	size_t i;

	for (i = 0; i < journal.count; i++) {
		free(journal.rows[i].kind);
		free(journal.rows[i].step);
		free(journal.rows[i].text);
		free(journal.rows[i].state);
	}
	journal.count = 0;
}

static void
setup(void)
{
	loop = loop_new(NULL);
	world = (struct world){.loop = loop, .model = &model};
	journal_clear();
	journal.later = false;
	journal.fail = NULL;
	buf_init(&journal.output, 1 << 20);
	memset(starts, 0, sizeof(starts));
	probes = cancels = forgets = stops = changes = 0;
	probed = PHASE_DONE;
	engine_begin();
}

static void
teardown(void)
{
	engine_end();
	answer();
	journal_clear();
	buf_release(&journal.output);
	loop_free(loop);
}

static struct book *
book(const char *steps)
{
	struct verb_shape *shapes = verb_shapes(fakes);
	struct buf errors = BUF_INIT(1 << 16);
	char *text = xasprintf("title: Deploy {version}\n"
	    "environments: ['*']\nestimate: 5m\nparameters:\n  note: {default: "
	    "none}\nsteps:\n%s", steps);
	struct book *b = book_parse(text, strlen(text), "/x/deploy.yaml",
	    shapes, &errors);

	ck_assert_msg(b != NULL, "%s", buf_str(&errors));
	free(text);
	free(shapes);
	buf_release(&errors);
	return b;
}

/* Begin it in staging; the id is the caller's. */
static char *
begin(const char *steps)
{
	struct err e = {""};
	const struct run *r = engine_run(engine, &(struct engine_start){
		.book = book(steps), .environment = "staging", .who = "yan",
		.tty = "pts/1", .target = "v1.2", .target_commit = "abc123",
		.via = "ssh",
	}, &e);

	ck_assert_msg(r != NULL, "%s", e.text);
	return xstrdup(r->id);
}

static const struct run *
the_run(void)
{
	ck_assert_uint_ge(model.run_count, 1);
	return &model.runs[0];
}

/* "paused: done failed pending" */
static const char *
state(void)
{
	static struct buf b = BUF_INIT(4096);
	const struct run *r = the_run();
	size_t i;

	buf_clear(&b);
	buf_addf(&b, "%s:", phase_name(r->phase));
	for (i = 0; i < r->step_count; i++)
		buf_addf(&b, " %s", phase_name(r->steps[i].phase));
	return buf_str(&b);
}

static const char *
refused(const char *id, enum engine_act act, const char *who,
    const char *reason)
{
	static struct err e;

	e.text[0] = '\0';
	ck_assert_int_eq(engine_act(engine, id, act, NULL, who, reason, &e),
	    -1);
	return e.text;
}

static void
act(const char *id, enum engine_act a, const char *reason)
{
	struct err e = {""};

	ck_assert_msg(engine_act(engine, id, a, NULL, "corentin", reason,
	    &e) == 0, "%s", e.text);
}

#define THREE "- {id: a, act: now}\n- {id: b, act: done}\n- {id: c, act: done}\n"

/* --- the normal course ---------------------------------------------------- */

START_TEST(test_normal)
{
	static const char expected[] = "run-begin step-begin:a step-end:a "
	    "step-begin:b step-end:b step-begin:c step-end:c run-end";
	const struct run *r;
	char *id;

	journal.later = _i;
	id = begin("- {id: a, title: 'to {version}', act: now}\n"
	    "- {id: b, act: done, when: via=ssh}\n"
	    "- {id: x, act: done, when: production}\n"
	    "- {id: c, act: done}\n");
	ck_assert_str_eq(state(), "running: pending pending pending");
	ck_assert_int_eq(starts[0], 0);
	settle();
	ck_assert_str_eq(state(), "done: done done done");
	ck_assert_str_eq(trace(), expected);
	r = the_run();
	ck_assert_str_eq(r->id, id);
	ck_assert(strncmp(id, "deploy-staging-20", 17) == 0);
	ck_assert_str_eq(r->title, "Deploy v1.2");
	ck_assert_str_eq(r->steps[0].title, "to v1.2");
	ck_assert_int_eq(r->steps[0].usual_ms, 4000);
	ck_assert_int_eq(r->steps[1].usual_ms, -1);
	ck_assert_int_eq(r->steps[0].attempts, 1);
	ck_assert_int_eq(r->estimate_ms, 300000);
	ck_assert(r->ended_at >= r->started_at);
	ck_assert_int_eq(starts['x' - 'a'], 0);
	ck_assert_ptr_null(engine_holds(engine, "staging"));
	free(id);
}
END_TEST

/* The verb starts only when the journal has the intent. */
START_TEST(test_intent_first)
{
	char *id;

	journal.later = true;
	id = begin(THREE);
	turn();
	ck_assert_str_eq(trace(), "run-begin step-begin:a");
	ck_assert_int_eq(starts[0], 0);
	answer();
	turn();
	ck_assert_int_eq(starts[0], 1);
	ck_assert_str_eq(state(), "running: done pending pending");
	/* Nor is the next begun before the result is there. */
	ck_assert_str_eq(trace(), "run-begin step-begin:a step-end:a");
	settle();
	ck_assert_str_eq(state(), "done: done done done");
	free(id);
}
END_TEST

/* --- failures ------------------------------------------------------------- */

static const struct {
	const char *how, *on_failure;
	int at;
	const char *state;
} failures[] = {
	{"fail", "stop", 0, "failed: failed pending pending"},
	{"fail", "stop", 1, "failed: done failed pending"},
	{"fail", "stop", 2, "failed: done done failed"},
	{"fail", "ask", 0, "paused: failed pending pending"},
	{"fail", "ask", 1, "paused: done failed pending"},
	{"fail", "ask", 2, "paused: done done failed"},
	{"fail", "go-on", 0, "done: failed done done"},
	{"fail", "go-on", 1, "done: done failed done"},
	{"fail", "go-on", 2, "done: done done failed"},
	{"unknown", "stop", 1, "unknown: done unknown pending"},
	{"unknown", "ask", 1, "unknown: done unknown pending"},
	{"unknown", "go-on", 1, "unknown: done unknown pending"},
};

static char *
steps_with(const char *how, const char *on_failure, int at)
{
	struct buf b = BUF_INIT(4096);
	int i;

	for (i = 0; i < 3; i++)
		buf_addf(&b, "- {id: %c, act: %s, on_failure: %s}\n", 'a' + i,
		    i == at ? how : "done", on_failure);
	return buf_detach(&b);
}

START_TEST(test_failure)
{
	char *steps = steps_with(failures[_i].how, failures[_i].on_failure,
	    failures[_i].at);
	char *id = begin(steps);
	const struct run *r;

	settle();
	ck_assert_str_eq(state(), failures[_i].state);
	r = the_run();
	ck_assert_str_eq(r->steps[failures[_i].at].error,
	    strcmp(failures[_i].how, "fail") == 0 ? "it broke" : "cannot tell");
	ck_assert((engine_holds(engine, "staging") == NULL) ==
	    phase_ended(r->phase));
	free(steps);
	free(id);
}
END_TEST

static void
ended(void *arg)
{
	*(bool *)arg = true;
}

/* Turn until the run is at rest, at most 5 s. */
static void
until(const char *expected)
{
	bool late = false;
	struct loop_timer *t = loop_timer(loop, 5000, ended, &late);

	while (strcmp(state(), expected) != 0 && !late)
		loop_turn(loop, -1);
	ck_assert_msg(!late, "%s, expected %s", state(), expected);
	loop_timer_cancel(t);
}

START_TEST(test_deadline)
{
	char *id = begin("- {id: a, act: hang, timeout: 30ms}\n"
	    "- {id: b, act: done}\n");

	until("failed: failed pending");
	ck_assert_str_eq(the_run()->steps[0].error, "took longer than 0s");
	ck_assert_int_eq(cancels, 1);
	free(id);
}
END_TEST

/* One that takes its time to stop is waited for. */
START_TEST(test_deadline_stop)
{
	static const struct {
		enum phase phase;
		const char *state, *error;
	} outcomes[] = {
		{PHASE_FAILED, "failed: failed",
		    "took longer than 0s: it broke"},
		{PHASE_DONE, "done: done", NULL},
		{PHASE_UNKNOWN, "unknown: unknown",
		    "took longer than 0s, and cannot tell"},
	};
	char *id = begin("- {id: a, work: hang, timeout: 30ms}\n");

	while (!stops)
		loop_turn(loop, -1);
	ck_assert_str_eq(state(), "running: running");
	fake_finish(current, outcomes[_i].phase);
	settle();
	ck_assert_str_eq(state(), outcomes[_i].state);
	if (outcomes[_i].error)
		ck_assert_str_eq(the_run()->steps[0].error,
		    outcomes[_i].error);
	free(id);
}
END_TEST

/* --- acts ----------------------------------------------------------------- */

START_TEST(test_pause)
{
	char *id = begin("- {id: a, act: hang}\n- {id: b, act: done}\n");

	settle();
	act(id, ENGINE_PAUSE, NULL);
	ck_assert(the_run()->pause_next);
	ck_assert_str_eq(refused(id, ENGINE_PAUSE, "yan", NULL)
	    + strlen("the run ") + strlen(id),
	    " stops before its next step already");
	fake_finish(current, PHASE_DONE);
	settle();
	ck_assert_str_eq(state(), "paused: done pending");
	ck_assert_int_eq(starts[1], 0);
	ck_assert_ptr_nonnull(engine_holds(engine, "staging"));
	refused(id, ENGINE_PAUSE, "yan", NULL);
	act(id, ENGINE_RESUME, NULL);
	settle();
	ck_assert_str_eq(state(), "done: done done");
	ck_assert_str_eq(trace(), "run-begin step-begin:a run-pause "
	    "step-end:a run-paused run-resume step-begin:b step-end:b "
	    "run-end");
	refused(id, ENGINE_RESUME, "yan", NULL);
	free(id);
}
END_TEST

START_TEST(test_pause_taken_back)
{
	char *id = begin("- {id: a, act: hang}\n- {id: b, act: done}\n");

	settle();
	act(id, ENGINE_PAUSE, NULL);
	act(id, ENGINE_RESUME, NULL);
	refused(id, ENGINE_RESUME, "yan", NULL);
	fake_finish(current, PHASE_DONE);
	settle();
	ck_assert_str_eq(state(), "done: done done");
	free(id);
}
END_TEST

START_TEST(test_abort_at_once)
{
	char *id = begin(THREE);

	act(id, ENGINE_ABORT, NULL);
	settle();
	ck_assert_str_eq(state(), "aborted: pending pending pending");
	ck_assert_str_eq(trace(), "run-begin run-abort run-end");
	free(id);
}
END_TEST

START_TEST(test_abort_in_intent)
{
	char *id;

	journal.later = true;
	id = begin(THREE);
	turn();
	act(id, ENGINE_ABORT, "no");
	settle();
	ck_assert_str_eq(state(), "aborted: aborted pending pending");
	ck_assert_int_eq(starts[0], 0);
	ck_assert_str_eq(the_run()->steps[0].error,
	    "aborted by corentin: no");
	free(id);
}
END_TEST

START_TEST(test_abort_active)
{
	char *id = begin("- {id: a, act: hang}\n- {id: b, act: done}\n");

	settle();
	act(id, ENGINE_ABORT, "wrong one");
	ck_assert_int_eq(cancels, 1);
	refused(id, ENGINE_ABORT, "yan", NULL);
	settle();
	ck_assert_str_eq(state(), "aborted: aborted pending");
	ck_assert_str_eq(trace(), "run-begin step-begin:a run-abort step-end:a "
	    "run-end");
	refused(id, ENGINE_ABORT, "yan", NULL);
	refused(id, ENGINE_RETRY, "yan", "again");
	refused(id, ENGINE_SKIP, "yan", "on");
	free(id);
}
END_TEST

START_TEST(test_abort_stop)
{
	static const char *const states[] = {
		[PHASE_DONE] = "aborted: done pending",
		[PHASE_FAILED] = "aborted: aborted pending",
		[PHASE_UNKNOWN] = "unknown: unknown pending",
	};
	static const enum phase phases[] = {PHASE_DONE, PHASE_FAILED,
	    PHASE_UNKNOWN};
	char *id = begin("- {id: a, work: hang}\n- {id: b, act: done}\n");

	settle();
	act(id, ENGINE_ABORT, NULL);
	settle();
	ck_assert_str_eq(state(), "running: running pending");
	ck_assert_int_eq(stops, 1);
	refused(id, ENGINE_ABORT, "yan", NULL);
	fake_finish(current, phases[_i]);
	settle();
	ck_assert_str_eq(state(), states[phases[_i]]);
	ck_assert_int_eq(starts[1], 0);
	free(id);
}
END_TEST

START_TEST(test_abort_in_result)
{
	char *id;

	id = begin("- {id: a, act: hang}\n- {id: b, act: done}\n");
	settle();
	journal.later = true;
	fake_finish(current, PHASE_DONE);
	act(id, ENGINE_ABORT, NULL);
	settle();
	ck_assert_str_eq(state(), "aborted: done pending");
	free(id);
}
END_TEST

START_TEST(test_abort_at_rest)
{
	static const char *const steps[] = {
		"- {id: a, act: unknown}\n- {id: b, act: done}\n",
		"- {id: a, act: fail, on_failure: ask}\n- {id: b, act: done}\n",
	};
	static const char *const states[] = {
		"aborted: unknown pending", "aborted: failed pending",
	};
	char *id = begin(steps[_i]);

	settle();
	if (_i == 0)
		ck_assert_str_eq(refused(id, ENGINE_ABORT, "yan", " "), "nobody "
		    "knows what became of the step a: aborting needs a "
		    "reason");
	act(id, ENGINE_ABORT, "looked myself");
	settle();
	ck_assert_str_eq(state(), states[_i]);
	ck_assert_ptr_null(engine_holds(engine, "staging"));
	free(id);
}
END_TEST

START_TEST(test_retry)
{
	static const char *const on[] = {"stop", "ask"};
	char *steps = steps_with("second", on[_i], 1), *id = begin(steps);

	settle();
	ck_assert_ptr_nonnull(strstr(refused(id, ENGINE_RESUME, "yan", NULL),
	    _i == 0 ? " has ended (failed)" : "the step b has failed: retry "
	    "it, skip it with a reason, or abort the run"));
	act(id, ENGINE_RETRY, NULL);
	ck_assert_str_eq(state(), "running: done pending pending");
	ck_assert_ptr_nonnull(engine_holds(engine, "staging"));
	refused(id, ENGINE_RETRY, "yan", NULL);
	settle();
	ck_assert_str_eq(state(), "done: done done done");
	ck_assert_int_eq(the_run()->steps[1].attempts, 2);
	ck_assert_ptr_null(the_run()->steps[1].error);
	ck_assert_int_eq(starts[1], 2);
	ck_assert_int_eq(starts[0], 1);
	free(steps);
	free(id);
}
END_TEST

START_TEST(test_retry_unknown)
{
	char *id = begin("- {id: a, act: unknown}\n");

	settle();
	ck_assert_str_eq(refused(id, ENGINE_RETRY, "yan", NULL), "nobody knows "
	    "what became of the step a: this needs a reason");
	refused(id, ENGINE_RESUME, "yan", NULL);
	act(id, ENGINE_RETRY, "it did not happen, I looked");
	settle();
	ck_assert_int_eq(starts[0], 2);
	ck_assert_str_eq(state(), "unknown: unknown");
	free(id);
}
END_TEST

START_TEST(test_retry_too_late)
{
	char *first = begin("- {id: a, act: fail}\n"), *second;

	settle();
	second = begin("- {id: b, act: done}\n");
	refused(first, ENGINE_RETRY, "yan", NULL);
	settle();
	ck_assert_ptr_nonnull(strstr(refused(first, ENGINE_RETRY, "yan", NULL),
	    "is not the newest of staging"));
	ck_assert_int_eq(starts[0], 1);
	ck_assert_str_ne(first, second);
	free(first);
	free(second);
}
END_TEST

START_TEST(test_skip)
{
	static const struct {
		const char *how, *on_failure;
	} kinds[] = {{"fail", "stop"}, {"fail", "ask"}, {"unknown", "stop"}};
	char *steps = steps_with(kinds[_i].how, kinds[_i].on_failure, 1);
	char *id = begin(steps);

	settle();
	ck_assert_str_eq(refused(id, ENGINE_SKIP, "yan", NULL),
	    "skipping a step needs a reason");
	act(id, ENGINE_SKIP, "not needed today");
	settle();
	ck_assert_str_eq(state(), "done: done skipped done");
	ck_assert_str_eq(the_run()->steps[1].doing,
	    "skipped by corentin: not needed today");
	free(steps);
	free(id);
}
END_TEST

START_TEST(test_skip_next)
{
	char *id = begin("- {id: a, act: hang}\n- {id: b, act: done}\n"
	    "- {id: c, act: done}\n");

	settle();
	/* Not while it runs. */
	refused(id, ENGINE_SKIP, "yan", "too slow");
	act(id, ENGINE_PAUSE, NULL);
	fake_finish(current, PHASE_DONE);
	settle();
	act(id, ENGINE_SKIP, "not today");
	settle();
	ck_assert_str_eq(state(), "done: done skipped done");
	ck_assert_int_eq(starts[1], 0);
	free(id);
}
END_TEST

START_TEST(test_tick)
{
	char *id = begin("- {id: a, manual: 'call {who}'}\n"
	    "- {id: b, act: done}\n");
	const struct checklist_item *item;
	struct err e;

	settle();
	ck_assert_str_eq(state(), "waiting: waiting pending");
	ck_assert_uint_eq(the_run()->steps[0].item_count, 1);
	item = the_run()->steps[0].items;
	ck_assert_str_eq(item->title, "call yan");
	ck_assert_int_eq(engine_act(engine, id, ENGINE_TICK, "nothing", "yan",
	    NULL, &e), -1);
	ck_assert_str_eq(e.text, "the step a has no item 'nothing'");
	ck_assert_int_eq(engine_act(engine, id, ENGINE_TICK, NULL, "yan",
	    NULL, &e), -1);
	ck_assert_int_eq(engine_act(engine, id, ENGINE_TICK, "done", "yan",
	    NULL, &e), 0);
	ck_assert_str_eq(item->who, "yan");
	ck_assert_int_eq(engine_act(engine, id, ENGINE_TICK, "done", "eve",
	    NULL, &e), -1);
	settle();
	ck_assert_str_eq(state(), "done: done done");
	ck_assert_int_eq(engine_act(engine, id, ENGINE_TICK, "done", "yan",
	    NULL, &e), -1);
	ck_assert_str_eq(trace(), "run-begin step-begin:a step-tick:a "
	    "step-end:a step-begin:b step-end:b run-end");
	free(id);
}
END_TEST

START_TEST(test_skip_waiting)
{
	char *id = begin("- {id: a, manual: call}\n- {id: b, act: done}\n");

	settle();
	act(id, ENGINE_SKIP, "nobody answers");
	settle();
	ck_assert_str_eq(state(), "done: skipped done");
	free(id);
}
END_TEST

START_TEST(test_nobody)
{
	char *id = begin("- {id: a, act: hang}\n");
	int a;

	settle();
	for (a = 0; a < ENGINE_ACTS; a++) {
		ck_assert_ptr_nonnull(strstr(refused(id, a, NULL, "why"),
		    "an act needs a name"));
		ck_assert_ptr_nonnull(strstr(refused(id, a, " ", "why"),
		    "an act needs a name"));
		ck_assert_str_eq(refused("other", a, "yan", "why"),
		    "there is no run 'other'");
	}
	ck_assert_str_eq(state(), "running: running");
	free(id);
}
END_TEST

/* --- a journal that does not write ---------------------------------------- */

START_TEST(test_intent_not_kept)
{
	char *id;

	journal.fail = "step-begin";
	journal.later = _i;
	id = begin(THREE);
	settle();
	ck_assert_str_eq(state(), "failed: failed pending pending");
	ck_assert_str_eq(the_run()->steps[0].error, "not started: the journal "
	    "could not be written: disk full");
	ck_assert_int_eq(starts[0], 0);
	ck_assert_int_eq(the_run()->steps[0].attempts, 0);
	journal.fail = NULL;
	act(id, ENGINE_RETRY, NULL);
	settle();
	ck_assert_str_eq(state(), "done: done done done");
	ck_assert_int_eq(starts[0], 1);
	free(id);
}
END_TEST

START_TEST(test_result_not_kept)
{
	char *id;

	journal.fail = "step-end";
	journal.later = _i;
	id = begin(THREE);
	settle();
	ck_assert_str_eq(state(), "paused: done pending pending");
	ck_assert_str_eq(the_run()->steps[0].doing, "the journal did not take "
	    "the result: disk full; resume to write it again");
	ck_assert_int_eq(starts[1], 0);
	act(id, ENGINE_RESUME, NULL);
	settle();
	ck_assert_str_eq(state(), "paused: done pending pending");
	journal.fail = NULL;
	act(id, ENGINE_RESUME, NULL);
	settle();
	ck_assert_str_eq(state(), "done: done done done");
	ck_assert_int_eq(starts[0], 1);
	free(id);
}
END_TEST

START_TEST(test_end_not_kept)
{
	char *id;

	journal.fail = "run-end";
	id = begin(THREE);
	settle();
	ck_assert_str_eq(state(), "done: done done done");
	free(id);
}
END_TEST

static void
remembered(void *arg)
{
	*(int *)arg += 1;
}

START_TEST(test_remember)
{
	char *id = begin("- {id: a, act: hang}\n");
	int calls = 0;

	settle();
	journal.later = true;
	step_remember(current, "run 412", remembered, &calls);
	turn();
	ck_assert_int_eq(calls, 0);
	answer();
	ck_assert_int_eq(calls, 1);
	ck_assert_ptr_nonnull(strstr(journal.rows[journal.count - 1].state,
	    "\"memory\":\"run 412\""));
	journal.fail = "step-remember";
	step_remember(current, "run 413", remembered, &calls);
	settle();
	ck_assert_int_eq(calls, 1);
	ck_assert_int_eq(cancels, 1);
	ck_assert_str_eq(state(), "failed: failed");
	ck_assert_str_eq(the_run()->steps[0].error,
	    "not done: the journal could not be written: disk full");
	free(id);
}
END_TEST

/* --- one at a time -------------------------------------------------------- */

static const struct run *
another(const char *environment, const char *who, struct err *e)
{
	return engine_run(engine, &(struct engine_start){
		.book = book("- {id: z, act: done}\n"),
		.environment = environment, .who = who,
	}, e);
}

START_TEST(test_two_runs)
{
	char *id = begin("- {id: a, title: waits, act: hang}\n"), *expected;
	char since[CLOCK_TEXT_MAX];
	struct err e;

	settle();
	ck_assert_ptr_null(another("staging", "eve", &e));
	expected = xasprintf("deploy of v1.2 by yan holds staging since %s "
	    "(running, at step a: waits)",
	    clock_time_of_day(the_run()->started_at, since));
	ck_assert_str_eq(e.text, expected);
	free(expected);
	/* Another environment is free. */
	ck_assert_ptr_nonnull(another("prod", "eve", &e));
	settle();
	ck_assert_int_eq(starts['z' - 'a'], 1);
	fake_finish(current, PHASE_DONE);
	settle();
	ck_assert_ptr_nonnull(another("staging", "eve", &e));
	settle();
	ck_assert_uint_eq(model.run_count, 3);
	free(id);
}
END_TEST

START_TEST(test_start_refused)
{
	struct book_value bad[] = {{"colour", "red", false}, {0}};
	struct verb_shape *shapes = verb_shapes(fakes);
	static const char text[] = "title: t\nenvironments: [prod]\n"
	    "parameters: {why: {title: the reason, required: true}}\n"
	    "steps:\n- {id: a, act: done}\n";
	struct engine_start s = {.environment = "prod", .who = "yan"};
	struct buf errors = BUF_INIT(1000);
	struct err e;

	ck_assert_ptr_null(another("staging", "", &e));
	ck_assert_str_eq(e.text, "nobody in particular wants to start deploy: "
	    "a run needs a name");
	ck_assert_ptr_null(another("nowhere", "yan", &e));
	ck_assert_str_eq(e.text, "there is no environment 'nowhere' in the "
	    "configuration");
	s.book = book_parse(text, strlen(text), "go.yaml", shapes, &errors);
	ck_assert_ptr_null(engine_run(engine, &s, &e));
	ck_assert_str_eq(e.text, "the runbook go needs why (the reason): give "
	    "why=…");
	s.book = book_parse(text, strlen(text), "go.yaml", shapes, &errors);
	s.values = bad;
	ck_assert_ptr_null(engine_run(engine, &s, &e));
	ck_assert_str_eq(e.text, "the runbook go has no parameter 'colour'");
	s.book = book_parse(text, strlen(text), "go.yaml", shapes, &errors);
	s.environment = "staging";
	ck_assert_ptr_null(engine_run(engine, &s, &e));
	ck_assert_str_eq(e.text, "the runbook go is not for staging");
	s.values = NULL;
	s.book = book("- {id: a, act: done}\n- {id: b, act: '{commit}'}\n");
	ck_assert_ptr_null(engine_run(engine, &s, &e));
	ck_assert_str_eq(e.text, "the step b: {commit} has no value: give it "
	    "when the run is started");
	ck_assert_uint_eq(model.run_count, 0);
	free(shapes);
}
END_TEST

/* The oldest that has ended makes room. */
START_TEST(test_many_runs)
{
	char *first = begin("- {id: a, act: done}\n");
	struct err e;
	int i;

	settle();
	for (i = 0; i < MODEL_RUNS_MAX + 5; i++) {
		ck_assert_ptr_nonnull(another("staging", "yan", &e));
		settle();
	}
	ck_assert_uint_eq(model.run_count, MODEL_RUNS_MAX);
	ck_assert_uint_eq(journal.count, 4 * (MODEL_RUNS_MAX + 6));
	free(first);
}
END_TEST

/* --- late words ----------------------------------------------------------- */

START_TEST(test_late_end)
{
	char *id = begin("- {id: a, act: hang}\n- {id: b, act: hang}\n");
	struct step *s;
	size_t rows;

	settle();
	s = current;
	act(id, ENGINE_ABORT, NULL);
	settle();
	rows = journal.count;
	step_end(s, PHASE_DONE, NULL);
	step_say(s, "still here");
	step_output(s, "x", 1);
	step_wait(s, true);
	step_remember(s, "x", NULL, NULL);
	settle();
	ck_assert_str_eq(state(), "aborted: aborted pending");
	ck_assert_uint_eq(journal.count, rows);
	free(id);
}
END_TEST

START_TEST(test_double_end)
{
	char *id = begin("- {id: a, act: hang}\n- {id: b, act: hang}\n");
	struct step *s;

	settle();
	s = current;
	fake_finish(s, PHASE_DONE);
	step_end(s, PHASE_FAILED, "no");
	settle();
	ck_assert_str_eq(state(), "running: done running");
	step_end(s, PHASE_FAILED, "no");
	settle();
	ck_assert_str_eq(state(), "running: done running");
	free(id);
}
END_TEST

/* --- a server that was killed --------------------------------------------- */

/* As it was kept by row i. Every step that had begun is asked after and not
 * started again. */
static void
recall_at(const char *kept)
{
	struct json *v = json_parse(kept, strlen(kept), NULL);
	const struct json *s = json_first(json_get(json_get(v, "run"),
	    "steps"));
	bool begun[3], ended_run;
	struct err e = {""};
	int i, before;

	for (i = 0; i < 3; i++, s = json_next(s))
		begun[i] = strcmp(json_text(json_get(s, "phase"), ""),
		    "pending") != 0;
	ended_run = phase_ended(phase_parse(json_text(json_get(json_get(v,
	    "run"), "phase"), "")));
	json_free(v);
	memset(starts, 0, sizeof(starts));
	before = probes;
	engine_begin();
	ck_assert_msg(engine_recall(engine, kept, &e) == 0, "%s", e.text);
	ck_assert_int_eq(engine_recall(engine, kept, &e), -1);
	settle();
	if (!ended_run && the_run()->phase == PHASE_PAUSED)
		act(the_run()->id, ENGINE_RESUME, NULL);
	settle();
	for (i = 0; i < 3; i++)
		ck_assert_msg(starts[i] == (begun[i] || ended_run ? 0 : 1) ||
		    (probed != PHASE_DONE && starts[i] == 0), "step %c "
		    "started %d times after %s", 'a' + i, starts[i], kept);
	ck_assert_int_le(probes - before, 1);
}

START_TEST(test_recall_everywhere)
{
	static const enum phase finds[] = {PHASE_DONE, PHASE_FAILED,
	    PHASE_UNKNOWN};
	char *id, *states[16];
	size_t count, i;

	id = begin(THREE);
	settle();
	count = journal.count;
	ck_assert_uint_eq(count, 8);
	for (i = 0; i < count; i++)
		states[i] = xstrdup(journal.rows[i].state);
	probed = finds[_i];
	for (i = 0; i < count; i++) {
		engine_end();
		recall_at(states[i]);
		if (probed == PHASE_DONE || i == 0 || i == count - 1 ||
		    strstr("step-end:", journal.rows[i].kind))
			ck_assert_str_eq(state(), "done: done done done");
		else if (i % 2 == 1)
			ck_assert_int_eq(the_run()->phase, probed);
	}
	/* One for each intent that stood alone. */
	ck_assert_int_eq(probes, 3);
	for (i = 0; i < count; i++)
		free(states[i]);
	free(id);
}
END_TEST

static char *
last_state(void)
{
	return xstrdup(journal.rows[journal.count - 1].state);
}

static void
recall_last(void)
{
	char *kept = last_state();
	struct err e = {""};

	engine_end();
	memset(starts, 0, sizeof(starts));
	engine_begin();
	ck_assert_msg(engine_recall(engine, kept, &e) == 0, "%s", e.text);
	free(kept);
}

/* It still runs: it is followed, and the run goes on. */
START_TEST(test_recall_follows)
{
	char *id = begin("- {id: a, act: hang}\n- {id: b, act: done}\n");

	settle();
	probed = PHASE_PENDING;
	recall_last();
	ck_assert_int_eq(forgets, 1);
	ck_assert_int_eq(cancels, 0);
	settle();
	ck_assert_str_eq(state(), "running: running pending");
	ck_assert_str_eq(the_run()->id, id);
	ck_assert_int_eq(the_run()->steps[0].attempts, 1);
	fake_finish(current, PHASE_DONE);
	settle();
	ck_assert_str_eq(state(), "done: done done");
	ck_assert_int_eq(starts[0], 0);
	free(id);
}
END_TEST

START_TEST(test_recall_waits)
{
	char *id = begin("- {id: a, act: done}\n- {id: b, act: hang}\n");

	/* Killed between two steps. */
	journal.later = true;
	turn();
	answer();
	turn();
	ck_assert_str_eq(trace(), "run-begin step-begin:a step-end:a");
	journal.later = false;
	recall_last();
	settle();
	ck_assert_str_eq(state(), "paused: done pending");
	ck_assert_str_eq(the_run()->steps[1].doing,
	    "the server was away: resume to go on");
	ck_assert_int_eq(starts[1], 0);
	free(id);
}
END_TEST

START_TEST(test_recall_blind)
{
	char *id = begin("- {id: a, blind: hang}\n- {id: b, act: done}\n");

	settle();
	recall_last();
	settle();
	ck_assert_str_eq(state(), "unknown: unknown pending");
	ck_assert_str_eq(the_run()->steps[0].error, "the server ended while it "
	    "was under way: nobody can say what became of it");
	ck_assert_ptr_nonnull(engine_holds(engine, "staging"));
	recall_last();
	settle();
	ck_assert_str_eq(state(), "unknown: unknown pending");
	act(id, ENGINE_SKIP, "it was done");
	settle();
	ck_assert_str_eq(state(), "done: skipped done");
	free(id);
}
END_TEST

/* Aborted while it ran, and the server was killed before it had stopped. */
START_TEST(test_recall_aborting)
{
	char *id = begin("- {id: a, work: hang}\n- {id: b, act: done}\n");

	settle();
	act(id, ENGINE_ABORT, "no");
	probed = PHASE_PENDING;
	recall_last();
	settle();
	ck_assert_int_eq(stops, 2);
	fake_finish(current, PHASE_FAILED);
	settle();
	ck_assert_str_eq(state(), "aborted: aborted pending");
	ck_assert_str_eq(the_run()->steps[0].error, "aborted by corentin: no");
	free(id);
}
END_TEST

START_TEST(test_recall_rests)
{
	static const struct {
		const char *steps, *state;
	} rests[] = {
		{"- {id: a, act: fail, on_failure: ask}\n",
		    "paused: failed"},
		{"- {id: a, act: unknown}\n", "unknown: unknown"},
		{"- {id: a, act: fail}\n", "failed: failed"},
		{"- {id: a, manual: look}\n", "waiting: waiting"},
	};
	char *id = begin(rests[_i].steps);

	settle();
	ck_assert_str_eq(state(), rests[_i].state);
	recall_last();
	settle();
	ck_assert_str_eq(state(), rests[_i].state);
	/* And what ended may be tried again. */
	if (_i != 3)
		act(id, ENGINE_RETRY, "again");
	settle();
	ck_assert_int_eq(starts[0], _i != 3);
	free(id);
}
END_TEST

/* The file may have changed meanwhile; the run goes on by what it began with.
 * One whose book is no longer understood can be aborted. */
START_TEST(test_recall_unreadable)
{
	char *id = begin("- {id: a, act: hang}\n"), *kept, *verb;
	struct err e;

	settle();
	kept = last_state();
	while ((verb = strstr(kept, "act: hang")))
		memcpy(verb, "tca", 3);
	engine_end();
	engine_begin();
	ck_assert_int_eq(engine_recall(engine, kept, &e), 0);
	settle();
	ck_assert_str_eq(state(), "unknown: unknown");
	ck_assert_int_eq(probes, 0);
	ck_assert_ptr_nonnull(strstr(refused(id, ENGINE_RETRY, "yan", "x"),
	    "it can only be aborted"));
	act(id, ENGINE_ABORT, "looked");
	settle();
	ck_assert_str_eq(state(), "aborted: unknown");
	free(kept);
	free(id);
}
END_TEST

START_TEST(test_recall_cut)
{
	char *id = begin(THREE), *kept;
	size_t i, len;
	struct err e;

	settle();
	kept = last_state();
	len = strlen(kept);
	engine_end();
	engine_begin();
	for (i = 0; i < len; i += unit_stride()) {
		char *cut = xstrndup(kept, i);

		ck_assert_int_eq(engine_recall(engine, cut, &e), -1);
		free(cut);
	}
	ck_assert_int_eq(engine_recall(engine, "{}", &e), -1);
	ck_assert_int_eq(engine_recall(engine, "{\"run\":{\"id\":\"x\"}}", &e),
	    -1);
	ck_assert_uint_eq(model.run_count, 0);
	free(kept);
	free(id);
}
END_TEST

/* --- secrets and paper ---------------------------------------------------- */

#define TAKES "- {id: a, take: {url: x, capture: {token: json t}}}\n" \
	"- {id: b, act: hang}\n- {id: c, title: use it, act: 'with {token} for " \
	"{note}'}\n"

START_TEST(test_secrets)
{
	char *id = begin(TAKES);
	struct buf paper = BUF_INIT(1 << 16);
	struct err e;
	size_t i;

	settle();
	ck_assert_str_eq(buf_str(&journal.output), "got ***\n");
	ck_assert_str_eq(the_run()->steps[0].doing, "has ***");
	ck_assert_str_eq(the_run()->steps[0].tail, "got ***");
	ck_assert_int_eq(engine_paper(engine, id, &paper, &e), 0);
	ck_assert_ptr_nonnull(strstr(paper.data, "do with \"$token\" for "
	    "'none'\n"));
	ck_assert_ptr_null(strstr(paper.data, "s3cr3t"));
	for (i = 0; i < journal.count; i++) {
		ck_assert_ptr_null(strstr(journal.rows[i].state, "s3cr3t"));
		ck_assert_ptr_null(strstr(journal.rows[i].text, "s3cr3t"));
	}
	buf_release(&paper);
	free(id);
}
END_TEST

/* After a restart the secret is gone: the step that needs it is not begun. */
START_TEST(test_secret_lost)
{
	char *id = begin(TAKES);

	settle();
	probed = PHASE_DONE;
	recall_last();
	settle();
	ck_assert_str_eq(state(), "failed: done done failed");
	ck_assert_str_eq(the_run()->steps[2].error, "{token} has no value: what "
	    "a step has captured does not outlive the server, so start a new "
	    "run");
	ck_assert_int_eq(starts[2], 0);
	free(id);
}
END_TEST

START_TEST(test_paper)
{
	char *id = begin("- {id: a, title: 'to {version}', act: done}\n"
	    "- {id: b, title: 'it is {who}', act: hang}\n"
	    "- {id: c, title: last, act: '{note} {commit}'}\n"
	    "- {id: d, manual: 'call {who}'}\n");
	struct buf paper = BUF_INIT(1 << 16);
	struct err e;

	settle();
	ck_assert_int_eq(engine_paper(engine, id, &paper, &e), 0);
	ck_assert_str_eq(buf_str(&paper),
	    "# Deploy v1.2 (staging)\n"
	    "\n# 2. it is yan\n# (act, at most 10m00s)\ndo hang\n"
	    "# (this step is running: look before you do it again)\n"
	    "\n# 3. last\n# (act, at most 10m00s)\ndo 'none' 'abc123'\n"
	    "\n# 4. d\n# [ ] call yan\n");
	ck_assert_int_eq(engine_paper(engine, "x", &paper, &e), -1);
	buf_release(&paper);
	free(id);
}
END_TEST

START_TEST(test_output)
{
	char *id = begin("- {id: a, act: hang}\n");
	struct buf big = BUF_INIT(1 << 20);
	int i;

	settle();
	for (i = 1; i <= 15; i++)
		buf_addf(&big, "line %d\n", i);
	step_output(current, big.data, big.len);
	ck_assert(strncmp(the_run()->steps[0].tail, "line 4\n", 7) == 0);
	step_output(current, "\033[2Jesc", 7);
	ck_assert_ptr_nonnull(strstr(the_run()->steps[0].tail,
	    "line 15\nesc"));
	buf_clear(&big);
	for (i = 0; i < 100000; i++)
		buf_addc(&big, 'x');
	step_output(current, big.data, big.len);
	ck_assert_uint_le(strlen(the_run()->steps[0].tail), 8192);
	step_output(current, "\0after", 6);
	ck_assert_ptr_nonnull(strstr(the_run()->steps[0].tail, "x?after"));
	buf_release(&big);
	free(id);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("engine");
	TCase *t = tcase_create("runs");

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, test_normal, 0, 2);
	tcase_add_test(t, test_intent_first);
	tcase_add_loop_test(t, test_failure, 0, COUNT(failures));
	tcase_add_test(t, test_deadline);
	tcase_add_loop_test(t, test_deadline_stop, 0, 3);
	tcase_add_test(t, test_pause);
	tcase_add_test(t, test_pause_taken_back);
	tcase_add_test(t, test_abort_at_once);
	tcase_add_test(t, test_abort_in_intent);
	tcase_add_test(t, test_abort_active);
	tcase_add_loop_test(t, test_abort_stop, 0, 3);
	tcase_add_test(t, test_abort_in_result);
	tcase_add_loop_test(t, test_abort_at_rest, 0, 2);
	tcase_add_loop_test(t, test_retry, 0, 2);
	tcase_add_test(t, test_retry_unknown);
	tcase_add_test(t, test_retry_too_late);
	tcase_add_loop_test(t, test_skip, 0, 3);
	tcase_add_test(t, test_skip_next);
	tcase_add_test(t, test_tick);
	tcase_add_test(t, test_skip_waiting);
	tcase_add_test(t, test_nobody);
	tcase_add_loop_test(t, test_intent_not_kept, 0, 2);
	tcase_add_loop_test(t, test_result_not_kept, 0, 2);
	tcase_add_test(t, test_end_not_kept);
	tcase_add_test(t, test_remember);
	tcase_add_test(t, test_two_runs);
	tcase_add_test(t, test_start_refused);
	tcase_add_test(t, test_many_runs);
	tcase_add_test(t, test_late_end);
	tcase_add_test(t, test_double_end);
	tcase_add_loop_test(t, test_recall_everywhere, 0, 3);
	tcase_add_test(t, test_recall_follows);
	tcase_add_test(t, test_recall_waits);
	tcase_add_test(t, test_recall_blind);
	tcase_add_test(t, test_recall_aborting);
	tcase_add_loop_test(t, test_recall_rests, 0, 4);
	tcase_add_test(t, test_recall_unreadable);
	tcase_add_test(t, test_recall_cut);
	tcase_add_test(t, test_secrets);
	tcase_add_test(t, test_secret_lost);
	tcase_add_test(t, test_paper);
	tcase_add_test(t, test_output);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return unit_run(suite());
}
