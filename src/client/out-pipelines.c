/* What GitHub knows, for people. See out.h. */
#include "client/out.h"

#include "base/i18n.h"

static void
span_of_limit(const struct pipeline_run *r, const struct workflow *w,
    int64_t now, struct buf *b)
{
	char took[CLOCK_TEXT_MAX], limit[CLOCK_TEXT_MAX];
	int64_t ms = r->duration_ms;
	struct buf both = BUF_INIT(256);

	if (ms < 0 && r->state == RUN_IN_PROGRESS &&
	    r->started_at != TIME_UNKNOWN)
		ms = now - r->started_at;
	buf_addf(&both, _("%s of %s"), clock_span(ms, took),
	    clock_span(w->limit_ms, limit));
	out_column(b, buf_str(&both), 16);
	buf_release(&both);
}

static void
workflow_line(const struct out *o, const struct workflow *w, struct buf *b)
{
	const struct pipeline_run *r = w->run_count ? w->runs : NULL;

	out_mark(o, b, w->status);
	buf_addc(b, ' ');
	out_column(b, w->file, 24);
	if (w->exists == TRI_NO) {
		out_column(b, _("not at GitHub"), 46);
	} else if (!r) {
		out_column(b, _("no run"), 46);
	} else {
		out_column(b, _(run_state_name(r->state)), 12);
		out_column(b, r->branch ? r->branch : "?", 10);
		span_of_limit(r, w, o->now, b);
		out_age(o, b, r->created_at, 5);
	}
	if (w->trigger)
		buf_adds(b, w->trigger);
	if (w->blocks) {
		buf_adds(b, w->trigger ? "; " : "");
		buf_addf(b, _("blocks %s"), w->blocks);
	}
	buf_addc(b, '\n');
}

static void
approvals(const struct out *o, const struct pipelines *p, struct buf *b)
{
	size_t i;

	for (i = 0; i < p->approval_count; i++) {
		const struct approval *a = &p->approvals[i];

		out_mark(o, b, STATUS_WARN);
		buf_addc(b, ' ');
		buf_addf(b, _("%s at %s waits for %s"), a->workflow ?
		    a->workflow : "?", a->ref ? a->ref : "?",
		    a->reviewers ? a->reviewers : "?");
		buf_adds(b, a->mine == TRI_YES ? _(", you may approve") :
		    a->mine == TRI_NO ? _(", you may not") : "");
		buf_addc(b, '\n');
	}
}

static void
gates(const struct out *o, const struct pipelines *p, struct buf *b)
{
	size_t i;

	for (i = 0; i < p->gate_count; i++) {
		const struct gate *g = &p->gates[i];
		const struct environment *env = model_find(o->model,
		    g->environment);

		out_mark(o, b, g->reviewed == TRI_UNKNOWN ? STATUS_UNKNOWN :
		    g->reviewed == TRI_NO && env && env->production ?
		    STATUS_WARN : STATUS_OK);
		buf_addf(b, " %s: ", g->environment);
		if (g->exists == TRI_NO)
			buf_addf(b, _("GitHub has no environment \"%s\""),
			    g->github_environment);
		else if (g->reviewed == TRI_NO)
			buf_adds(b, _("no gate: nobody has to approve"));
		else if (g->reviewed == TRI_UNKNOWN)
			buf_adds(b, _("not known who has to approve"));
		else
			buf_addf(b, _("approved by one of %s"),
			    g->reviewers ? g->reviewers : "?");
		if (g->admins_bypass == TRI_YES)
			buf_adds(b, _("; administrators may pass by"));
		buf_addc(b, '\n');
	}
}

/* What is wrong or worth knowing, a line each. */
static void
remarks(const struct out *o, const struct pipelines *p, struct buf *b)
{
	char age[CLOCK_TEXT_MAX];
	size_t i;

	if (p->seen.error) {
		out_mark(o, b, STATUS_UNKNOWN);
		buf_addf(b, " %s\n", p->seen.error);
	}
	if (p->api.next_try != TIME_UNKNOWN && p->api.next_try > o->now) {
		buf_addf(b, _("asked again in %s"),
		    clock_age(p->api.next_try - o->now, age));
		buf_addc(b, '\n');
	}
	for (i = 0; i < p->permission_count; i++)
		if (p->permissions[i].granted == TRI_NO) {
			out_mark(o, b, STATUS_WARN);
			buf_addc(b, ' ');
			buf_addf(b, _("the token lacks \"%s\", needed for %s"),
			    p->permissions[i].name,
			    p->permissions[i].needed_for ?
			    p->permissions[i].needed_for : "?");
			buf_addc(b, '\n');
		}
	for (i = 0; i < p->pull_count; i++) {
		out_mark(o, b, STATUS_WARN);
		buf_addf(b, " %s #%d %s\n", p->critical_label ?
		    p->critical_label : "", p->pulls[i].number,
		    p->pulls[i].title ? p->pulls[i].title : "");
	}
	for (i = 0; i < p->runner_count; i++) {
		const struct runner *r = &p->runners[i];

		out_mark(o, b, r->online == TRI_YES ? STATUS_OK :
		    r->online == TRI_NO ? STATUS_WARN : STATUS_UNKNOWN);
		buf_addf(b, _(" runner %s %s"), r->name ? r->name : "?",
		    r->online == TRI_YES ? r->busy == TRI_YES ? _("busy") :
		    _("idle") : _("offline"));
		buf_addc(b, '\n');
	}
}

void
out_pipelines(const struct out *o, struct buf *b)
{
	const struct pipelines *p = &o->model->pipelines;
	size_t i;

	buf_addf(b, "%s", p->repository ? p->repository : "?");
	if (p->api.login)
		buf_addf(b, _(", as %s"), p->api.login);
	if (p->api.remaining >= 0)
		buf_addf(b, _(", %d of %d requests left"), p->api.remaining,
		    p->api.limit);
	buf_addc(b, '\n');
	for (i = 0; i < p->workflow_count; i++)
		workflow_line(o, &p->workflows[i], b);
	approvals(o, p, b);
	gates(o, p, b);
	remarks(o, p, b);
}
