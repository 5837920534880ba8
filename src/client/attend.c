#include "client/attend.h"

#include <stdarg.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"

#define ID_WIDTH 14

static const char *const phase_texts[PHASES] = {
	[PHASE_PENDING] = N_("to come"),
	[PHASE_RUNNING] = N_("runs"),
	[PHASE_WAITING] = N_("waits for a person"),
	[PHASE_PAUSED] = N_("is paused"),
	[PHASE_DONE] = N_("done"),
	[PHASE_FAILED] = N_("failed"),
	[PHASE_SKIPPED] = N_("skipped"),
	[PHASE_ABORTED] = N_("aborted"),
	[PHASE_UNKNOWN] = N_("unknown"),
};

const char *
attend_phase_text(enum phase p)
{
	return _(phase_texts[p < PHASES ? p : PHASE_UNKNOWN]);
}

int
attend_code(enum phase p)
{
	if (p == PHASE_DONE)
		return EXIT_OK;
	return p == PHASE_FAILED || p == PHASE_ABORTED ? EXIT_CRIT :
	    EXIT_UNKNOWN;
}

void
attend_init(struct attend *f, struct session *s, const char *run, bool quiet)
{
	*f = (struct attend){.session = s, .run = xstrdup(run),
			     .quiet = quiet, .phase = PHASE_PENDING};
}

void
attend_release(struct attend *f)
{
	free(f->run);
	free(f->told);
	free(f->waits);
	*f = (struct attend){.session = NULL};
}

const struct run *
attend_run(const struct session *s, const char *id)
{
	const struct model *m = client_model(s->client);
	size_t i;

	for (i = 0; i < m->run_count; i++)
		if (strcmp(m->runs[i].id, id) == 0)
			return &m->runs[i];
	return NULL;
}

static void
line(int64_t at, const char *id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
line(int64_t at, const char *id, const char *fmt, ...)
{
	char when[CLOCK_TEXT_MAX];
	char *raw, *clean;
	va_list ap;

	va_start(ap, fmt);
	raw = xvasprintf(fmt, ap);
	va_end(ap);
	clean = text_clean(raw, strlen(raw));
	printf("%s  %-*s  %s\n", clock_time_of_day(at == TIME_UNKNOWN ?
	    clock_wall() : at, when), ID_WIDTH, id, clean);
	free(clean);
	free(raw);
}

static void
tell_tail(const char *tail)
{
	size_t len;
	char *clean;

	for (; tail && *tail; tail += len + (tail[len] == '\n')) {
		len = strcspn(tail, "\n");
		clean = text_clean(tail, len);
		printf("  | %s\n", clean);
		free(clean);
	}
}

static void
tell_end(const struct run_step *s)
{
	char span[CLOCK_TEXT_MAX], usual[CLOCK_TEXT_MAX];
	int64_t took = s->started_at == TIME_UNKNOWN ||
	    s->ended_at == TIME_UNKNOWN ? -1 : s->ended_at - s->started_at;

	if (s->phase == PHASE_DONE && s->usual_ms >= 0)
		line(s->ended_at, s->id, _("done after %s (usually %s)"),
		    clock_span(took, span), clock_span(s->usual_ms, usual));
	else if (s->phase == PHASE_DONE)
		line(s->ended_at, s->id, _("done after %s"),
		    clock_span(took, span));
	else if (s->phase == PHASE_SKIPPED)
		line(s->ended_at, s->id, "%s", s->doing ? s->doing :
		    attend_phase_text(s->phase));
	else
		line(s->ended_at, s->id, "%s: %s",
		    attend_phase_text(s->phase), s->error ? s->error :
		    _("no reason is known"));
	if (s->phase == PHASE_FAILED || s->phase == PHASE_UNKNOWN)
		tell_tail(s->tail);
}

static void
tell_step(struct attend *f, size_t i, const struct run_step *s)
{
	bool over = phase_ended(s->phase) || s->phase == PHASE_UNKNOWN;

	if (s->phase == f->told[i])
		return;
	if (f->told[i] == PHASE_PENDING && s->phase != PHASE_SKIPPED)
		line(s->started_at, s->id, "%s", s->title);
	if (over)
		tell_end(s);
	f->told[i] = s->phase;
}

static void
tell_wait(struct attend *f, const struct run *r)
{
	const struct run_step *s = run_current(r);
	const char *words = r->phase == PHASE_WAITING ? s && s->doing ?
	    s->doing : _("a person is waited for") :
	    r->phase == PHASE_PAUSED ? s && s->doing ? s->doing :
	    _("paused: vigie resume goes on") : NULL;

	if (xstrset(&f->waits, words) && words)
		line(TIME_UNKNOWN, s ? s->id : "", "%s: %s",
		    attend_phase_text(r->phase), words);
}

static void
tell(struct attend *f, const struct run *r)
{
	char span[CLOCK_TEXT_MAX];
	size_t i;

	if (f->count != r->step_count) {
		f->told = xreallocarray(f->told, r->step_count + 1,
		    sizeof(*f->told));
		for (i = f->count; i < r->step_count; i++)
			f->told[i] = PHASE_PENDING;
		f->count = r->step_count;
	}
	for (i = 0; i < r->step_count; i++)
		tell_step(f, i, &r->steps[i]);
	tell_wait(f, r);
	if (f->phase != r->phase && phase_ended(r->phase))
		line(r->ended_at, r->environment, _("%s: %s after %s"),
		    r->title, attend_phase_text(r->phase), clock_span(
		    r->ended_at - r->started_at, span));
	f->phase = r->phase;
	fflush(stdout);
}

void
attend_look(struct attend *f)
{
	const struct run *r = attend_run(f->session, f->run);

	if (client_state(f->session->client) != CLIENT_LIVE)
		return;
	if (!r && f->found) {
		session_end(f->session, cmd_fail(f->session->args,
		    EXIT_UNKNOWN, _("the server knows no run %s any more: see "
		    "the journal"), f->run));
		return;
	}
	if (!r)
		return;
	f->found = true;
	if (!f->quiet)
		tell(f, r);
	if (phase_ended(r->phase) || r->phase == PHASE_UNKNOWN)
		session_end(f->session, attend_code(r->phase));
}
