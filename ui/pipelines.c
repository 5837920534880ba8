#include "ui/pipelines.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "ui/words.h"

bool
pipelines_used(const struct model *m)
{
	return m->pipelines.seen.used;
}

const char *
pipelines_glyph(const struct draw *d, enum run_state s)
{
	if (s == RUN_IN_PROGRESS)
		return draw_glyph(d, GLYPH_RUNS);
	if (s == RUN_QUEUED || s == RUN_SKIPPED)
		return draw_glyph(d, GLYPH_DOT);
	if (s == RUN_WAITING)
		return draw_glyph(d, GLYPH_WAITS);
	return draw_status_glyph(d, run_state_status(s));
}

enum ink
pipelines_ink(enum run_state s)
{
	if (s == RUN_IN_PROGRESS)
		return INK_ACCENT;
	/* Skipped and queued are neither well nor bad. */
	if (s == RUN_QUEUED || s == RUN_SKIPPED || s == RUN_NEUTRAL)
		return INK_DIM;
	return draw_status_ink(run_state_status(s));
}

void
pipelines_state(struct row *r, enum run_state s)
{
	row_text(r, pipelines_ink(s), pipelines_glyph(r->d, s));
}

int64_t
pipelines_elapsed(const struct pipeline_run *run, int64_t now)
{
	int64_t from = run->started_at != TIME_UNKNOWN ? run->started_at :
	    run->created_at;

	if (run->state == RUN_WAITING || run->state == RUN_QUEUED)
		return run->duration_ms;
	if (run_state_ended(run->state) || from == TIME_UNKNOWN)
		return run->duration_ms;
	return now > from ? now - from : 0;
}

bool
pipelines_over(const struct workflow *w, const struct pipeline_run *run,
    int64_t now)
{
	return w->limit_ms > 0 && pipelines_elapsed(run, now) > w->limit_ms;
}

void
pipelines_took(const struct workflow *w, const struct pipeline_run *run,
    int64_t now, struct buf *b)
{
	int64_t ms = pipelines_elapsed(run, now);
	char text[CLOCK_TEXT_MAX], limit[CLOCK_TEXT_MAX];

	words_span(ms, text);
	if (w->limit_ms > 0 && ms < 0)
		buf_addf(b, _("at most %s"), words_span(w->limit_ms, limit));
	else if (w->limit_ms > 0)
		buf_addf(b, _("%s of %s"), text,
		    words_span(w->limit_ms, limit));
	else
		buf_adds(b, text);
}

char *
pipelines_name(const char *file)
{
	const char *dot = strrchr(file, '.');

	if (dot && dot > file && (strcmp(dot, ".yml") == 0 ||
	    strcmp(dot, ".yaml") == 0))
		return xstrndup(file, dot - file);
	return xstrdup(file);
}

/* "yan, corentin": either of them will do. */
static void
any_of(const char *names, struct buf *b)
{
	for (; *names; names++) {
		if (names[0] == ',' && names[1] == ' ') {
			buf_addf(b, " %s ", _("or"));
			names++;
		} else {
			buf_addc(b, *names);
		}
	}
}

static const struct pipeline_run *
run_of(const struct model *m, const struct approval *a)
{
	const struct workflow *w = a->workflow ?
	    pipelines_workflow(&m->pipelines, a->workflow) : NULL;
	size_t i;

	for (i = 0; w && i < w->run_count; i++)
		if (w->runs[i].id == a->run_id)
			return &w->runs[i];
	return NULL;
}

void
pipelines_approval(const struct model *m, const struct approval *a,
    struct buf *b)
{
	const struct pipeline_run *run = run_of(m, a);
	char *name = pipelines_name(a->workflow ? a->workflow : "?");

	buf_adds(b, name);
	if (run && run->number >= 0)
		buf_addf(b, " #%d", run->number);
	buf_addf(b, " %s ", _("waits for"));
	if (a->reviewers)
		any_of(a->reviewers, b);
	else
		buf_adds(b, _("somebody's approval"));
	free(name);
}

void
pipelines_checks_draw(struct row *r, const struct model *m,
    const char *commit)
{
	const struct commit_checks *c = pipelines_checks(&m->pipelines,
	    commit);

	row_text(r, INK_DIM, "CI ");
	pipelines_state(r, c ? c->ci : RUN_UNKNOWN);
	row_text(r, INK_DIM, "  E2E ");
	pipelines_state(r, c ? c->e2e : RUN_UNKNOWN);
}

bool
pipelines_doubt(const struct model *m, int64_t now, struct buf *b)
{
	const struct pipelines *p = &m->pipelines;
	const char *trouble = words_trouble(p->api.trouble);
	int64_t until = p->api.next_try != TIME_UNKNOWN ? p->api.next_try :
	    p->api.trouble == API_LIMITED ? p->api.reset_at : TIME_UNKNOWN;
	char text[CLOCK_TEXT_MAX];

	if (*trouble)
		buf_adds(b, trouble);
	else if (p->seen.error)
		buf_addf(b, "GitHub: %s", p->seen.error);
	else if (p->seen.observed_at == TIME_UNKNOWN)
		buf_adds(b, _("GitHub was not looked at yet"));
	else if (observation_stale(&p->seen, now))
		buf_adds(b, _("GitHub was not looked at lately"));
	else
		return false;
	if (until != TIME_UNKNOWN && until > now)
		buf_addf(b, _(", next try in %s"),
		    words_duration(until - now, text));
	if (p->seen.observed_at != TIME_UNKNOWN)
		buf_addf(b, _("; what is shown is %s old"),
		    words_duration(now - p->seen.observed_at, text));
	return true;
}
