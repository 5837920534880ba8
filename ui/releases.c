#include "ui/releases.h"

#include "base/i18n.h"
#include "base/text.h"
#include "model/release.h"
#include "ui/words.h"

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

static void
draw_head(struct row *r, const struct model *m)
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

/* As wide as the widest of the tags shown, within reason. */
static int
tag_width(const struct releases *r, int lines)
{
	int most = 6, i, w;

	for (i = 0; i < lines; i++) {
		w = text_width(r->items[i].tag);
		most = w > most ? w : most;
	}
	return most < TAG_WIDTH ? most : TAG_WIDTH;
}

/* Columns that the names of where they run take. */
static int
where_width(const struct model *m, int lines)
{
	int most = 0, i, w;
	size_t k;

	for (i = 0; i < lines; i++) {
		w = 0;
		for (k = 0; k < m->environment_count; k++)
			if (release_runs_in(&m->releases.items[i],
			    &m->environments[k]))
				w += 1 + text_width(words_title(
				    &m->environments[k]));
		most = w > most ? w : most;
	}
	return most;
}

static void
draw_where(struct row *r, const struct model *m, const struct release *item)
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

/* What is out of the ordinary, before who made it. */
static void
draw_note(struct row *r, const struct release *item)
{
	if (item->moved)
		row_printf(r, INK_WARN, "%s ", _("moved at the remote"));
	if (item->yanked)
		row_printf(r, INK_WARN, "%s ", _("yanked"));
	if (item->redeploys) {
		row_printf(r, INK_DIM, _("redeploys %s"), item->redeploys);
		row_text(r, INK_DIM, " ");
	}
}

static void
draw_line(struct row *r, const struct model *m, const struct release *item,
    int width, int where)
{
	struct buf b = BUF_INIT(256);
	struct row end = *r, names;

	words_age(r->d->now, item->date, &b);
	row_cell(r, item->version ? INK_TEXT : INK_DIM, item->tag, width,
	    false);
	row_cell(r, INK_DIM, buf_str(&b), 6, true);
	row_skip(r, 2);
	if (item->author && row_left(r) > AUTHOR_WIDTH + 14) {
		end.x = r->end - AUTHOR_WIDTH;
		row_cell(&end, INK_DIM, item->author, AUTHOR_WIDTH, false);
		r->end -= AUTHOR_WIDTH + 1;
	}
	names = *r;
	draw_where(&names, m, item);
	row_skip(r, where + 1);
	draw_note(r, item);
	if (item->subject && row_left(r) > 10)
		row_text(r, INK_DIM, item->subject);
	buf_release(&b);
}

int
releases_pane(const struct model *m, struct draw *d, const struct area *a)
{
	const struct releases *all = &m->releases;
	struct area box = *a, in;
	bool grey = d->grey;
	int line, lines, width, where;
	struct row title;

	lines = all->count < RELEASES_SHOWN ? (int)all->count : RELEASES_SHOWN;
	if (box.h > lines + 2)
		box.h = lines + 2;
	in = draw_frame(d, &box, FRAME_PLAIN);
	title = row_on_frame(d, &box);
	draw_head(&title, m);
	if (in.w > 34) {
		in.x++;
		in.w -= 2;
	}
	lines = in.h < lines ? in.h : lines;
	width = tag_width(all, lines);
	where = where_width(m, lines);
	d->grey = grey || observation_stale(&all->seen, d->now);
	for (line = 0; line < lines; line++) {
		struct row r = row_in(d, &in, line);

		draw_line(&r, m, &all->items[line], width, where);
	}
	d->grey = grey;
	return box.h;
}
