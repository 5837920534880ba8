#include "ui/plan-page.h"

#include "base/i18n.h"
#include "base/text.h"
#include "ui/readiness.h"
#include "ui/words.h"

bool
plan_expired(const struct plan *plan, int64_t now)
{
	return plan->expires_at != TIME_UNKNOWN && now >= plan->expires_at;
}

const char *
plan_act(const char *act)
{
	return !act ? "?" : strcmp(act, "deploy") == 0 ? _("deploy") :
	    strcmp(act, "rollback") == 0 ? _("rollback") : act;
}

void
plan_title(struct row *r, const struct plan *plan, const char *act,
    const char *environment, const struct environment *env)
{
	struct buf b = BUF_INIT(1024);
	char text[CLOCK_TEXT_MAX];
	int64_t left;

	row_printf(r, INK_TITLE, " %s %s ", plan_act(act),
	    env ? words_title(env) : environment);
	if (plan && plan->expires_at != TIME_UNKNOWN && !plan->blocked) {
		left = plan->expires_at - r->d->now;
		left = left > 0 ? left : 0;
		buf_addf(&b, _(" holds for %s "), words_span(left, text));
		row_right(r, left > 15000 ? INK_DIM : INK_WARN, buf_str(&b));
		row_right(r, INK_TEXT, " ");
	}
	if (env && env->production) {
		buf_clear(&b);
		buf_addf(&b, " %s ", _("PRODUCTION"));
		row_right(r, INK_PRODUCTION, buf_str(&b));
		row_right(r, INK_TEXT, " ");
	}
	buf_release(&b);
}

/* "v1.4.1 › v1.4.2 (9d20b11a), by github, takes about 4m". */
static void
summary(struct pen *p, const struct plan *plan)
{
	struct buf b = BUF_INIT(8192);
	char text[CLOCK_TEXT_MAX];

	if (plan->title)
		pen_text(p, INK_TEXT, plan->title);
	buf_addf(&b, "%s %s %s", plan->from ? plan->from : "?",
	    draw_glyph(p->d, GLYPH_INTO), plan->target ? plan->target : "?");
	if (plan->target_commit)
		buf_addf(&b, " (%.8s)", plan->target_commit);
	if (plan->via)
		buf_addf(&b, _(", through %s"), plan->via);
	if (plan->estimate_ms >= 0)
		buf_addf(&b, _(", takes about %s"),
		    words_span(plan->estimate_ms, text));
	else
		buf_adds(&b, _(", how long it takes is not known"));
	pen_text(p, INK_TITLE, buf_str(&b));
	buf_release(&b);
}

/* What is known of the way back, when that is the way taken. */
static void
way_back(struct pen *p, const struct environment *env)
{
	const struct readiness *r = &env->readiness;

	p->line++;
	p->line += readiness_slot(p->d, p->a, p->line, 4, r);
	readiness_failing(p, r);
}

static void
lines(struct pen *p, const struct text_lines *t, const char *title,
    bool numbered)
{
	struct buf b = BUF_INIT(8192);
	size_t i;

	if (t->count > 0)
		pen_heading(p, INK_TITLE, title);
	for (i = 0; i < t->count; i++) {
		buf_clear(&b);
		if (numbered)
			buf_addf(&b, "%zu. ", i + 1);
		buf_adds(&b, t->items[i]);
		pen_glyph(p, " ", INK_TEXT, buf_str(&b));
	}
	buf_release(&b);
}

void
plan_page(struct pen *p, const struct plan *plan,
    const struct environment *env, const char *said)
{
	size_t i;

	while (said && *said) {
		size_t n = strcspn(said, "\n");
		struct buf b = BUF_INIT(8192);

		buf_add(&b, said, n);
		pen_status(p, STATUS_WARN, INK_WARN, buf_str(&b));
		buf_release(&b);
		said += n + (said[n] == '\n');
	}
	summary(p, plan);
	for (i = 0; i < plan->warnings.count; i++)
		pen_status(p, STATUS_WARN, INK_WARN, plan->warnings.items[i]);
	if (env && env->readiness.used && plan->act &&
	    strcmp(plan->act, "rollback") == 0)
		way_back(p, env);
	lines(p, &plan->effect, _("what comes of it"), false);
	lines(p, &plan->steps, _("step by step"), true);
	lines(p, &plan->commands, _("the exact commands"), false);
}

int
plan_foot(struct draw *d, const struct area *a, int line, int most,
    const struct plan *plan)
{
	struct area beside = *a;
	struct row r = row_in(d, a, line);
	struct buf b = BUF_INIT(8192);
	enum ink ink = INK_ACCENT;
	int used;

	if (plan->blocked) {
		row_status(&r, STATUS_CRIT);
		ink = INK_CRIT;
		buf_addf(&b, _("this cannot be done: %s"), plan->blocked);
	} else if (plan_expired(plan, d->now)) {
		row_status(&r, STATUS_WARN);
		ink = INK_WARN;
		buf_addf(&b, _("this plan has expired: %s asks for it anew"),
		    draw_glyph(d, GLYPH_ENTER));
	} else if (plan_simple(plan)) {
		row_text(&r, INK_KEY, draw_glyph(d, GLYPH_INTO));
		buf_adds(&b, _("y starts it, Esc leaves without doing "
		    "anything"));
	} else {
		row_text(&r, INK_KEY, draw_glyph(d, GLYPH_INTO));
		buf_addf(&b, plan->needs_reason ?
		    _("%s, then type %s and the reason: it starts; Esc leaves "
		    "without doing anything") :
		    _("%s, then type %s: it starts; Esc leaves without doing "
		    "anything"), draw_glyph(d, GLYPH_ENTER), plan->word);
	}
	beside.x += 2;
	beside.w -= 2;
	used = draw_wrapped(d, &beside, line, most, ink, buf_str(&b));
	buf_release(&b);
	return used > 0 ? used : 1;
}
