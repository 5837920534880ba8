/* The series of backups, for people. See out.h. */
#include "client/out.h"

#include "base/i18n.h"
#include "base/text.h"

static void
series_line(const struct out *o, const struct backup_series *s, struct buf *b)
{
	const struct backup *newest = s->count ? &s->items[0] : NULL;
	char bytes[TEXT_BYTES_MAX];

	buf_adds(b, "  ");
	out_mark(o, b, s->status);
	buf_addc(b, ' ');
	out_column(b, s->kind, 12);
	if (newest) {
		out_age(o, b, newest->taken_at, 5);
		out_column(b, text_bytes(newest->bytes, bytes), 10);
		out_column(b, _(size_verdict_name(newest->size)), 10);
		out_column(b, _(rung_name(newest->rung)), 15);
		buf_addf(b, "%s ", _("verified"));
		out_age(o, b, newest->verified_at, 5);
	} else {
		out_column(b, s->seen.observed_at == TIME_UNKNOWN ?
		    _("not listed yet") : _("none"), 40);
	}
	if (s->total >= 0)
		buf_addf(b, s->keep > 0 ? _("%d of %d") : "%d", s->total,
		    s->keep);
	if (s->gaps > 0)
		buf_addf(b, ngettext(", %d gap", ", %d gaps", s->gaps),
		    s->gaps);
	if (s->place)
		buf_addf(b, "  %s", s->place);
	buf_addc(b, '\n');
}

static void
series_remarks(const struct out *o, const struct backup_series *s,
    struct buf *b)
{
	size_t i;

	for (i = 0; i < s->causes.count; i++) {
		buf_adds(b, "      ");
		out_mark(o, b, s->causes.items[i].severity);
		buf_addc(b, ' ');
		cause_text(&s->causes.items[i], b);
		buf_addc(b, '\n');
	}
	if (s->seen.error)
		buf_addf(b, "      %s\n", s->seen.error);
	if (s->tested_by) {
		char age[CLOCK_TEXT_MAX];

		buf_adds(b, "      ");
		buf_addf(b, _("%s passed %s ago"), s->tested_by,
		    clock_age(o->now - s->tested_at, age));
		buf_addc(b, '\n');
	}
	if (s->verifying) {
		buf_adds(b, "      ");
		buf_addf(b, _("verifying %s: %s"), s->verifying,
		    _(rung_name(s->verifying_rung)));
		buf_addc(b, '\n');
	}
}

void
out_backups(const struct out *o, struct buf *b)
{
	const struct model *m = o->model;
	size_t i, k;

	for (i = 0; i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];

		if (!out_wants(o, env))
			continue;
		buf_addf(b, "%s%s\n", env->title ? env->title : env->name,
		    env->backup_count ? "" : _(": no backups are configured"));
		for (k = 0; k < env->backup_count; k++) {
			series_line(o, &env->backups[k], b);
			series_remarks(o, &env->backups[k], b);
		}
	}
}
