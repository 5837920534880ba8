/* One series as a page. See backups.h. */
#include "ui/backups.h"

#include "base/i18n.h"
#include "base/text.h"
#include "ui/words.h"

#define CHART_LINES 4

/* When the data is from, and when it was last proved to be there: two things.
 */
static void
clocks(struct pen *p, const struct backup_series *s)
{
	const struct backup *best = backups_best(s);
	int width = text_width(_("verified"));
	struct buf b = BUF_INIT(1024);
	struct row r;

	width = text_width(_("taken")) > width ? text_width(_("taken")) : width;
	r = pen_labelled(p, _("taken"), width);
	if (s->count > 0)
		words_ago(p->d->now, s->items[0].taken_at, &b);
	else
		buf_adds(&b, s->seen.observed_at == TIME_UNKNOWN ?
		    _("not known") : _("never"));
	row_text(&r, s->count > 0 ? INK_TEXT : INK_UNKNOWN, buf_str(&b));
	r = pen_labelled(p, _("verified"), width);
	buf_clear(&b);
	if (!best)
		buf_adds(&b, _("not known"));
	else if (best->rung <= RUNG_PLAUSIBLE)
		buf_addf(&b, "%s, %s", _("never"), words_rung(best->rung));
	else
		backups_proof(best, p->d->now, &b);
	if (best && best->evidence)
		buf_addf(&b, " (%s)", best->evidence);
	/* A proof of an older one says little of the newest. */
	if (best && best != &s->items[0] && best->rung > RUNG_PLAUSIBLE) {
		buf_addf(&b, ", %s ", _("of the one taken"));
		words_ago(p->d->now, best->taken_at, &b);
	}
	row_text(&r, best && best->rung >= RUNG_CHECKSUM ? INK_TEXT :
	    INK_UNKNOWN, buf_str(&b));
	if (s->tested_by) {
		r = pen_labelled(p, _("tested"), width);
		buf_clear(&b);
		words_ago(p->d->now, s->tested_at, &b);
		row_printf(&r, INK_TEXT, "%s, %s", buf_str(&b), s->tested_by);
	}
	buf_release(&b);
}

/* How large, how many, what is missing. */
static void
figures(struct pen *p, const struct backup_series *s)
{
	struct buf b = BUF_INIT(1024);
	char text[CLOCK_TEXT_MAX];

	if (s->count > 0) {
		words_bytes(s->items[0].bytes, &b);
		buf_addf(&b, ", %s", words_size(s->items[0].size));
		if (s->usual_bytes >= 0) {
			buf_addf(&b, " (%s ", _("usually"));
			words_bytes(s->usual_bytes, &b);
			buf_addc(&b, ')');
		}
		pen_text(p, s->items[0].size == SIZE_PLAUSIBLE ||
		    s->items[0].size == SIZE_UNKNOWN ? INK_DIM : INK_CRIT,
		    buf_str(&b));
		buf_clear(&b);
	}
	if (s->every_ms > 0)
		buf_addf(&b, _("every %s, "), words_duration(s->every_ms,
		    text));
	if (s->max_age_ms > 0)
		buf_addf(&b, _("at most %s old, "),
		    words_span(s->max_age_ms, text));
	if (s->total >= 0 && s->keep >= 0)
		buf_addf(&b, _("%d kept of %d"), s->total, s->keep);
	else if (s->total >= 0)
		buf_addf(&b, _("%d kept"), s->total);
	else
		buf_adds(&b, _("how many are kept is not known"));
	if (s->oldest_at != TIME_UNKNOWN) {
		buf_addf(&b, ", %s ", _("the oldest"));
		words_ago(p->d->now, s->oldest_at, &b);
	}
	pen_text(p, INK_DIM, buf_str(&b));
	if (s->gaps > 0 && s->gap_at != TIME_UNKNOWN) {
		buf_clear(&b);
		words_ago(p->d->now, s->gap_at, &b);
		pen_printf(p, INK_WARN, ngettext("%d gap, %s", "%d gaps, the "
		    "last %s", s->gaps), s->gaps, buf_str(&b));
	}
	buf_release(&b);
}

static void
backup_line(struct pen *p, const struct backup *item)
{
	enum status s = backups_item_status(item);
	struct row r = pen_row(p);
	struct buf b = BUF_INIT(1024);

	/* What was not verified is neither well nor bad. */
	if (s == STATUS_UNKNOWN)
		row_text(&r, INK_DIM, draw_glyph(p->d, GLYPH_DOT));
	else
		row_status(&r, s);
	words_age(p->d->now, item->taken_at, &b);
	row_cell(&r, INK_TEXT, buf_str(&b), 5, true);
	buf_clear(&b);
	words_bytes(item->bytes, &b);
	row_cell(&r, INK_DIM, buf_str(&b), 9, true);
	row_skip(&r, 2);
	buf_clear(&b);
	if (item->size == SIZE_EMPTY || item->size == SIZE_SMALL ||
	    item->size == SIZE_LARGE)
		row_printf(&r, draw_status_ink(s), "%s, ",
		    words_size(item->size));
	buf_adds(&b, words_rung(item->rung));
	if (item->rung > RUNG_PLAUSIBLE) {
		buf_addc(&b, ' ');
		words_ago(p->d->now, item->verified_at, &b);
	}
	row_printf(&r, item->rung > RUNG_PLAUSIBLE ? INK_TEXT : INK_DIM,
	    "%s  ", buf_str(&b));
	row_text(&r, INK_DIM, item->name);
	if (item->failure)
		pen_printf(p, INK_CRIT, "  %s", item->failure);
	buf_release(&b);
}

void
backups_write(void *arg, struct pen *p)
{
	const struct backup_series *s = arg;
	struct buf b = BUF_INIT(8192);
	size_t i;

	if (s->verifying) {
		struct row r = pen_row(p);

		backups_verifying(s, p->d->now, &b);
		row_printf(&r, INK_ACCENT, "%s %s %s",
		    draw_glyph(p->d, GLYPH_RUNS), _("verifying"), buf_str(&b));
	}
	for (i = 0; i < s->causes.count; i++) {
		buf_clear(&b);
		cause_text(&s->causes.items[i], &b);
		pen_status(p, s->causes.items[i].severity,
		    draw_status_ink(s->causes.items[i].severity), buf_str(&b));
	}
	if (s->seen.error)
		pen_status(p, STATUS_UNKNOWN, INK_UNKNOWN, s->seen.error);
	clocks(p, s);
	figures(p, s);
	if (s->place)
		pen_text(p, INK_DIM, s->place);
	buf_clear(&b);
	if (s->seen.observed_at == TIME_UNKNOWN) {
		buf_adds(&b, _("not seen yet"));
	} else {
		buf_addf(&b, "%s ", _("seen"));
		words_ago(p->d->now, s->seen.observed_at, &b);
	}
	pen_text(p, observation_stale(&s->seen, p->d->now) ? INK_UNKNOWN :
	    INK_DIM, buf_str(&b));
	buf_release(&b);
	p->line++;
	backups_chart(p, s, CHART_LINES);
	p->line++;
	for (i = 0; i < s->count; i++)
		backup_line(p, &s->items[i]);
}
