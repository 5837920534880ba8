#include "ui/release-pane.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/release.h"
#include "ui/releases.h"
#include "ui/words.h"

#define AUTHOR_WIDTH 12
#define PARAGRAPH 64

/* The pen: goes down as lines are written, those scrolled away as well. */
struct pen {
	struct draw *d;
	const struct area *a;
	int line;
};

static struct row
next(struct pen *p)
{
	return row_in(p->d, p->a, p->line++);
}

static void
paragraph(struct pen *p, enum ink ink, const char *text)
{
	p->line += draw_wrapped(p->d, p->a, p->line, PARAGRAPH, ink, text);
}

/* An empty line, then a sentence as a heading. */
static void
heading(struct pen *p, enum ink ink, const char *text)
{
	p->line++;
	paragraph(p, ink, text);
}

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
			paragraph(p, INK_TEXT, line);
		free(line);
		text += n + (text[n] == '\n');
	}
}

static void
draw_commits(struct pen *p, const struct commits *c)
{
	size_t i;

	if (!commits_known(c))
		paragraph(p, INK_DIM, _("reading the commits…"));
	else if (commits_error(c))
		paragraph(p, INK_WARN, commits_error(c));
	else if (commits_count(c) == 0)
		paragraph(p, INK_DIM, _("none"));
	for (i = 0; i < commits_count(c); i++) {
		const struct commit *commit = commits_at(c, i);
		struct row r = next(p);

		row_printf(&r, INK_ACCENT, "%-8.8s ", commit->commit);
		if (row_left(&r) > 3 * AUTHOR_WIDTH) {
			row_cell(&r, INK_DIM, commit->author, AUTHOR_WIDTH,
			    false);
			row_skip(&r, 1);
		}
		row_text(&r, INK_TEXT, commit->subject);
	}
	if (commits_more(c))
		paragraph(p, INK_DIM, _("and more"));
}

/* What keeps the lines above from being the whole truth. */
static void
caveats(struct pen *p, const struct releases *all, const struct release *r)
{
	char *text;

	if (!r->notes && all->changelog_error) {
		text = xasprintf(_("no notes: %s"), all->changelog_error);
		heading(p, INK_WARN, text);
		free(text);
	}
	if (all->shallow == TRI_YES)
		heading(p, INK_WARN,
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
	paragraph(p, INK_DIM, buf_str(&b));
	if (r->subject)
		paragraph(p, INK_TEXT, r->subject);
	buf_release(&b);
}

/* What the operator should know before deploying it. */
static void
marks(struct pen *p, const struct release *r)
{
	char *text;

	if (r->moved)
		paragraph(p, INK_WARN, _("moved at the remote"));
	if (r->yanked)
		paragraph(p, INK_WARN, _("yanked"));
	if (!r->annotated)
		paragraph(p, INK_DIM, _("light tag"));
	if (r->redeploys) {
		text = xasprintf(_("redeploys %s"), r->redeploys);
		paragraph(p, INK_TEXT, text);
		free(text);
	}
}

static void
runs(struct pen *p, const struct model *m, const struct release *item)
{
	size_t i;

	for (i = 0; i < m->environment_count; i++) {
		if (release_runs_in(item, &m->environments[i])) {
			struct row r = next(p);

			row_printf(&r, INK_DIM, "%s ", _("runs in"));
			releases_where(&r, m, item);
			return;
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
	marks(p, r);
	runs(p, pane->model, r);
	if (r->notes) {
		p->line++;
		notes(p, r->notes);
	}
	heading(p, INK_TITLE, text);
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
		heading(p, INK_TITLE, r->tag);
		notes(p, r->notes);
	}
}

static void
draw_two(struct pen *p, const struct release_pane *pane)
{
	char *text = xasprintf(_("commits that %s has and %s has not"),
	    pane->to->tag, pane->from->tag);

	about(p, pane->from);
	about(p, pane->to);
	notes_between(p, pane);
	heading(p, INK_TITLE, text);
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

int
release_pane_draw(const struct release_pane *p, struct draw *d,
    const struct area *a)
{
	struct pen pen = {d, a, -p->skip};

	if (p->from)
		draw_two(&pen, p);
	else
		draw_one(&pen, p);
	caveats(&pen, &p->model->releases, p->to);
	return pen.line + p->skip;
}
