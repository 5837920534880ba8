/* Sections of pages about GitHub. See pipelines.h. */
#include "ui/pipelines.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/words.h"

/* What comes next stands behind a comma. */
static struct buf *
joined(struct buf *b)
{
	if (b->len > 0)
		buf_adds(b, ", ");
	return b;
}

/* --- approvals -------------------------------------------------------- */

void
pipelines_approvals(struct pen *p, const struct model *m)
{
	const struct pipelines *all = &m->pipelines;
	struct buf b = BUF_INIT(8192);
	size_t i;

	for (i = 0; i < all->approval_count; i++) {
		const struct approval *a = &all->approvals[i];

		buf_clear(&b);
		pipelines_approval(m, a, &b);
		pen_glyph(p, draw_glyph(p->d, GLYPH_WAITS), INK_WARN,
		    buf_str(&b));
		buf_clear(&b);
		if (a->ref)
			buf_addf(&b, _("at %s, "), a->ref);
		buf_addf(&b, _("to %s, since "), a->environment ?
		    a->environment : a->github_environment ?
		    a->github_environment : "?");
		words_age(p->d->now, a->since, &b);
		if (a->actor)
			buf_addf(&b, _(", started by %s"), a->actor);
		pen_glyph(p, " ", INK_DIM, buf_str(&b));
		pen_glyph(p, " ", a->mine == TRI_YES ? INK_ACCENT : INK_DIM,
		    a->mine == TRI_YES ? _("you may approve it") :
		    a->mine == TRI_NO ? _("you may not approve it") :
		    _("whether you may approve it is not known"));
	}
	buf_release(&b);
}

/* --- workflows and runs ----------------------------------------------- */

void
pipelines_run_line(struct row *r, const struct workflow *w,
    const struct pipeline_run *run)
{
	struct buf b = BUF_INIT(1024);
	bool over = pipelines_over(w, run, r->d->now);

	pipelines_state(r, run->state);
	row_skip(r, 1);
	if (run->number >= 0)
		buf_addf(&b, "#%d", run->number);
	row_cell(r, INK_TEXT, buf_str(&b), 6, false);
	row_skip(r, 1);
	buf_clear(&b);
	words_age(r->d->now, run->created_at, &b);
	row_cell(r, INK_DIM, buf_str(&b), 4, true);
	row_skip(r, 2);
	row_cell(r, pipelines_ink(run->state), words_run_state(run->state), 11,
	    false);
	buf_clear(&b);
	pipelines_took(w, run, r->d->now, &b);
	row_skip(r, 1);
	row_cell(r, over ? INK_CRIT : INK_DIM, buf_str(&b), 13, false);
	row_skip(r, 1);
	if (over)
		row_printf(r, INK_CRIT, "%s ", _("too long"));
	if (run->branch)
		row_printf(r, INK_TEXT, "%s ", run->branch);
	if (run->attempt > 1)
		row_printf(r, INK_DIM, _("attempt %d "), run->attempt);
	if (run->actor)
		row_printf(r, INK_DIM, "%s ", run->actor);
	if (run->title)
		row_text(r, INK_DIM, run->title);
	buf_release(&b);
}

void
pipelines_about(struct pen *p, const struct workflow *w)
{
	struct buf b = BUF_INIT(4096);
	char text[CLOCK_TEXT_MAX];

	if (w->exists == TRI_NO)
		pen_status(p, STATUS_CRIT, INK_CRIT,
		    _("GitHub has no such workflow"));
	if (w->name)
		pen_text(p, INK_TEXT, w->name);
	if (w->trigger)
		buf_addf(joined(&b), _("starts on %s"), w->trigger);
	if (w->environment)
		buf_addf(joined(&b), _("deploys %s"), w->environment);
	if (w->approval)
		buf_adds(joined(&b), _("waits for an approval"));
	if (w->limit_ms > 0)
		buf_addf(joined(&b), _("may take %s"),
		    words_span(w->limit_ms, text));
	if (b.len > 0)
		pen_text(p, INK_DIM, buf_str(&b));
	if (w->blocks)
		pen_printf(p, INK_DIM, _("its failure blocks: %s"), w->blocks);
	buf_release(&b);
}

void
pipelines_runs(struct pen *p, const struct model *m, const struct workflow *w)
{
	size_t i;

	if (w->run_count == 0)
		pen_text(p, INK_DIM, m->pipelines.seen.observed_at ==
		    TIME_UNKNOWN ? _("its runs are not known yet") :
		    _("it never ran"));
	for (i = 0; i < w->run_count; i++) {
		struct row r = pen_row(p);

		pipelines_run_line(&r, w, &w->runs[i]);
	}
}

static int64_t
lasted(int64_t from, int64_t to, int64_t now, enum run_state s)
{
	if (from == TIME_UNKNOWN)
		return -1;
	if (to == TIME_UNKNOWN && run_state_ended(s))
		return -1;
	return (to == TIME_UNKNOWN ? now : to) - from;
}

static void
job_line(struct pen *p, int indent, const char *name, enum run_state state,
    int64_t ms, bool title)
{
	struct row r = pen_row(p);
	char text[CLOCK_TEXT_MAX];
	struct buf b = BUF_INIT(128);

	row_skip(&r, indent);
	pipelines_state(&r, state);
	row_skip(&r, 1);
	/* The time is there when the state is not. */
	if (state != RUN_SKIPPED && state != RUN_QUEUED) {
		buf_addf(&b, " %s", words_span(ms, text));
		row_right(&r, INK_DIM, buf_str(&b));
	}
	if (state != RUN_SUCCESS) {
		buf_clear(&b);
		buf_addf(&b, " %s", words_run_state(state));
		row_right(&r, pipelines_ink(state), buf_str(&b));
	}
	row_text(&r, title ? INK_TITLE : state == RUN_SUCCESS ? INK_DIM :
	    INK_TEXT, name ? name : "?");
	buf_release(&b);
}

static void
on_runner(struct pen *p, const char *name)
{
	char *text = xasprintf(_("on %s"), name);

	pen_glyph(p, " ", INK_DIM, text);
	free(text);
}

void
pipelines_jobs(struct pen *p, const struct pipeline_run *run)
{
	size_t i, k;

	for (i = 0; i < run->job_count; i++) {
		const struct pipeline_job *j = &run->jobs[i];

		if (i > 0)
			p->line++;
		job_line(p, 0, j->name, j->state, lasted(j->started_at,
		    j->completed_at, p->d->now, j->state), true);
		if (j->runner)
			on_runner(p, j->runner);
		for (k = 0; k < j->step_count; k++) {
			const struct pipeline_step *s = &j->steps[k];

			job_line(p, 2, s->name, s->state,
			    lasted(s->started_at, s->completed_at, p->d->now,
			    s->state), false);
		}
	}
}

/* --- GitHub ----------------------------------------------------------- */

static void
gate_line(struct pen *p, const struct gate *g, bool production)
{
	struct buf b = BUF_INIT(4096);
	enum status s = STATUS_OK;

	buf_addf(&b, "%s: ", g->environment);
	if (g->exists == TRI_NO) {
		s = production ? STATUS_CRIT : STATUS_WARN;
		buf_adds(&b, _("no such environment at GitHub: no gate"));
	} else if (g->reviewed == TRI_NO) {
		s = production ? STATUS_WARN : STATUS_OK;
		buf_adds(&b, production ?
		    _("no gate: nobody has to approve a deployment") :
		    _("no approval needed"));
	} else if (g->reviewed == TRI_UNKNOWN) {
		s = STATUS_UNKNOWN;
		buf_adds(&b, _("whether there is a gate is not known"));
	} else {
		buf_addf(&b, _("approved by %s"), g->reviewers ?
		    g->reviewers : "?");
	}
	if (g->admins_bypass == TRI_YES && g->reviewed == TRI_YES)
		buf_adds(&b, _("; administrators may pass"));
	if (g->prevents_self_review == TRI_YES)
		buf_adds(&b, _("; not by who started it"));
	if (g->wait_minutes > 0)
		buf_addf(&b, _("; waits %d min"), g->wait_minutes);
	if (g->branches)
		buf_addf(&b, _("; from %s"), g->branches);
	pen_status(p, s, s == STATUS_OK ? INK_TEXT : draw_status_ink(s),
	    buf_str(&b));
	buf_release(&b);
}

static void
gates(struct pen *p, const struct model *m)
{
	size_t i;

	for (i = 0; i < m->pipelines.gate_count; i++) {
		const struct gate *g = &m->pipelines.gates[i];
		const struct environment *env = model_find(m, g->environment);

		gate_line(p, g, env && env->production);
	}
}

static void
pulls(struct pen *p, const struct pipelines *all)
{
	struct buf b = BUF_INIT(4096);
	size_t i;

	if (!all->critical_label)
		return;
	if (all->pulls_known != TRI_YES)
		pen_status(p, STATUS_UNKNOWN, INK_UNKNOWN,
		    _("open critical pull requests are not known"));
	else if (all->pull_count == 0)
		pen_status(p, STATUS_OK, INK_TEXT,
		    _("no critical pull request is open"));
	for (i = 0; i < all->pull_count; i++) {
		const struct pull *pull = &all->pulls[i];

		buf_clear(&b);
		buf_addf(&b, _("critical pull request #%d is open for "),
		    pull->number);
		words_age(p->d->now, pull->created_at, &b);
		buf_addf(&b, ": %s", pull->title ? pull->title : "?");
		pen_status(p, STATUS_WARN, INK_WARN, buf_str(&b));
	}
	buf_release(&b);
}

static void
runners(struct pen *p, const struct pipelines *all)
{
	size_t i;

	for (i = 0; i < all->runner_count; i++) {
		const struct runner *run = &all->runners[i];
		enum status s = run->online == TRI_YES ? STATUS_OK :
		    run->online == TRI_NO ? STATUS_CRIT : STATUS_UNKNOWN;
		char *text = xasprintf(s == STATUS_OK ?
		    run->busy == TRI_YES ? _("runner %s is at work") :
		    _("runner %s is ready") : s == STATUS_CRIT ?
		    _("runner %s is away") :
		    _("runner %s: its state is not known"),
		    run->name ? run->name : "?");

		pen_status(p, s, s == STATUS_OK ? INK_TEXT :
		    draw_status_ink(s), text);
		free(text);
	}
}

/* Those that the token has are not worth a line each. */
static void
permissions(struct pen *p, const struct pipelines *all)
{
	size_t i, missing = 0;

	for (i = 0; i < all->permission_count; i++) {
		const struct permission *q = &all->permissions[i];
		char *text;

		if (q->granted == TRI_YES)
			continue;
		missing++;
		text = xasprintf(q->granted == TRI_NO ?
		    _("the token lacks \"%s\"%s%s") :
		    _("whether the token has \"%s\" is not known%s%s"),
		    q->name, q->needed_for ? ": " : "",
		    q->needed_for ? q->needed_for : "");
		pen_status(p, q->granted == TRI_NO ? STATUS_WARN :
		    STATUS_UNKNOWN, q->granted == TRI_NO ? INK_WARN :
		    INK_UNKNOWN, text);
		free(text);
	}
	if (missing == 0 && all->permission_count > 0)
		pen_status(p, STATUS_OK, INK_TEXT,
		    _("the token has every permission that is needed"));
}

static void
rate(struct pen *p, const struct github_api *api)
{
	struct buf b = BUF_INIT(1024);
	char text[CLOCK_TEXT_MAX];

	if (api->limit >= 0 && api->remaining >= 0) {
		buf_addf(&b, _("%d of %d requests left"), api->remaining,
		    api->limit);
		if (api->reset_at != TIME_UNKNOWN &&
		    api->reset_at > p->d->now)
			buf_addf(&b, _(", new ones in %s"),
			    words_duration(api->reset_at - p->d->now, text));
		pen_text(p, api->remaining * 10 < api->limit ? INK_WARN :
		    INK_DIM, buf_str(&b));
	}
	if (api->requests > 0 && api->not_modified >= 0)
		pen_printf(p, INK_DIM, _("%lld asked, %d%% of them answered "
		    "\"not modified\" for free"), (long long)api->requests,
		    (int)(api->not_modified * 100 / api->requests));
	buf_release(&b);
}

void
pipelines_github(struct pen *p, const struct model *m)
{
	const struct pipelines *all = &m->pipelines;
	struct buf b = BUF_INIT(8192);

	if (pipelines_doubt(m, p->d->now, &b))
		pen_status(p, STATUS_UNKNOWN, INK_UNKNOWN, buf_str(&b));
	gates(p, m);
	pulls(p, all);
	runners(p, all);
	permissions(p, all);
	buf_clear(&b);
	if (all->repository)
		buf_adds(&b, all->repository);
	if (all->api.login)
		buf_addf(joined(&b), _("as %s"), all->api.login);
	if (all->seen.observed_at != TIME_UNKNOWN) {
		buf_addf(joined(&b), "%s ", _("seen"));
		words_ago(p->d->now, all->seen.observed_at, &b);
	}
	if (b.len > 0)
		pen_text(p, INK_DIM, buf_str(&b));
	rate(p, &all->api);
	buf_release(&b);
}
