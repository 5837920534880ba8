#include "ui/release-pane.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/release.h"
#include "ui/pipelines.h"
#include "ui/releases.h"
#include "ui/words.h"

#define AUTHOR_WIDTH 12

/* Each line of the notes on lines of its own. */
static void
notes(struct pen *p, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		char *line = xstrndup(text, n);

		if (n == 0)
			p->line++;
		else
			pen_text(p, INK_TEXT, line);
		free(line);
		text += n + (text[n] == '\n');
	}
}

static void
draw_commits(struct pen *p, const struct commits *c)
{
	size_t i;

	if (!commits_known(c))
		pen_text(p, INK_DIM, _("reading the commits…"));
	else if (commits_error(c))
		pen_text(p, INK_WARN, commits_error(c));
	else if (commits_count(c) == 0)
		pen_text(p, INK_DIM, _("none"));
	for (i = 0; i < commits_count(c); i++) {
		const struct commit *commit = commits_at(c, i);
		struct row r = pen_row(p);

		row_printf(&r, INK_ACCENT, "%-8.8s ", commit->commit);
		if (row_left(&r) > 3 * AUTHOR_WIDTH) {
			row_cell(&r, INK_DIM, commit->author, AUTHOR_WIDTH,
			    false);
			row_skip(&r, 1);
		}
		row_text(&r, INK_TEXT, commit->subject);
	}
	if (commits_more(c))
		pen_text(p, INK_DIM, _("and more"));
}

/* What keeps the lines above from being the whole truth. */
static void
caveats(struct pen *p, const struct releases *all, const struct release *r)
{
	char *text;

	if (!r->notes && all->changelog_error) {
		text = xasprintf(_("no notes: %s"), all->changelog_error);
		pen_heading(p, INK_WARN, text);
		free(text);
	}
	if (all->shallow == TRI_YES)
		pen_heading(p, INK_WARN,
		    _("the clone is shallow: older commits are missing"));
}

static void
about(struct pen *p, const struct release *r)
{
	struct buf b = BUF_INIT(4096);

	buf_addf(&b, "%.8s  ", r->commit);
	words_age(p->d->now, r->date, &b);
	if (r->author)
		buf_addf(&b, "  %s", r->author);
	pen_text(p, INK_DIM, buf_str(&b));
	if (r->subject)
		pen_text(p, INK_TEXT, r->subject);
	buf_release(&b);
}

/* What the operator should know before deploying it. */
static void
marks(struct pen *p, const struct release *r)
{
	char *text;

	if (r->moved)
		pen_text(p, INK_WARN, _("moved at the remote"));
	if (r->yanked)
		pen_text(p, INK_WARN, _("yanked"));
	if (!r->annotated)
		pen_text(p, INK_DIM, _("light tag"));
	if (r->redeploys) {
		text = xasprintf(_("redeploys %s"), r->redeploys);
		pen_text(p, INK_TEXT, text);
		free(text);
	}
}

static void
runs(struct pen *p, const struct model *m, const struct release *item)
{
	size_t i;

	for (i = 0; i < m->environment_count; i++) {
		if (release_runs_in(item, &m->environments[i])) {
			struct row r = pen_row(p);

			row_printf(&r, INK_DIM, "%s ", _("runs in"));
			releases_where(&r, m, item);
			return;
		}
	}
}

/* What somebody said of it, and why. */
static void
mark_line(struct pen *p, const struct model *m, const struct release *item)
{
	const struct mark *mark = model_mark(m, item->tag);
	struct buf b = BUF_INIT(8192);
	enum status s;

	if (!mark || mark->word == MARK_NONE)
		return;
	s = mark->word == MARK_BAD ? STATUS_CRIT : STATUS_OK;
	buf_addf(&b, _("marked %s by %s "), words_mark(mark->word),
	    mark->who ? mark->who : "?");
	words_ago(p->d->now, mark->at, &b);
	if (mark->why)
		buf_addf(&b, ": %s", mark->why);
	pen_status(p, s, draw_status_ink(s), buf_str(&b));
	buf_release(&b);
}

static void
checks_lines(struct pen *p, const struct model *m, const struct release *item)
{
	const struct commit_checks *c = pipelines_checks(&m->pipelines,
	    item->commit);
	struct buf b = BUF_INIT(8192);

	if (!pipelines_used(m))
		return;
	if (!c) {
		pen_status(p, STATUS_UNKNOWN, INK_UNKNOWN,
		    _("what CI said of it is not known"));
		return;
	}
	buf_addf(&b, "CI %s", words_run_state(c->ci));
	if (c->total > 0)
		buf_addf(&b, ngettext(", %d check", ", %d checks", c->total),
		    c->total);
	if (c->failed > 0)
		buf_addf(&b, _(", failed: %s"), c->failing ? c->failing : "?");
	else if (c->pending > 0)
		buf_addf(&b, _(", %d not done yet"), c->pending);
	pen_status(p, run_state_status(c->ci), pipelines_ink(c->ci) == INK_OK ?
	    INK_TEXT : pipelines_ink(c->ci), buf_str(&b));
	buf_clear(&b);
	if (c->e2e == RUN_UNKNOWN) {
		buf_adds(&b, _("no end-to-end tests are known of it"));
	} else {
		buf_addf(&b, "E2E %s", words_run_state(c->e2e));
		if (c->e2e_at != TIME_UNKNOWN) {
			buf_addc(&b, ' ');
			words_ago(p->d->now, c->e2e_at, &b);
		}
	}
	pen_status(p, run_state_status(c->e2e), pipelines_ink(c->e2e) == INK_OK
	    ? INK_TEXT : pipelines_ink(c->e2e), buf_str(&b));
	buf_release(&b);
}

static void
image_line(struct pen *p, const struct model *m, const struct release *item)
{
	const struct registry_image *image = registry_find(&m->registry,
	    item->tag);
	struct buf b = BUF_INIT(1024);
	enum status s;

	if (!m->registry.seen.used || !item->version)
		return;
	s = !image || image->present == TRI_UNKNOWN ? STATUS_UNKNOWN :
	    image->present == TRI_YES ? STATUS_OK : STATUS_WARN;
	buf_adds(&b, s == STATUS_OK ? _("its image is in the registry") :
	    s == STATUS_WARN ? _("its image is not in the registry") :
	    _("whether the registry has its image is not known"));
	if (image) {
		buf_addf(&b, ", %s ", _("looked at"));
		words_ago(p->d->now, image->checked_at, &b);
	} else if (m->registry.seen.error) {
		buf_addf(&b, ": %s", m->registry.seen.error);
	}
	pen_status(p, s, s == STATUS_OK ? INK_TEXT : draw_status_ink(s),
	    buf_str(&b));
	buf_release(&b);
}

static bool
was(const struct tenure *t, const struct release *item)
{
	if (t->commit)
		return strcmp(t->commit, item->commit) == 0;
	return t->tag && strcmp(t->tag, item->tag) == 0;
}

/* "PROD  9d ago until now, healthy 99.8%". */
static void
tenure_line(struct pen *p, const struct environment *env,
    const struct tenure *t, bool live)
{
	struct buf b = BUF_INIT(4096);
	size_t i;

	words_ago(p->d->now, t->first_seen, &b);
	if (live) {
		buf_addf(&b, " %s", _("until now"));
	} else {
		buf_addf(&b, " %s ", _("until"));
		words_ago(p->d->now, t->last_seen, &b);
	}
	if (t->observed_ms > 0 && t->healthy_ms >= 0) {
		buf_addf(&b, ", %s ", _("healthy"));
		words_share(t->healthy_ms, t->observed_ms, &b);
	} else {
		buf_addf(&b, ", %s", _("its health was not watched"));
	}
	for (i = 0; i < t->schema_count; i++)
		buf_addf(&b, ", %s %.8s", t->schemas[i].name,
		    t->schemas[i].fingerprint ? t->schemas[i].fingerprint :
		    "?");
	pen_printf(p, INK_TEXT, "%s  %s", words_title(env), buf_str(&b));
	buf_release(&b);
}

static void
tenures(struct pen *p, const struct model *m, const struct release *item)
{
	bool any = false;
	size_t i, k;

	for (i = 0; i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];

		for (k = 0; k < env->tenure_count; k++) {
			if (!was(&env->tenures[k], item))
				continue;
			if (!any)
				pen_heading(p, INK_TITLE, _("where it ran"));
			any = true;
			tenure_line(p, env, &env->tenures[k], k == 0);
		}
	}
}

static void
draw_one(struct pen *p, const struct release_pane *pane)
{
	const struct release *r = pane->to;
	char *text = r->previous ? xasprintf(_("commits since %s"),
	    r->previous) : xstrdup(_("commits"));

	about(p, r);
	mark_line(p, pane->model, r);
	marks(p, r);
	checks_lines(p, pane->model, r);
	image_line(p, pane->model, r);
	runs(p, pane->model, r);
	tenures(p, pane->model, r);
	if (r->notes) {
		p->line++;
		notes(p, r->notes);
	}
	pen_heading(p, INK_TITLE, text);
	draw_commits(p, pane->commits);
	free(text);
}

/* The notes of the versions after `from`, up to `to`, newest first. */
static void
notes_between(struct pen *p, const struct release_pane *pane)
{
	const struct releases *all = &pane->model->releases;
	size_t i;

	if (!pane->from->version || !pane->to->version)
		return;
	for (i = 0; i < all->count; i++) {
		const struct release *r = &all->items[i];

		if (!r->version || !r->notes ||
		    version_compare(r->tag, pane->from->tag) <= 0 ||
		    version_compare(r->tag, pane->to->tag) > 0)
			continue;
		pen_heading(p, INK_TITLE, r->tag);
		notes(p, r->notes);
	}
}

static void
draw_two(struct pen *p, const struct release_pane *pane)
{
	char *text = xasprintf(_("commits that %s has and %s has not"),
	    pane->to->tag, pane->from->tag);

	about(p, pane->from);
	mark_line(p, pane->model, pane->from);
	about(p, pane->to);
	mark_line(p, pane->model, pane->to);
	notes_between(p, pane);
	pen_heading(p, INK_TITLE, text);
	draw_commits(p, pane->commits);
	free(text);
}

void
release_pane_title(const struct release_pane *p, struct row *r)
{
	row_text(r, INK_TITLE, " ");
	if (p->from)
		row_printf(r, INK_TITLE, "%s %s ", p->from->tag,
		    draw_glyph(r->d, GLYPH_INTO));
	row_printf(r, INK_TITLE, "%s ", p->to->tag);
	if (!p->from && *release_kind_text(p->to))
		row_printf(r, INK_DIM, "%s ", release_kind_text(p->to));
}

void
release_pane_write(void *arg, struct pen *p)
{
	const struct release_pane *pane = arg;

	if (pane->from)
		draw_two(p, pane);
	else
		draw_one(p, pane);
	caveats(p, &pane->model->releases, pane->to);
}
