#include "ui/releases.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "model/release.h"
#include "ui/pipelines.h"
#include "ui/readiness.h"
#include "ui/words.h"

#define TAG_LEAST 6
#define TAG_WIDTH 20
#define AUTHOR_WIDTH 12
#define NOTES_WIDTH 10
#define IMAGE_WIDTH 7

bool
releases_worth_a_pane(const struct model *m)
{
	return m->releases.seen.used && m->releases.count > 0;
}

/* Why the list may not be the truth; NULL when it is fresh. */
static const char *
trouble(const struct releases *r)
{
	if (r->seen.error)
		return r->seen.error;
	return r->fetched.error;
}

void
releases_head(struct row *r, const struct model *m)
{
	const struct releases *all = &m->releases;
	struct buf b = BUF_INIT(4096);

	row_printf(r, INK_TITLE, " %s ", _("releases"));
	if (trouble(all)) {
		words_age(r->d->now, all->seen.error ? all->seen.observed_at :
		    all->fetched.observed_at, &b);
		row_printf(r, INK_WARN, "%s ", draw_glyph(r->d, GLYPH_WARN));
		row_printf(r, INK_WARN, all->seen.error ?
		    _("not read for %s") : _("not fetched for %s"),
		    buf_str(&b));
		row_text(r, INK_WARN, " ");
	}
	buf_clear(&b);
	if (all->commits_since > 0) {
		buf_addf(&b, " %s +%d ", all->branch, all->commits_since);
		row_right(r, INK_DIM, buf_str(&b));
	}
	buf_release(&b);
}

/* What production would go back to. */
static bool
last_good(const struct model *m, const struct release *item)
{
	const struct environment *env = readiness_production(m);

	return env && env->readiness.target &&
	    strcmp(env->readiness.target, item->tag) == 0 &&
	    !release_runs_in(item, env);
}

/* Columns that the names of where it runs take. */
static int
where_width(const struct model *m, const struct release *item)
{
	int w = 0;
	size_t k;

	for (k = 0; k < m->environment_count; k++)
		if (release_runs_in(item, &m->environments[k]))
			w += 1 + text_width(words_title(&m->environments[k]));
	if (last_good(m, item))
		w += 1 + text_width(_("last good"));
	return w;
}

void
releases_where(struct row *r, const struct model *m, const struct release *item)
{
	size_t i;

	for (i = 0; i < m->environment_count; i++) {
		const struct environment *env = &m->environments[i];

		if (!release_runs_in(item, env))
			continue;
		row_text(r, env->production ? INK_PRODUCTION : INK_ACCENT,
		    words_title(env));
		row_text(r, INK_TEXT, " ");
	}
	if (last_good(m, item))
		row_printf(r, INK_OK, "%s ", _("last good"));
}

/* What somebody said of it. */
static void
mark_words(const struct draw *d, const struct model *m,
    const struct release *item, struct buf *b, enum ink *ink)
{
	const struct mark *mark = model_mark(m, item->tag);
	enum status s = mark && mark->word == MARK_BAD ? STATUS_CRIT :
	    STATUS_OK;

	*ink = draw_status_ink(s);
	if (mark && mark->word != MARK_NONE)
		buf_addf(b, "%s %s", draw_status_glyph(d, s),
		    words_mark(mark->word));
}

/* What is out of the ordinary: what to be warned of, and what to know. */
static void
note(const struct model *m, const struct release *item,
    const struct releases_widths *w, struct buf *warn, struct buf *know)
{
	const struct registry_image *image = registry_find(&m->registry,
	    item->tag);

	if (image && image->present == TRI_NO && !w->image)
		buf_addf(warn, "%s ", _("no image"));
	if (item->moved)
		buf_addf(warn, "%s ", _("moved at the remote"));
	if (item->yanked)
		buf_addf(warn, "%s ", _("yanked"));
	if (item->redeploys) {
		buf_addf(know, _("redeploys %s"), item->redeploys);
		buf_addc(know, ' ');
	}
}

static int
most_of(int a, int b)
{
	return a > b ? a : b;
}

void
releases_measure(const struct draw *d, const struct model *m,
    const struct release *item, struct releases_widths *w)
{
	struct buf mark = BUF_INIT(128), notes = BUF_INIT(4096);
	int tag = text_width(item->tag);
	enum ink ink;

	tag = tag < TAG_LEAST ? TAG_LEAST : tag > TAG_WIDTH ? TAG_WIDTH : tag;
	w->tag = most_of(w->tag, tag);
	w->kind = most_of(w->kind, text_width(release_kind_text(item)));
	w->where = most_of(w->where, where_width(m, item));
	w->checks = pipelines_used(m);
	w->image = m->registry.seen.used;
	mark_words(d, m, item, &mark, &ink);
	w->mark = most_of(w->mark, text_width(buf_str(&mark)));
	note(m, item, w, &notes, &notes);
	w->notes = most_of(w->notes, text_width(buf_str(&notes)));
	w->notes = w->notes < NOTES_WIDTH ? w->notes : NOTES_WIDTH;
	buf_release(&mark);
	buf_release(&notes);
}

void
releases_fit(struct releases_widths *w, int width)
{
	width -= w->tag + 8 + (w->mark > 0 ? w->mark + 2 : 0) + w->where + 1 +
	    w->notes + (w->checks ? PIPELINES_CHECKS : 0) +
	    (w->image ? IMAGE_WIDTH : 0);
	if (width < w->kind + 2)
		w->kind = 0;
	/* Its absence is among the notes then. */
	if (width < 0)
		w->image = false;
}

static void
draw_image(struct row *r, const struct model *m, const struct release *item)
{
	const struct registry_image *image = registry_find(&m->registry,
	    item->tag);
	enum status s = !image || image->present == TRI_UNKNOWN ?
	    STATUS_UNKNOWN : image->present == TRI_YES ? STATUS_OK :
	    STATUS_WARN;

	row_printf(r, INK_DIM, "%s ", _("img"));
	row_status(r, s);
	row_skip(r, 2);
}

/* The glyphs, in columns of their own; what is no version has none. */
static void
draw_evidence(struct row *r, const struct model *m,
    const struct release *item, const struct releases_widths *w)
{
	struct row at = *r;

	if (w->checks) {
		if (item->version)
			pipelines_checks_draw(&at, m, item->commit);
		row_skip(r, PIPELINES_CHECKS);
	}
	at = *r;
	if (w->image) {
		if (item->version)
			draw_image(&at, m, item);
		row_skip(r, IMAGE_WIDTH);
	}
}

void
releases_draw(struct row *r, const struct model *m,
    const struct release *item, const struct releases_widths *w)
{
	struct buf b = BUF_INIT(256), warn = BUF_INIT(1024);
	struct buf know = BUF_INIT(4096);
	struct row end = *r, names;
	enum ink ink;
	int least;

	words_age(r->d->now, item->date, &b);
	row_cell(r, item->version ? INK_TEXT : INK_DIM, item->tag, w->tag,
	    false);
	row_cell(r, INK_DIM, buf_str(&b), 6, true);
	row_skip(r, 2);
	if (w->mark > 0) {
		buf_clear(&b);
		mark_words(r->d, m, item, &b, &ink);
		row_cell(r, ink, buf_str(&b), w->mark, false);
		row_skip(r, 2);
	}
	if (w->kind > 0) {
		row_cell(r, INK_DIM, release_kind_text(item), w->kind, false);
		row_skip(r, 2);
	}
	draw_evidence(r, m, item, w);
	note(m, item, w, &warn, &know);
	least = w->where + 1 + text_width(buf_str(&warn)) +
	    text_width(buf_str(&know));
	least = least > 14 ? least : 14;
	if (item->author && row_left(r) > AUTHOR_WIDTH + least) {
		end.x = r->end - AUTHOR_WIDTH;
		row_cell(&end, INK_DIM, item->author, AUTHOR_WIDTH, false);
		r->end -= AUTHOR_WIDTH + 1;
	}
	names = *r;
	releases_where(&names, m, item);
	row_skip(r, w->where + 1);
	row_text(r, INK_WARN, buf_str(&warn));
	row_text(r, INK_DIM, buf_str(&know));
	if (item->subject && row_left(r) > 10)
		row_text(r, INK_DIM, item->subject);
	buf_release(&b);
	buf_release(&warn);
	buf_release(&know);
}

const char *
releases_no_return(const struct model *m)
{
	const struct environment *env = readiness_production(m);

	return env ? env->readiness.no_return : NULL;
}

void
releases_no_return_draw(struct row *r, const struct model *m)
{
	const struct environment *env = readiness_production(m);
	char *text = xasprintf(_("point of no return: %s"),
	    env->readiness.no_return_why ? env->readiness.no_return_why :
	    env->readiness.no_return);

	row_rule(r, INK_WARN, text);
	free(text);
}

static bool
is_no_return(const struct model *m, const struct release *item)
{
	const char *tag = releases_no_return(m);

	return tag && strcmp(tag, item->tag) == 0;
}

int
releases_pane_rows(const struct model *m)
{
	const struct releases *all = &m->releases;
	int rows = 2, i;

	for (i = 0; i < RELEASES_SHOWN && i < (int)all->count; i++)
		rows += 1 + is_no_return(m, &all->items[i]);
	return rows;
}

void
releases_pane(const struct model *m, struct draw *d, const struct area *a)
{
	const struct releases *all = &m->releases;
	struct area in = draw_frame(d, a, FRAME_PLAIN);
	struct row title = row_on_frame(d, a);
	struct releases_widths w = {0};
	bool grey = d->grey;
	int line, i, shown;

	releases_head(&title, m);
	if (in.w > 34) {
		in.x++;
		in.w -= 2;
	}
	shown = (int)all->count < in.h ? (int)all->count : in.h;
	for (i = 0; i < shown; i++)
		releases_measure(d, m, &all->items[i], &w);
	/* The slot is for where they run; the view says what they are. */
	w.kind = 0;
	w.image = false;
	d->grey = grey || observation_stale(&all->seen, d->now);
	for (i = 0, line = 0; i < shown && line < in.h; i++) {
		struct row r;

		if (is_no_return(m, &all->items[i]) && line + 1 < in.h) {
			r = row_in(d, &in, line++);
			releases_no_return_draw(&r, m);
		}
		r = row_in(d, &in, line++);
		releases_draw(&r, m, &all->items[i], &w);
	}
	d->grey = grey;
}
