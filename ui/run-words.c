#include "ui/run-words.h"

#include "base/i18n.h"
#include "ui/words.h"

/* --- which ------------------------------------------------------------ */

const struct run *
runs_find(const struct model *m, const char *id)
{
	size_t i;

	for (i = 0; id && i < m->run_count; i++)
		if (strcmp(m->runs[i].id, id) == 0)
			return &m->runs[i];
	return NULL;
}

const struct run *
runs_busy(const struct model *m, const char *environment)
{
	size_t i;

	for (i = 0; i < m->run_count; i++)
		if (!phase_ended(m->runs[i].phase) && m->runs[i].environment &&
		    strcmp(m->runs[i].environment, environment) == 0)
			return &m->runs[i];
	return NULL;
}

bool
runs_careful(const struct model *m, const struct run *r)
{
	const struct environment *env = r->environment ?
	    model_find(m, r->environment) : NULL;

	return env && env->production;
}

const struct run *
runs_production(const struct model *m)
{
	size_t i;

	for (i = 0; i < m->run_count; i++)
		if (!phase_ended(m->runs[i].phase) &&
		    runs_careful(m, &m->runs[i]))
			return &m->runs[i];
	return NULL;
}

bool
runs_used(const struct model *m)
{
	return m->run_count > 0;
}

/* The lower, the more it should be looked at. */
static int
rank(enum phase p)
{
	static const int ranks[PHASES] = {
		[PHASE_RUNNING] = 0, [PHASE_WAITING] = 0, [PHASE_PAUSED] = 0,
		[PHASE_UNKNOWN] = 0, [PHASE_FAILED] = 1, [PHASE_ABORTED] = 1,
		[PHASE_PENDING] = 2, [PHASE_DONE] = 3, [PHASE_SKIPPED] = 3,
	};

	return ranks[p];
}

const struct run_step *
runs_step(const struct run *r)
{
	const struct run_step *best = NULL;
	size_t i;

	for (i = 0; i < r->step_count; i++) {
		const struct run_step *s = &r->steps[i];

		if (!best || rank(s->phase) < rank(best->phase) ||
		    (rank(s->phase) == 3 && rank(best->phase) == 3))
			best = s;
	}
	return best;
}

const struct run_step *
runs_next(const struct run *r, const struct run_step *step)
{
	size_t i;

	for (i = 0; i < r->step_count; i++)
		if (&r->steps[i] > step && r->steps[i].phase == PHASE_PENDING)
			return &r->steps[i];
	return NULL;
}

/* --- words ------------------------------------------------------------ */

const char *
words_phase(enum phase p)
{
	static const char *const words[PHASES] = {
		[PHASE_PENDING] = N_("to come"),
		[PHASE_RUNNING] = N_("running"),
		[PHASE_WAITING] = N_("waiting"),
		[PHASE_PAUSED] = N_("paused"),
		[PHASE_DONE] = N_("done"),
		[PHASE_FAILED] = N_("failed"),
		[PHASE_SKIPPED] = N_("skipped"),
		[PHASE_ABORTED] = N_("aborted"),
		[PHASE_UNKNOWN] = N_("not known"),
	};

	return _(words[p]);
}

const char *
runs_glyph(const struct draw *d, enum phase p)
{
	static const enum glyph glyphs[PHASES] = {
		[PHASE_PENDING] = GLYPH_DOT, [PHASE_RUNNING] = GLYPH_RUNS,
		[PHASE_WAITING] = GLYPH_WAITS, [PHASE_PAUSED] = GLYPH_PAUSED,
		[PHASE_DONE] = GLYPH_OK, [PHASE_FAILED] = GLYPH_CRIT,
		[PHASE_SKIPPED] = GLYPH_SKIPPED, [PHASE_ABORTED] = GLYPH_CRIT,
		[PHASE_UNKNOWN] = GLYPH_UNKNOWN,
	};

	return draw_glyph(d, glyphs[p]);
}

enum ink
runs_ink(enum phase p)
{
	static const enum ink inks[PHASES] = {
		[PHASE_PENDING] = INK_DIM, [PHASE_RUNNING] = INK_ACCENT,
		[PHASE_WAITING] = INK_WARN, [PHASE_PAUSED] = INK_WARN,
		[PHASE_DONE] = INK_OK, [PHASE_FAILED] = INK_CRIT,
		[PHASE_SKIPPED] = INK_DIM, [PHASE_ABORTED] = INK_CRIT,
		[PHASE_UNKNOWN] = INK_UNKNOWN,
	};

	return inks[p];
}

static bool
begins(const char *text, const char *with)
{
	return text && strncmp(text, with, strlen(with)) == 0;
}

const char *
runs_act(const struct run *r)
{
	return begins(r->book, "deploy") ? _("deploy") :
	    begins(r->book, "rollback") ? _("rollback") :
	    r->title ? r->title : r->book ? r->book : "?";
}

/* What who does it is doing. */
static const char *
doing(const struct run *r)
{
	return begins(r->book, "deploy") ? _("deploying") :
	    begins(r->book, "rollback") ? _("rolling back") :
	    r->title ? r->title : r->book ? r->book : "?";
}

static const char *
title_of(const struct model *m, const struct run *r)
{
	const struct environment *env = r->environment ?
	    model_find(m, r->environment) : NULL;

	return env ? words_title(env) : r->environment ? r->environment : "?";
}

void
runs_name(const struct model *m, const struct run *r, struct buf *b)
{
	buf_addf(b, "%s %s", runs_act(r), title_of(m, r));
	if (r->target)
		buf_addf(b, " %s", r->target);
}

void
runs_where(const struct run *r, struct buf *b)
{
	const struct run_step *s = runs_step(r);
	enum phase p = r->phase;

	if (!s) {
		buf_adds(b, words_phase(p));
		return;
	}
	if (phase_ended(p) || p == PHASE_UNKNOWN || p == PHASE_PAUSED)
		buf_addf(b, "%s, ", words_phase(p));
	if (p == PHASE_DONE) {
		buf_addf(b, ngettext("%d step", "%d steps",
		    (int)r->step_count), (int)r->step_count);
		return;
	}
	buf_addf(b, _("step %d/%d %s"), (int)(s - r->steps) + 1,
	    (int)r->step_count, s->title ? s->title : s->id);
	if (rank(s->phase) == 1 && s->error)
		buf_addf(b, ": %s", s->error);
	else if (s->phase == PHASE_WAITING)
		buf_addf(b, ": %s", s->doing ? s->doing : words_phase(p));
	else if (s->phase == PHASE_UNKNOWN && p != PHASE_UNKNOWN)
		buf_addf(b, ": %s", words_phase(s->phase));
}

void
runs_holder(const struct model *m, const struct run *r, bool brief,
    struct buf *b)
{
	const char *how = r->phase == PHASE_RUNNING || r->phase ==
	    PHASE_PENDING ? NULL : words_phase(r->phase);

	buf_addf(b, _("%s has %s"), r->who ? r->who : "?", title_of(m, r));
	if (!brief)
		buf_addf(b, how ? " (%s, %s)" : " (%s)", doing(r), how);
}

/* --- times ------------------------------------------------------------ */

static int64_t
span(int64_t from, int64_t to, int64_t now)
{
	if (from == TIME_UNKNOWN)
		return -1;
	to = to == TIME_UNKNOWN ? now : to;
	return to > from ? to - from : 0;
}

int64_t
runs_took(const struct run *r, int64_t now)
{
	return span(r->started_at, r->ended_at, now);
}

int64_t
runs_step_took(const struct run_step *s, int64_t now)
{
	return span(s->started_at, s->ended_at, now);
}

/* A person takes as long as a person takes. */
bool
runs_late(const struct run_step *s, int64_t now)
{
	return s->phase != PHASE_WAITING && s->usual_ms > 0 &&
	    runs_step_took(s, now) > s->usual_ms + s->usual_ms / 4;
}

void
runs_step_time(const struct run_step *s, int64_t now, struct buf *b)
{
	int64_t took = runs_step_took(s, now);
	char usual[CLOCK_TEXT_MAX], text[CLOCK_TEXT_MAX];

	words_span(s->usual_ms, usual);
	words_span(took, text);
	if (took < 0) {
		if (s->usual_ms > 0 && s->phase == PHASE_PENDING)
			buf_addf(b, _("usually %s"), usual);
	} else if (s->ended_at != TIME_UNKNOWN && !runs_late(s, now)) {
		buf_adds(b, text);
	} else if (s->ended_at != TIME_UNKNOWN) {
		buf_addf(b, _("usually %s, took %s"), usual, text);
	} else if (s->usual_ms > 0 && s->phase != PHASE_WAITING) {
		buf_addf(b, _("usually %s, now %s"), usual, text);
	} else {
		buf_adds(b, text);
	}
}

void
runs_row(struct row *row, const struct run *r)
{
	struct buf b = BUF_INIT(8192);
	char text[CLOCK_TEXT_MAX];
	enum ink ink = runs_ink(r->phase);

	buf_addf(&b, " %s", words_span(runs_took(r, row->d->now), text));
	row_right(row, INK_DIM, buf_str(&b));
	buf_clear(&b);
	buf_addf(&b, "%s: ", doing(r));
	runs_where(r, &b);
	row_text(row, ink, runs_glyph(row->d, r->phase));
	row_text(row, INK_TEXT, " ");
	row_text(row, ink, buf_str(&b));
	buf_release(&b);
}
