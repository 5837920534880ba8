/* github-run: the run of a workflow for a commit, followed to its end. It runs
 * at GitHub whether it is followed or not; only who aborts the step has GitHub
 * end it. */
#include "run/verb-table.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "run/follow.h"

static const struct verb_argument arguments[] = {
	FOLLOW_ARGUMENTS,
	{"environment"},
	{NULL},
};

struct watched {
	struct follow f;	/* first */
	bool stopping;
};

static void
cancel(struct step *s)
{
	struct watched *w = s->state;

	s->state = NULL;
	if (!w)
		return;
	follow_release(&w->f);
	free(w);
}

/* --- each state ----------------------------------------------------------- */

static void
ended(struct follow *f, const struct pipeline_run *r)
{
	struct step *s = f->step;
	bool well = r->state == RUN_SUCCESS;
	bool stopped = ((struct watched *)f)->stopping;
	char *where = follow_failure(r), *text;

	step_say(s, "%s: %s", f->name, run_state_name(r->state));
	text = xasprintf("%s ended at GitHub: %s%s%s%s%s", f->name,
	    run_state_name(r->state), where ? " in " : "", where ? where : "",
	    stopped ? " (asked to be stopped)" : "", r->url ? ", see " : "");
	if (r->url) {
		char *whole = xasprintf("%s%s", text, r->url);

		free(text);
		text = whole;
	}
	cancel(s);
	step_end(s, well ? PHASE_DONE : PHASE_FAILED, well ? NULL : text);
	free(where);
	free(text);
}

static void
on_pending(void *arg, const struct github_told *t)
{
	struct follow *f = arg;
	char *who;

	f->act = NULL;
	if (t->outcome != GITHUB_DONE || !t->pending_count) {
		step_say(f->step, "%s waits for an approval or a timer",
		    f->name);
	} else {
		who = follow_either(t->pending[0].reviewers);
		step_say(f->step, "%s waits for %s to approve %s", f->name,
		    who, t->pending[0].github_environment ?
		    t->pending[0].github_environment : "it");
		free(who);
	}
	follow_again(f);
}

static void
look(struct follow *f, const struct pipeline_run *r)
{
	char *doing;

	if (run_state_ended(r->state)) {
		ended(f, r);
		return;
	}
	step_wait(f->step, r->state == RUN_WAITING);
	if (r->state == RUN_WAITING) {
		f->act = github_read_pending(f->step->services->github, f->id,
		    on_pending, f);
		return;
	}
	doing = follow_doing(r, clock_wall());
	step_say(f->step, "%s%s", ((struct watched *)f)->stopping ?
	    "is being stopped; " : "", doing);
	free(doing);
	follow_again(f);
}

/* --- the verb ------------------------------------------------------------- */

static void
start(struct step *s)
{
	struct watched *w = xcalloc(1, sizeof(*w));

	w->f.look = look;
	w->f.release = cancel;
	s->state = w;
	follow_begin(&w->f, s);
}

static void
on_stopped(void *arg, const struct github_told *t)
{
	struct follow *f = arg;

	f->act = NULL;
	if (t->outcome == GITHUB_DONE)
		follow_now(f);
	else
		follow_trouble(f, t);
}

static void
stop(struct step *s)
{
	struct watched *w = s->state;
	struct follow *f = &w->f;

	w->stopping = true;
	if (f->id < 0) {
		cancel(s);
		step_end(s, PHASE_UNKNOWN, "no run had appeared at GitHub, "
		    "and nobody follows one that still may");
		return;
	}
	github_act_cancel(f->act);
	loop_timer_cancel(f->timer);
	f->timer = NULL;
	step_say(s, "asks GitHub to stop it");
	f->act = github_cancel_run(s->services->github, f->id, on_stopped, f);
}

static void
paper(const struct step *s, struct buf *b)
{
	follow_paper(s, b, "follow to its end");
}

const struct verb verb_github_run = {
	.shape = {"github-run", NULL, arguments, 60 * 60 * 1000},
	.start = start, .cancel = cancel, .stop = stop, .forget = cancel,
	.probe = start, .paper = paper,
};
