#include "ui/backups.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "ui/words.h"

bool
backups_used(const struct model *m)
{
	size_t i;

	for (i = 0; i < m->environment_count; i++)
		if (m->environments[i].backup_count > 0)
			return true;
	return false;
}

static int64_t
taken_at(const struct backup_series *s)
{
	return s->count > 0 ? s->items[0].taken_at : TIME_UNKNOWN;
}

const struct backup_series *
backups_worst(const struct environment *env)
{
	const struct backup_series *worst = NULL;
	size_t i;

	for (i = 0; i < env->backup_count; i++) {
		const struct backup_series *s = &env->backups[i];

		/* An unknown time is the lowest number: the oldest. */
		if (!worst || s->status > worst->status ||
		    (s->status == worst->status &&
		    taken_at(s) < taken_at(worst)))
			worst = s;
	}
	return worst;
}

const struct backup *
backups_best(const struct backup_series *s)
{
	const struct backup *best = NULL;
	size_t i;

	for (i = 0; i < s->count; i++)
		if (!best || s->items[i].rung > best->rung)
			best = &s->items[i];
	return best;
}

void
backups_proof(const struct backup *best, int64_t now, struct buf *b)
{
	if (!best) {
		buf_adds(b, _("never verified"));
	} else if (best->rung <= RUNG_PLAUSIBLE) {
		buf_addf(b, "%s, %s", words_rung(best->rung),
		    _("never verified"));
	} else {
		buf_addf(b, "%s ", words_rung(best->rung));
		words_ago(now, best->verified_at, b);
	}
}

/* Why there is no newest one. */
static void
none(const struct backup_series *s, struct buf *b)
{
	if (s->seen.observed_at != TIME_UNKNOWN)
		buf_addf(b, _("%s has none"), s->kind);
	else if (s->seen.error)
		buf_addf(b, _("unknown: %s"), s->seen.error);
	else
		buf_adds(b, _("not looked at yet"));
}

void
backups_slot(struct row *r, const struct environment *env)
{
	const struct backup_series *s = backups_worst(env);
	const struct backup *best;
	struct buf b = BUF_INIT(4096);
	enum ink ink;

	if (!s)
		return;
	ink = s->status == STATUS_OK ? INK_TEXT : draw_status_ink(s->status);
	row_status(r, s->status);
	row_printf(r, INK_TEXT, " %s ", _("backup"));
	if (s->count == 0) {
		none(s, &b);
		row_text(r, ink, buf_str(&b));
		buf_release(&b);
		return;
	}
	words_age(r->d->now, taken_at(s), &b);
	row_text(r, ink, buf_str(&b));
	buf_clear(&b);
	if (observation_stale(&s->seen, r->d->now)) {
		buf_addf(&b, " %s ", _("seen"));
		words_ago(r->d->now, s->seen.observed_at, &b);
		row_right(r, INK_UNKNOWN, buf_str(&b));
		buf_clear(&b);
	}
	/* Which of several only matters when something is wrong with it. */
	if (s->status != STATUS_OK && env->backup_count > 1)
		row_printf(r, ink, " %s", s->kind);
	row_text(r, INK_TEXT, "  ");
	if (s->items[0].size >= SIZE_EMPTY)
		row_printf(r, ink, "%s, ", words_size(s->items[0].size));
	best = backups_best(s);
	if (best->rung <= RUNG_PLAUSIBLE)
		buf_adds(&b, _("never verified"));
	else
		backups_proof(best, r->d->now, &b);
	row_text(r, INK_DIM, buf_str(&b));
	buf_release(&b);
}

void
backups_verifying(const struct backup_series *s, int64_t now, struct buf *b)
{
	char text[CLOCK_TEXT_MAX];

	buf_adds(b, s->kind);
	if (s->verifying_rung > RUNG_PLAUSIBLE)
		buf_addf(b, ": %s", words_rung(s->verifying_rung));
	if (s->verifying_since != TIME_UNKNOWN)
		buf_addf(b, _(", for %s"),
		    words_span(now - s->verifying_since, text));
}

enum status
backups_item_status(const struct backup *item)
{
	if (item->failure || item->size == SIZE_EMPTY)
		return STATUS_CRIT;
	if (item->size == SIZE_SMALL || item->size == SIZE_LARGE)
		return STATUS_WARN;
	return item->rung >= RUNG_CHECKSUM ? STATUS_OK : STATUS_UNKNOWN;
}

/* --- the chart -------------------------------------------------------- */

struct bar {
	int64_t bytes;		/* -1: none that turn */
	const struct backup *item;
};

#define DAY_MS (24 * 3600 * 1000LL)

/* One bar for each turn, oldest first; returns how many. A turn is the one that
 * the backup is nearest to, counted back from the newest. */
static int
bars_of(const struct backup_series *s, struct bar *bars, int most)
{
	int64_t every = s->every_ms > 0 ? s->every_ms : DAY_MS, back;
	int64_t newest = TIME_UNKNOWN;
	int count = 0, at;
	size_t i;

	for (at = 0; at < most; at++)
		bars[at] = (struct bar){.bytes = -1};
	for (i = 0; i < s->count; i++) {
		const struct backup *item = &s->items[i];

		if (item->taken_at == TIME_UNKNOWN)
			continue;
		if (newest == TIME_UNKNOWN)
			newest = item->taken_at;
		back = (newest - item->taken_at + every / 2) / every;
		if (back < 0 || back >= most)
			continue;
		at = most - 1 - (int)back;
		if (!bars[at].item || item->bytes > bars[at].bytes)
			bars[at] = (struct bar){item->bytes, item};
		count = back + 1 > count ? (int)back + 1 : count;
	}
	return count;
}

static enum ink
bar_ink(const struct bar *bar)
{
	enum status s = backups_item_status(bar->item);

	return s == STATUS_OK || s == STATUS_UNKNOWN ? INK_SPARK :
	    draw_status_ink(s);
}

/* The part of the bars that stands in one line, counted from the base. */
static void
draw_level(struct row *r, const struct bar *bars, int count, int level,
    int lines, int64_t full, bool spaced)
{
	int i, eighths;

	for (i = 0; i < count; i++) {
		const struct bar *bar = &bars[i];

		if (!bar->item) {
			row_text(r, INK_WARN, level == 0 ?
			    draw_glyph(r->d, GLYPH_DOT) : " ");
		} else {
			eighths = full > 0 && bar->bytes > 0 ? (int)
			    (bar->bytes * lines * 8 / full) : 0;
			eighths = eighths < 1 ? 1 : eighths;
			eighths -= level * 8;
			row_bar(r, bar_ink(bar), eighths > 8 ? 8 : eighths);
		}
		if (spaced)
			row_text(r, INK_TEXT, " ");
	}
}

void
backups_chart(struct pen *p, const struct backup_series *s, int lines)
{
	struct bar bars[2 * BACKUPS_MAX];
	int most = p->a->w < 2 * BACKUPS_MAX ? p->a->w : 2 * BACKUPS_MAX;
	int count, gaps = 0, level, i;
	int64_t full = 0;

	if (most < 1)
		return;
	count = bars_of(s, bars, most);
	if (count < 2)
		return;
	for (i = most - count; i < most; i++) {
		full = bars[i].bytes > full ? bars[i].bytes : full;
		gaps += !bars[i].item;
	}
	for (level = lines - 1; level >= 0; level--) {
		struct row r = pen_row(p);

		draw_level(&r, bars + most - count, count, level, lines, full,
		    2 * count <= p->a->w);
	}
	if (gaps > 0)
		pen_printf(p, INK_WARN, ngettext(
		    "sizes, the newest right; %s %d gap",
		    "sizes, the newest right; %s %d gaps", gaps),
		    draw_glyph(p->d, GLYPH_DOT), gaps);
	else
		pen_text(p, INK_DIM, _("sizes, the newest right"));
}
