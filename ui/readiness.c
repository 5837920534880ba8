#include "ui/readiness.h"

#include "base/i18n.h"
#include "base/text.h"
#include "ui/words.h"

bool
readiness_used(const struct model *m)
{
	size_t i;

	for (i = 0; i < m->environment_count; i++)
		if (m->environments[i].readiness.used)
			return true;
	return false;
}

enum status
readiness_status(const struct readiness *r)
{
	enum status s = STATUS_OK;
	size_t i;

	if (r->word == READINESS_NOT_READY)
		return STATUS_CRIT;
	if (r->word != READINESS_READY)
		return STATUS_UNKNOWN;
	for (i = 0; i < r->check_count; i++)
		if (r->checks[i].status != STATUS_OK)
			s = STATUS_WARN;
	return s;
}

const char *
readiness_title(enum readiness_word w)
{
	return w == READINESS_READY ? _("READY") :
	    w == READINESS_NOT_READY ? _("NOT READY") : _("NOT KNOWN");
}

/* What a restore costs, since no image leads back any more. */
static void
restore_words(const struct readiness *r, int64_t now, struct buf *b)
{
	char text[CLOCK_TEXT_MAX];

	if (r->restores_to != TIME_UNKNOWN)
		buf_addf(b, _("only a restore leads back, to how it was %s "
		    "ago"), words_duration(now - r->restores_to, text));
	else
		buf_adds(b, _("only a restore leads back, to when is not "
		    "known"));
}

static void
drill_words(const struct readiness *r, int64_t now, struct buf *b)
{
	char text[CLOCK_TEXT_MAX];

	if (r->drilled_at == TIME_UNKNOWN)
		buf_adds(b, _("never drilled"));
	else
		buf_addf(b, _("drilled %s ago"),
		    words_duration(now - r->drilled_at, text));
}

/* As readiness_text(), but for what a slot has room for: without the drill when
 * `brief`, and with the restore. */
static void
words(const struct readiness *r, int64_t now, bool brief, struct buf *b)
{
	char text[CLOCK_TEXT_MAX];

	buf_addf(b, "%s ", _("rollback"));
	buf_adds(b, readiness_title(r->word));
	if (r->word != READINESS_READY) {
		buf_addf(b, ": %s", r->reason ? r->reason :
		    _("not observed yet"));
	} else {
		buf_addf(b, " %s", r->target ? r->target : "?");
		if (r->estimate_ms >= 0)
			buf_addf(b, " ~%s", words_span(r->estimate_ms, text));
	}
	if (r->restore) {
		buf_adds(b, "; ");
		restore_words(r, now, b);
	}
	if (r->word == READINESS_READY && !brief) {
		buf_adds(b, ", ");
		drill_words(r, now, b);
	}
}

/* "rollback READY …", as long as it fits. */
static void
slot_words(const struct readiness *r, int64_t now, int width, struct buf *b)
{
	buf_clear(b);
	words(r, now, false, b);
	if (r->word == READINESS_READY && text_width(buf_str(b)) > width) {
		buf_clear(b);
		words(r, now, true, b);
	}
}

int
readiness_slot_lines(const struct readiness *r, int64_t now, int width)
{
	struct buf b = BUF_INIT(8192);
	int lines;

	slot_words(r, now, width - 2, &b);
	lines = text_width(buf_str(&b)) > width - 2 ? 2 : 1;
	buf_release(&b);
	return lines;
}

void
readiness_row(struct row *r, const struct readiness *ready)
{
	enum status s = readiness_status(ready);
	struct buf b = BUF_INIT(8192);

	slot_words(ready, r->d->now, row_left(r) - 2, &b);
	row_status(r, s);
	row_text(r, INK_TEXT, " ");
	row_text(r, s == STATUS_OK ? INK_TEXT : draw_status_ink(s),
	    buf_str(&b));
	buf_release(&b);
}

int
readiness_slot(struct draw *d, const struct area *a, int line, int most,
    const struct readiness *r)
{
	enum status s = readiness_status(r);
	struct area beside = *a;
	struct buf b = BUF_INIT(8192);
	struct row row = row_in(d, a, line);
	int used;

	row_status(&row, s);
	beside.x += 2;
	beside.w -= 2;
	slot_words(r, d->now, beside.w, &b);
	used = draw_wrapped(d, &beside, line, most, s == STATUS_OK ? INK_TEXT :
	    draw_status_ink(s), buf_str(&b));
	buf_release(&b);
	return used > 0 ? used : 1;
}

/* --- the page --------------------------------------------------------- */

/* What to do about a check that failed, where it is plain. */
static const char *const remedies[READINESS_CODES] = {
	[CHECK_TARGET] = N_("Mark a version good that ran well here (v, +)."),
	[CHECK_TAG] = N_("Push the tag again, on the commit that it was on."),
	[CHECK_IMAGE] = N_("Build the image again from its tag, or push it "
	    "from a host that still has it."),
	[CHECK_SCHEMA] = N_("Going back needs the database of that time: "
	    "restore a backup, do not only redeploy."),
	[CHECK_BACKUP] = N_("Take a backup now, and verify it (b, V)."),
	[CHECK_LOCK] = N_("Ask who holds it; \":unlock ENVIRONMENT REASON\" "
	    "lifts it."),
	[CHECK_APPROVER] = N_("Find somebody who may approve, or name "
	    "reviewers for the environment at GitHub."),
	[CHECK_DRILL] = N_("Rehearse the rollback on staging."),
};

static void
check_line(struct pen *p, const struct readiness_check *c, int width,
    bool advice)
{
	struct area beside = *p->a;
	struct row r = row_in(p->d, p->a, p->line);
	struct buf age = BUF_INIT(64);
	enum ink ink = c->status == STATUS_OK ? INK_TEXT :
	    draw_status_ink(c->status);
	int used;

	row_status(&r, c->status);
	row_skip(&r, 1);
	row_cell(&r, INK_DIM, words_check(c->code), width, false);
	words_age(p->d->now, c->evidence_at, &age);
	row_right(&r, INK_DIM, buf_str(&age));
	buf_release(&age);
	beside.x += width + 4;
	beside.w -= width + 10;
	used = draw_wrapped(p->d, &beside, p->line, 8, ink,
	    c->text ? c->text : "?");
	p->line += used > 0 ? used : 1;
	if (!advice || c->status == STATUS_OK || !remedies[c->code])
		return;
	r = row_in(p->d, &beside, p->line);
	row_text(&r, INK_ACCENT, draw_glyph(p->d, GLYPH_INTO));
	beside.x += 2;
	beside.w -= 2;
	used = draw_wrapped(p->d, &beside, p->line, 8, INK_ACCENT,
	    _(remedies[c->code]));
	p->line += used > 0 ? used : 1;
}

static int
check_width(const struct readiness *r)
{
	int width = 6, w;
	size_t i;

	for (i = 0; i < r->check_count; i++) {
		w = text_width(words_check(r->checks[i].code));
		width = w > width ? w : width;
	}
	return width;
}

/* Those that fail first: the reason comes before what is well. */
static void
checks(struct pen *p, const struct readiness *r, enum status least,
    bool advice)
{
	int width = check_width(r), s;
	size_t i;

	for (s = STATUS_CRIT; s >= (int)least; s--)
		for (i = 0; i < r->check_count; i++)
			if (r->checks[i].status == (enum status)s)
				check_line(p, &r->checks[i], width, advice);
}

void
readiness_failing(struct pen *p, const struct readiness *r)
{
	checks(p, r, STATUS_WARN, false);
}

static void
no_return(struct pen *p, const struct readiness *r)
{
	struct buf b = BUF_INIT(4096);

	if (!r->no_return && !r->restore)
		return;
	pen_heading(p, INK_TITLE, _("the point of no return"));
	if (r->no_return)
		pen_printf(p, INK_WARN, _("%s and older cannot be had back by "
		    "their images alone: %s"), r->no_return,
		    r->no_return_why ? r->no_return_why : "?");
	if (r->restore) {
		restore_words(r, p->d->now, &b);
		pen_text(p, INK_WARN, buf_str(&b));
	}
	buf_release(&b);
}

static void
summary(struct pen *p, const struct readiness *r)
{
	struct buf b = BUF_INIT(8192);
	enum status s = readiness_status(r);
	char text[CLOCK_TEXT_MAX];

	buf_addf(&b, "%s %s", _("rollback"), readiness_title(r->word));
	if (r->word != READINESS_READY && r->reason)
		buf_addf(&b, ": %s", r->reason);
	pen_status(p, s, draw_status_ink(s), buf_str(&b));
	buf_clear(&b);
	if (r->target) {
		buf_addf(&b, _("to %s"), r->target);
		if (r->target_commit)
			buf_addf(&b, " (%.8s)", r->target_commit);
	} else {
		buf_adds(&b, _("to no version that is known to be good"));
	}
	if (r->estimate_ms >= 0)
		buf_addf(&b, _(", takes about %s"),
		    words_span(r->estimate_ms, text));
	else
		buf_adds(&b, _(", how long it takes is not known"));
	buf_adds(&b, ", ");
	drill_words(r, p->d->now, &b);
	pen_text(p, INK_TEXT, buf_str(&b));
	buf_release(&b);
}

void
readiness_page(struct pen *p, const struct environment *env)
{
	const struct readiness *r = &env->readiness;

	if (!r->used) {
		pen_text(p, INK_DIM, _("nothing is configured that tells "
		    "whether a rollback would work"));
		return;
	}
	summary(p, r);
	p->line++;
	checks(p, r, STATUS_OK, true);
	no_return(p, r);
}

const struct environment *
readiness_production(const struct model *m)
{
	size_t i;

	for (i = 0; i < m->environment_count; i++)
		if (m->environments[i].production &&
		    m->environments[i].readiness.used)
			return &m->environments[i];
	return NULL;
}
