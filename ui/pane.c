#include "ui/pane.h"

#include "base/alloc.h"
#include "base/text.h"

/* Lists and panes stand side by side from this width on. */
#define WIDE 100
#define PANE_LEAST 5
#define PARAGRAPH 64

/* --- the pen ---------------------------------------------------------- */

struct row
pen_row(struct pen *p)
{
	return row_in(p->d, p->a, p->line++);
}

void
pen_text(struct pen *p, enum ink ink, const char *text)
{
	p->line += draw_wrapped(p->d, p->a, p->line, PARAGRAPH, ink, text);
}

void
pen_printf(struct pen *p, enum ink ink, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	pen_text(p, ink, text);
	free(text);
}

/* Beside what takes the first two columns. */
static void
beside(struct pen *p, enum ink ink, const char *text)
{
	struct area a = *p->a;
	int used;

	a.x += 2;
	a.w -= 2;
	used = draw_wrapped(p->d, &a, p->line, PARAGRAPH, ink, text);
	p->line += used > 0 ? used : 1;
}

void
pen_glyph(struct pen *p, const char *glyph, enum ink ink, const char *text)
{
	struct row r = row_in(p->d, p->a, p->line);

	row_text(&r, ink, glyph);
	beside(p, ink, text);
}

void
pen_status(struct pen *p, enum status s, enum ink ink, const char *text)
{
	struct row r = row_in(p->d, p->a, p->line);

	row_status(&r, s);
	beside(p, ink, text);
}

void
pen_heading(struct pen *p, enum ink ink, const char *text)
{
	p->line++;
	pen_text(p, ink, text);
}

struct row
pen_labelled(struct pen *p, const char *label, int width)
{
	struct row r = pen_row(p);

	row_cell(&r, INK_DIM, label, width, false);
	row_skip(&r, 2);
	return r;
}

/* --- the pane --------------------------------------------------------- */

struct area
pane_frame(struct draw *d, const struct area *a, enum frame f)
{
	struct area in = draw_frame(d, a, f);

	if (in.w > 34) {
		in.x++;
		in.w -= 2;
	}
	return in;
}

void
pane_split(const struct area *a, int rows, struct area *list,
    struct area *pane)
{
	*list = *pane = *a;
	if (a->w >= WIDE) {
		list->w = a->w * 3 / 5;
		pane->x += list->w;
		pane->w -= list->w;
		return;
	}
	list->h = rows + 2 > a->h / 2 ? a->h / 2 : rows + 2;
	list->h = list->h < 3 ? 3 : list->h;
	if (a->h - list->h < PANE_LEAST)
		list->h = a->h;
	pane->y += list->h;
	pane->h -= list->h;
}

void
pane_draw(struct pane *p, struct draw *d, const struct area *inside,
    struct row *title, pane_fn *fn, void *arg)
{
	struct area nowhere = {inside->y, inside->x, 0, inside->w};
	struct pen pen = {d, &nowhere, 0};
	char number[64];
	int lines;

	fn(arg, &pen);
	lines = pen.line;
	p->page = inside->h;
	p->most = lines > inside->h ? lines - inside->h : 0;
	p->skip = p->skip > p->most ? p->most : p->skip;
	pen = (struct pen){d, inside, -p->skip};
	fn(arg, &pen);
	if (p->most == 0)
		return;
	snprintf(number, sizeof(number), " %s%d/%d%s ", p->skip > 0 ?
	    draw_glyph(d, GLYPH_MORE_UP) : "", p->skip + inside->h, lines,
	    p->skip < p->most ? draw_glyph(d, GLYPH_MORE_DOWN) : "");
	row_right(title, INK_DIM, number);
}

void
pane_scroll(struct pane *p, int by)
{
	p->skip += by * (p->page > 1 ? p->page / 2 : 1);
	p->skip = p->skip > p->most ? p->most : p->skip < 0 ? 0 : p->skip;
}
