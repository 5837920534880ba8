#include "run/follow.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

enum {
	LOOK_MS = 3000,
	APPEAR_MS = 5 * 60 * 1000,
	/* GitHub's clock and ours. */
	SKEW_MS = 2 * 60 * 1000,
	SENT_MAX = 3,
	COMMIT_LEN = 40,
};

const char *const follow_ended_words[] = {"fail", "rerun", NULL};

static void on_timer(void *arg);
static void on_found(void *arg, const struct github_told *t);
static void on_read(void *arg, const struct github_told *t);

static struct github *
github_of(const struct follow *f)
{
	return f->step->services->github;
}

static void
end(struct follow *f, enum phase phase, char *error)
{
	struct step *s = f->step;

	f->release(s);
	step_end(s, phase, error);
	free(error);
}

/* --- when to look --------------------------------------------------------- */

static void
look_in(struct follow *f, int64_t ms)
{
	loop_timer_cancel(f->timer);
	f->timer = loop_timer(f->step->w->loop, ms, on_timer, f);
}

void
follow_again(struct follow *f)
{
	int64_t every = f->step->conf->github.interval_ms;

	look_in(f, every > 0 && every < LOOK_MS ? every : LOOK_MS);
}

void
follow_now(struct follow *f)
{
	look_in(f, 0);
}

void
follow_trouble(struct follow *f, const struct github_told *t)
{
	char age[CLOCK_TEXT_MAX];

	step_say(f->step, "%s (last heard of %s ago)", t->error,
	    clock_age(clock_mono() - f->heard_at, age));
	if (t->wait_ms > 0)
		look_in(f, t->wait_ms);
	else
		follow_again(f);
}

static int64_t
since_of(const struct follow *f)
{
	return f->ref ? TIME_UNKNOWN : f->step->run->started_at - SKEW_MS;
}

static void
on_timer(void *arg)
{
	struct follow *f = arg;

	f->timer = NULL;
	f->act = f->id >= 0 ?
	    github_read_run(github_of(f), f->id, on_read, f) :
	    github_find_runs(github_of(f), f->workflow, f->commit, f->event,
	    since_of(f), on_found, f);
}

/* --- reading it ----------------------------------------------------------- */

static void
set_name(struct follow *f, const struct pipeline_run *r)
{
	free(f->name);
	f->name = xasprintf("%s #%d", f->workflow, r->number);
}

static void
on_posted(void *arg, const struct github_told *t)
{
	struct follow *f = arg;

	f->act = NULL;
	if (t->outcome == GITHUB_REFUSED)
		end(f, PHASE_FAILED, xasprintf("%s", t->error));
	else if (t->outcome == GITHUB_DONE)
		follow_again(f);
	else
		follow_trouble(f, t);
	/* Whether what was lost was done is seen on its attempt. */
	if (t->outcome == GITHUB_UNSENT)
		f->sent--;
}

static void
send_rerun(struct follow *f)
{
	f->sent++;
	f->act = github_rerun(github_of(f), f->id, on_posted, f);
}

static void
on_rerun_kept(void *arg)
{
	send_rerun(arg);
}

/* It has not begun anew: GitHub has not heard of it, or takes its time. */
static void
await_attempt(struct follow *f, const struct pipeline_run *r)
{
	step_say(f->step, "%s is to run again", f->name);
	if (run_state_ended(r->state) && f->sent < SENT_MAX &&
	    clock_mono() - f->since > f->sent * (int64_t)LOOK_MS)
		send_rerun(f);
	else if (f->sent >= SENT_MAX)
		end(f, PHASE_UNKNOWN, xasprintf("%s was asked %d times to "
		    "run again, and GitHub does not say that it does",
		    f->name, f->sent));
	else
		follow_again(f);
}

static void
on_read(void *arg, const struct github_told *t)
{
	struct follow *f = arg;
	const struct pipeline_run *r;

	f->act = NULL;
	if (t->outcome == GITHUB_REFUSED) {
		end(f, PHASE_UNKNOWN, xasprintf("it can be followed no more: "
		    "%s", t->error));
		return;
	}
	if (t->outcome != GITHUB_DONE) {
		follow_trouble(f, t);
		return;
	}
	f->heard_at = clock_mono();
	r = &t->runs[0].run;
	set_name(f, r);
	if (f->attempt && r->attempt <= f->attempt)
		await_attempt(f, r);
	else
		f->look(f, r);
}

/* --- finding it ----------------------------------------------------------- */

static const struct pipeline_run *
pick(const struct follow *f, const struct github_told *t)
{
	const struct pipeline_run *best = NULL, *r;
	size_t i;

	for (i = 0; i < t->run_count; i++) {
		r = &t->runs[i].run;
		if (f->ref && (!r->branch || strcmp(r->branch, f->ref) != 0))
			continue;
		if (!best || r->created_at > best->created_at)
			best = r;
	}
	return best;
}

static void
absent(struct follow *f)
{
	int64_t most = step_duration(f->step, "appear", APPEAR_MS);
	char span[CLOCK_TEXT_MAX];

	if (clock_mono() - f->since < most) {
		step_say(f->step, "waits for %s to begin at GitHub",
		    f->workflow);
		follow_again(f);
		return;
	}
	end(f, PHASE_FAILED, xasprintf("no run of %s for %s%s%.12s appeared "
	    "within %s: look at the workflow's triggers, and whether Actions "
	    "are on", f->workflow, f->ref ? f->ref : "", f->ref ? " at " : "",
	    f->commit, clock_span(most, span)));
}

static void
on_kept(void *arg)
{
	follow_now(arg);
}

/* It ended before this run began: it is not what this run has caused. */
static void
take_ended(struct follow *f, const struct pipeline_run *r)
{
	char age[CLOCK_TEXT_MAX], *text;

	if (!f->rerun) {
		end(f, PHASE_FAILED, xasprintf("%s of %s ended before this "
		    "(%s, %s ago), and nothing new was pushed: run it again",
		    f->name, f->ref ? f->ref : f->commit,
		    run_state_name(r->state), clock_age(clock_wall() -
		    r->updated_at, age)));
		return;
	}
	f->id = r->id;
	f->attempt = r->attempt;
	text = xasprintf("rerun %lld %d", (long long)f->id, f->attempt);
	step_say(f->step, "runs %s again", f->name);
	step_remember(f->step, text, on_rerun_kept, f);
	free(text);
}

static void
on_found(void *arg, const struct github_told *t)
{
	struct follow *f = arg;
	const struct pipeline_run *r = pick(f, t);
	char *text;

	f->act = NULL;
	if (t->outcome == GITHUB_REFUSED) {
		end(f, PHASE_UNKNOWN, xasprintf("it cannot be followed: %s",
		    t->error));
		return;
	}
	if (t->outcome != GITHUB_DONE) {
		follow_trouble(f, t);
		return;
	}
	f->heard_at = clock_mono();
	if (!r) {
		absent(f);
		return;
	}
	set_name(f, r);
	if (run_state_ended(r->state) &&
	    r->updated_at < f->step->run->started_at - SKEW_MS) {
		take_ended(f, r);
		return;
	}
	f->id = r->id;
	text = xasprintf("run %lld", (long long)f->id);
	step_remember(f->step, text, on_kept, f);
	free(text);
}

/* --- begin and end -------------------------------------------------------- */

/* An argument; NULL when it is empty too. */
static char *
given(const struct step *s, const char *name)
{
	char *text = step_argument(s, name);

	if (text && *text)
		return text;
	free(text);
	return NULL;
}

/* The number behind a word, up to a space; -1. */
static int64_t
number_after(const char *text, const char *word)
{
	size_t len = strlen(word);
	int64_t n = -1;
	char *digits;

	if (!text || strncmp(text, word, len) != 0)
		return -1;
	digits = xstrndup(text + len, strcspn(text + len, " "));
	if (text_int(digits, 0, INT64_C(1) << 53, &n) == -1)
		n = -1;
	free(digits);
	return n;
}

static void
recall(struct follow *f, const char *memory)
{
	const char *space;

	f->id = number_after(memory, "run ");
	if (f->id >= 0 || (f->id = number_after(memory, "rerun ")) < 0)
		return;
	space = strchr(memory + strlen("rerun "), ' ');
	f->attempt = space ? (int)number_after(space, " ") : 0;
	/* It may have been sent: its attempt tells. */
	f->sent = 1;
}

int
follow_begin(struct follow *f, struct step *s)
{
	char *ended = step_argument(s, "ended");

	f->step = s;
	f->workflow = given(s, "workflow");
	f->commit = given(s, "commit");
	f->event = given(s, "event");
	f->ref = given(s, "ref");
	f->rerun = ended && strcmp(ended, "rerun") == 0;
	free(ended);
	f->since = f->heard_at = clock_mono();
	recall(f, s->memory);
	if (!github_of(f)) {
		end(f, s->memory ? PHASE_UNKNOWN : PHASE_FAILED,
		    xstrdup("no repository at GitHub is configured"));
		return -1;
	}
	if (!f->workflow || !f->commit || strlen(f->commit) < COMMIT_LEN) {
		end(f, PHASE_FAILED, xstrdup("which run is meant cannot be "
		    "said: a workflow and a whole commit are needed"));
		return -1;
	}
	follow_now(f);
	return 0;
}

void
follow_release(struct follow *f)
{
	github_act_cancel(f->act);
	loop_timer_cancel(f->timer);
	free(f->workflow);
	free(f->commit);
	free(f->event);
	free(f->ref);
	free(f->name);
}

/* --- words ---------------------------------------------------------------- */

static bool
has_failed(enum run_state s)
{
	return run_state_ended(s) && run_state_status(s) != STATUS_OK;
}

char *
follow_doing(const struct pipeline_run *r, int64_t now)
{
	char span[CLOCK_TEXT_MAX];
	size_t i, k;

	for (i = 0; i < r->job_count; i++) {
		const struct pipeline_job *j = &r->jobs[i];

		if (j->state != RUN_IN_PROGRESS)
			continue;
		for (k = 0; k < j->step_count; k++)
			if (j->steps[k].state == RUN_IN_PROGRESS)
				break;
		if (k == j->step_count)
			return xasprintf("%s", j->name ? j->name : "a job");
		return xasprintf("%s: %s %s", j->name ? j->name : "a job",
		    j->steps[k].name ? j->steps[k].name : "a step",
		    clock_span(j->steps[k].started_at == TIME_UNKNOWN ? -1 :
		    now - j->steps[k].started_at, span));
	}
	return xasprintf("%s", run_state_name(r->state));
}

char *
follow_failure(const struct pipeline_run *r)
{
	size_t i, k;

	for (i = 0; i < r->job_count; i++) {
		const struct pipeline_job *j = &r->jobs[i];

		if (!has_failed(j->state))
			continue;
		for (k = 0; k < j->step_count; k++)
			if (has_failed(j->steps[k].state))
				return xasprintf("job %s, step %s", j->name ?
				    j->name : "?", j->steps[k].name ?
				    j->steps[k].name : "?");
		return xasprintf("job %s", j->name ? j->name : "?");
	}
	return NULL;
}

char *
follow_either(const char *reviewers)
{
	struct buf b = BUF_INIT(4096);
	const char *s;

	for (s = reviewers ? reviewers : "a reviewer"; *s; s++) {
		if (strncmp(s, ", ", 2) == 0) {
			buf_adds(&b, " or ");
			s++;
		} else {
			buf_addc(&b, *s);
		}
	}
	return buf_detach(&b);
}

void
follow_paper(const struct step *s, struct buf *b, const char *what)
{
	char *workflow = given(s, "workflow"), *ref = given(s, "ref");
	char *commit = given(s, "commit");

	paper_comment(b, "%s the run of %s for %s", what, workflow ? workflow :
	    "the workflow", ref ? ref : commit ? commit : "the commit");
	paper_comment(b, "https://github.com/%s/actions/workflows/%s",
	    s->conf->github.repository ? s->conf->github.repository : "?",
	    workflow ? workflow : "");
	free(workflow);
	free(ref);
	free(commit);
}
