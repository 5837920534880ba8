#include "ui/run-page.h"

#include "base/i18n.h"
#include "base/text.h"
#include "ui/run-words.h"
#include "ui/text-lines.h"
#include "ui/words.h"

/* Lines of output that are shown whatever else there is. */
#define TAIL_LEAST 4

/* --- the head --------------------------------------------------------- */

static void
head_state(struct row *row, const struct run *r)
{
	int64_t now = row->d->now, took = runs_took(r, now);
	char text[CLOCK_TEXT_MAX];

	row_printf(row, runs_ink(r->phase), "%s %s",
	    runs_glyph(row->d, r->phase), words_phase(r->phase));
	if (took >= 0)
		row_printf(row, INK_TEXT, phase_ended(r->phase) ?
		    _(" after %s") : _(" for %s"), words_span(took, text));
	if (r->estimate_ms >= 0)
		row_printf(row, INK_DIM, _(", estimated %s"),
		    words_span(r->estimate_ms, text));
	if (!phase_ended(r->phase) && r->heartbeat_at != TIME_UNKNOWN &&
	    now - r->heartbeat_at > RUN_SILENCE_MS)
		row_printf(row, INK_UNKNOWN, _("  %s silent for %s"),
		    draw_glyph(row->d, GLYPH_UNKNOWN),
		    words_span(now - r->heartbeat_at, text));
}

static void
head_way(struct row *row, const struct run *r)
{
	row_printf(row, INK_TEXT, "%s %s ", r->from ? r->from : "?",
	    draw_glyph(row->d, GLYPH_INTO));
	row_text(row, INK_TITLE, r->target ? r->target : "?");
	if (r->target_commit)
		row_printf(row, INK_TEXT, " (%.8s)", r->target_commit);
	if (r->via)
		row_printf(row, INK_DIM, _(", through %s"), r->via);
}

static void
head_who(struct row *row, const struct run *r)
{
	struct buf b = BUF_INIT(512);

	words_ago(row->d->now, r->started_at, &b);
	row_printf(row, INK_DIM, _("by %s"), r->who ? r->who : "?");
	if (r->tty)
		row_printf(row, INK_DIM, " (%s)", r->tty);
	row_printf(row, INK_DIM, ", %s", buf_str(&b));
	if (r->reason)
		row_printf(row, INK_TEXT, ": %s", r->reason);
	buf_release(&b);
}

static void
head_next(struct row *row, const struct run *r)
{
	const struct run_step *s = runs_step(r);
	const struct run_step *next = s ? runs_next(r, s) : NULL;

	if (s && s->phase == PHASE_PENDING)
		next = s;
	if (phase_ended(r->phase) || !next)
		row_text(row, INK_DIM, r->phase == PHASE_DONE ?
		    _("nothing comes after this") : phase_ended(r->phase) ?
		    _("it ended here") :
		    _("after this step it is at its end"));
	else if (r->phase == PHASE_PAUSED)
		row_printf(row, INK_WARN, _("%s paused before: %s"),
		    draw_glyph(row->d, GLYPH_PAUSED),
		    next->title ? next->title : next->id);
	else if (r->pause_next)
		row_printf(row, INK_WARN, _("%s will pause before: %s"),
		    draw_glyph(row->d, GLYPH_PAUSED),
		    next->title ? next->title : next->id);
	else
		row_printf(row, INK_DIM, _("next: %s"),
		    next->title ? next->title : next->id);
}

int
run_head(struct draw *d, const struct area *a, int most, const struct run *r)
{
	static void (*const parts[])(struct row *, const struct run *) = {
		head_state, head_way, head_who, head_next,
	};
	int i;

	for (i = 0; i < 4 && i < most; i++) {
		struct row row = row_in(d, a, i);

		parts[i](&row, r);
	}
	if (i < most) {
		struct row row = row_in(d, a, i++);

		row_rule(&row, INK_BORDER, "");
	}
	return i;
}

/* --- rows ------------------------------------------------------------- */

void
run_step_row(struct row *row, const struct run *r, const struct run_step *s)
{
	struct buf b = BUF_INIT(1024);
	bool late = runs_late(s, row->d->now);

	buf_addc(&b, ' ');
	if (s->phase == PHASE_PENDING || s->phase == PHASE_RUNNING ||
	    s->phase == PHASE_DONE) {
		runs_step_time(s, row->d->now, &b);
		row_right(row, late ? INK_WARN : INK_DIM, buf_str(&b));
	} else {
		buf_adds(&b, words_phase(s->phase));
		row_right(row, runs_ink(s->phase), buf_str(&b));
	}
	buf_clear(&b);
	row_text(row, runs_ink(s->phase), runs_glyph(row->d, s->phase));
	buf_addf(&b, "%2d", (int)(s - r->steps) + 1);
	row_printf(row, INK_DIM, " %s ", buf_str(&b));
	row_text(row, s->phase == PHASE_PENDING || s->phase == PHASE_SKIPPED ?
	    INK_DIM : INK_TEXT, s->title ? s->title : s->id);
	buf_release(&b);
}

/* "[x]" was ticked, "[!]" was overridden; an automatic one has its status. */
void
run_item_row(struct row *row, const struct checklist_item *item)
{
	bool ticked = item->status == STATUS_OK;

	row_skip(row, 5);
	if (item->who)
		row_right(row, INK_DIM, item->who);
	row_right(row, INK_TEXT, " ");
	if (item->reason)
		row_text(row, INK_WARN, "[!]");
	else if (item->automatic)
		row_printf(row, draw_status_ink(item->status), " %s ",
		    draw_status_glyph(row->d, item->status));
	else
		row_text(row, ticked ? INK_OK : INK_WARN, ticked ? "[x]" :
		    "[ ]");
	row_text(row, INK_TEXT, " ");
	row_text(row, ticked ? INK_TEXT : item->automatic ?
	    draw_status_ink(item->status) : INK_TEXT,
	    item->title ? item->title : item->id);
}

/* --- the page --------------------------------------------------------- */

/* "usually 40s, now 1m35s, at most 5m, attempt 2, exit code 1". */
static void
figures(struct pen *p, const struct run_step *s)
{
	struct buf b = BUF_INIT(1024);
	char text[CLOCK_TEXT_MAX];

	runs_step_time(s, p->d->now, &b);
	if (s->limit_ms > 0)
		buf_addf(&b, _("%sat most %s"), b.len > 0 ? ", " : "",
		    words_span(s->limit_ms, text));
	if (s->attempts > 1)
		buf_addf(&b, _("%sattempt %d"), b.len > 0 ? ", " : "",
		    s->attempts);
	if (s->exit_code >= 0)
		buf_addf(&b, _("%sexit code %d"), b.len > 0 ? ", " : "",
		    s->exit_code);
	if (b.len > 0)
		pen_text(p, runs_late(s, p->d->now) ? INK_WARN : INK_DIM,
		    buf_str(&b));
	buf_release(&b);
}

static void
item_page(struct pen *p, const struct checklist_item *item)
{
	struct buf b = BUF_INIT(8192);

	pen_status(p, item->status, INK_TITLE, item->title ? item->title :
	    item->id);
	if (item->text)
		pen_text(p, INK_TEXT, item->text);
	if (item->evidence_at != TIME_UNKNOWN) {
		words_ago(p->d->now, item->evidence_at, &b);
		pen_printf(p, INK_DIM, _("seen %s"), buf_str(&b));
	}
	buf_clear(&b);
	if (item->who) {
		words_ago(p->d->now, item->at, &b);
		if (item->reason)
			pen_printf(p, INK_WARN, _("overridden by %s %s: %s"),
			    item->who, buf_str(&b), item->reason);
		else
			pen_printf(p, INK_TEXT, _("ticked by %s %s"),
			    item->who, buf_str(&b));
	} else if (item->status != STATUS_OK) {
		pen_text(p, INK_ACCENT, item->automatic ?
		    _("a source knows this; Space goes past it, with a "
		    "reason") : _("Space: I have seen to it"));
	}
	buf_release(&b);
}

static void
advice(struct pen *p, const struct run *r, const struct run_step *s)
{
	if (s->phase == PHASE_UNKNOWN)
		pen_status(p, STATUS_UNKNOWN, INK_UNKNOWN, _("nobody knows "
		    "whether this happened. Look at the place itself, then "
		    "retry it, skip it with a reason, or abort"));
	else if (s->phase == PHASE_FAILED && !phase_ended(r->phase))
		pen_text(p, INK_ACCENT, _("retry it, skip it with a reason, "
		    "or abort"));
	else if (s->phase == PHASE_FAILED || s->phase == PHASE_ABORTED)
		pen_text(p, INK_ACCENT, _("r opens the rollback, P prints "
		    "what is left to do by hand"));
	else if (s->phase == PHASE_PAUSED || (r->phase == PHASE_PAUSED &&
	    s->phase == PHASE_PENDING))
		pen_text(p, INK_ACCENT, _("it waits until it is resumed"));
}

/* The end of what it wrote, in the lines that are left. */
static void
tail(struct pen *p, const struct run_step *s, int left)
{
	struct text_lines lines = {NULL, 0, 0};
	size_t room, i;

	if (!s->tail || !*s->tail)
		return;
	text_lines_add(&lines, s->tail);
	room = (size_t)(left > TAIL_LEAST ? left : TAIL_LEAST);
	p->line += left > TAIL_LEAST;
	i = lines.count > room ? lines.count - room : 0;
	for (; i < lines.count; i++) {
		struct row r = pen_row(p);

		row_text(&r, INK_DIM, draw_glyph(p->d, GLYPH_BAR));
		row_text(&r, INK_TEXT, " ");
		row_text(&r, INK_TEXT, lines.items[i]);
	}
	text_lines_release(&lines);
}

void
run_page(void *arg, struct pen *p)
{
	const struct run_page *page = arg;
	const struct run_step *s = page->step;
	int start = p->line;

	if (page->item) {
		item_page(p, page->item);
		return;
	}
	if (s->error)
		pen_status(p, s->phase == PHASE_UNKNOWN ? STATUS_UNKNOWN :
		    s->phase == PHASE_FAILED || s->phase == PHASE_ABORTED ?
		    STATUS_CRIT : STATUS_WARN, runs_ink(s->phase), s->error);
	if (s->doing)
		pen_text(p, s->phase == PHASE_WAITING ? INK_WARN : INK_TEXT,
		    s->doing);
	advice(p, page->run, s);
	figures(p, s);
	tail(p, s, page->height - (p->line - start) - 1);
}
