/* Whether a rollback would work, for people. See out.h. */
#include "client/out.h"

#include "base/i18n.h"

static void
checks(const struct out *o, const struct readiness *r, struct buf *b)
{
	char age[CLOCK_TEXT_MAX];
	size_t i;

	for (i = 0; i < r->check_count; i++) {
		const struct readiness_check *c = &r->checks[i];

		buf_adds(b, "    ");
		out_mark(o, b, c->status);
		buf_addc(b, ' ');
		out_column(b, _(readiness_code_name(c->code)), 10);
		buf_adds(b, c->text ? c->text : "");
		if (c->evidence_at != TIME_UNKNOWN)
			buf_addf(b, _(" (%s ago)"),
			    clock_age(o->now - c->evidence_at, age));
		buf_addc(b, '\n');
	}
}

void
out_readiness(const struct out *o, struct buf *b)
{
	const struct model *m = o->model;
	char age[CLOCK_TEXT_MAX];
	size_t i;

	for (i = 0; i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];
		const struct readiness *r = &env->readiness;

		if (!out_wants(o, env) || (!r->used && !o->environment))
			continue;
		buf_addf(b, "%s  ", env->title ? env->title : env->name);
		if (!r->used) {
			buf_addf(b, "%s\n", _("not judged: no repository, or "
			    "a developer's own machine"));
			continue;
		}
		readiness_text(r, o->now, b);
		buf_addc(b, '\n');
		checks(o, r, b);
		if (r->restore && r->restores_to != TIME_UNKNOWN) {
			buf_adds(b, "    ");
			buf_addf(b, _("a restore would lose the last %s"),
			    clock_age(o->now - r->restores_to, age));
			buf_addc(b, '\n');
		}
		if (r->no_return) {
			buf_adds(b, "    ");
			buf_addf(b, _("point of no return at %s: %s"),
			    r->no_return, r->no_return_why ?
			    r->no_return_why : "?");
			buf_addc(b, '\n');
		}
	}
}
