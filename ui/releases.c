#include "ui/releases.h"

#include "base/i18n.h"
#include "base/text.h"
#include "model/release.h"
#include "ui/words.h"

#define TAG_LEAST 6
#define TAG_WIDTH 20
#define AUTHOR_WIDTH 12

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

/* Columns that the names of where it runs take. */
static int
where_width(const struct model *m, const struct release *item)
{
	int w = 0;
	size_t k;

	for (k = 0; k < m->environment_count; k++)
		if (release_runs_in(item, &m->environments[k]))
			w += 1 + text_width(words_title(&m->environments[k]));
	return w;
}

void
releases_measure(const struct model *m, const struct release *item,
    struct releases_widths *w)
{
	int tag = text_width(item->tag);
	int kind = text_width(release_kind_text(item));
	int where = where_width(m, item);

	tag = tag < TAG_LEAST ? TAG_LEAST : tag > TAG_WIDTH ? TAG_WIDTH : tag;
	w->tag = tag > w->tag ? tag : w->tag;
	w->kind = kind > w->kind ? kind : w->kind;
	w->where = where > w->where ? where : w->where;
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
}

/* What is out of the ordinary: what to be warned of, and what to know. */
static void
note(const struct release *item, struct buf *warn, struct buf *know)
{
	if (item->moved)
		buf_addf(warn, "%s ", _("moved at the remote"));
	if (item->yanked)
		buf_addf(warn, "%s ", _("yanked"));
	if (item->redeploys) {
		buf_addf(know, _("redeploys %s"), item->redeploys);
		buf_addc(know, ' ');
	}
}

void
releases_draw(struct row *r, const struct model *m,
    const struct release *item, const struct releases_widths *w)
{
	struct buf b = BUF_INIT(256), warn = BUF_INIT(1024);
	struct buf know = BUF_INIT(4096);
	struct row end = *r, names;
	int least;

	words_age(r->d->now, item->date, &b);
	row_cell(r, item->version ? INK_TEXT : INK_DIM, item->tag, w->tag,
	    false);
	row_cell(r, INK_DIM, buf_str(&b), 6, true);
	row_skip(r, 2);
	if (w->kind > 0) {
		row_cell(r, INK_DIM, release_kind_text(item), w->kind, false);
		row_skip(r, 2);
	}
	note(item, &warn, &know);
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

int
releases_pane(const struct model *m, struct draw *d, const struct area *a)
{
	const struct releases *all = &m->releases;
	struct area box = *a, in;
	bool grey = d->grey;
	struct releases_widths w = {0};
	int line, lines;
	struct row title;

	lines = all->count < RELEASES_SHOWN ? (int)all->count : RELEASES_SHOWN;
	if (box.h > lines + 2)
		box.h = lines + 2;
	in = draw_frame(d, &box, FRAME_PLAIN);
	title = row_on_frame(d, &box);
	releases_head(&title, m);
	if (in.w > 34) {
		in.x++;
		in.w -= 2;
	}
	lines = in.h < lines ? in.h : lines;
	for (line = 0; line < lines; line++)
		releases_measure(m, &all->items[line], &w);
	/* The slot is for where they run; the view says what they are. */
	w.kind = 0;
	d->grey = grey || observation_stale(&all->seen, d->now);
	for (line = 0; line < lines; line++) {
		struct row r = row_in(d, &in, line);

		releases_draw(&r, m, &all->items[line], &w);
	}
	d->grey = grey;
	return box.h;
}
