/* How lines are laid on the screen. See view-log-private.h. */
#include "ui/view-log-private.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/words.h"

struct margins {
	int time, service;
};

static struct margins
margins_of(const struct log_view *v, const struct area *a)
{
	struct margins m = {.time = v->times && a->w >= 30 ? 9 : 0};
	size_t i;

	for (i = 0; i < v->lines.service_count; i++) {
		int w = text_width(v->lines.services[i]);

		m.service = w > m.service ? w : m.service;
	}
	if (v->lines.service_count < 2 && v->services[0])
		m.service = 0;
	if (m.service > a->w / 4)
		m.service = a->w / 4;
	if (m.service > 0)
		m.service += 3;
	return m;
}

static int
height_of(const struct log_view *v, size_t i, int width)
{
	const char *text = log_lines_at(&v->lines, i)->text;
	int lines = 1;

	if (!v->wrap || width < 4)
		return 1;
	while (text_width(text) > width) {
		text += draw_wrap_at(text, width);
		text += strspn(text, " ");
		if (*text)
			lines++;
	}
	return lines;
}

static enum ink
severity_ink(const struct log_entry *e)
{
	switch (e->severity) {
	case SEVERITY_ERROR:
		return INK_CRIT;
	case SEVERITY_WARN:
		return INK_WARN;
	case SEVERITY_DEBUG:
		return INK_DIM;
	default:
		return INK_TEXT;
	}
}

static void
draw_prefix(const struct log_view *v, struct row *r, const struct log_entry *e,
    const struct margins *m)
{
	static const enum ink inks[] = {INK_ACCENT, INK_SPARK, INK_TITLE,
	    INK_DIM};
	char text[CLOCK_TEXT_MAX];

	if (m->time)
		row_cell(r, INK_DIM, clock_time_of_day(e->at, text), m->time,
		    false);
	if (!m->service)
		return;
	row_cell(r, inks[e->service < 0 ? 3 : e->service % 4],
	    e->service < 0 ? "" : v->lines.services[e->service],
	    m->service - 3, false);
	row_printf(r, INK_BORDER, " %s ", draw_glyph(r->d, GLYPH_BAR));
}

/* One entry from `line` on; returns the lines it took. */
static int
draw_entry(const struct log_view *v, struct draw *d, const struct area *a,
    int line, size_t i, const struct margins *m)
{
	const struct log_entry *e = log_lines_at(&v->lines, i);
	bool selected = !v->follow && v->lines.first + i == v->cursor;
	const char *text = e->text;
	int taken = 0;
	struct row r;

	do {
		struct area whole = {a->y + line + taken, a->x, 1, a->w};
		size_t n = strlen(text);
		char *part;

		r = row_in(d, a, line + taken);
		if (selected && line + taken < a->h) {
			d->ground = INK_SELECTED;
			draw_fill(d, &whole);
		}
		if (taken == 0)
			draw_prefix(v, &r, e, m);
		else
			row_skip(&r, m->time + m->service);
		if (v->wrap && row_left(&r) > 3)
			n = draw_wrap_at(text, row_left(&r));
		else
			text += text_fit(text, v->shift, NULL);
		part = xstrndup(text, n);
		row_marked(&r, e->service < 0 ? INK_ACCENT : severity_ink(e),
		    part, v->search);
		free(part);
		d->ground = INK_NONE;
		taken++;
		if (!v->wrap || row_left(&r) < 0)
			break;
		text += n;
		text += strspn(text, " ");
	} while (*text && line + taken < a->h);
	return taken;
}

/* Which entry stands first, so that the cursor, or the end, is in sight. */
static size_t
place_top(struct log_view *v, int height, int width)
{
	size_t last = log_index(v, v->cursor), top, i;
	int used;

	if (v->follow) {
		last = v->lines.count - 1;
		v->cursor = v->lines.first + last;
	}
	last = log_nearest(v, last, -1);
	if (last == NOWHERE)
		last = log_nearest(v, 0, 1);
	if (last == NOWHERE)
		return NOWHERE;
	if (!v->follow)
		v->cursor = v->lines.first + last;
	/* The highest place from which the last one still fits. */
	used = height_of(v, last, width);
	for (top = last; (i = log_step(v, top, -1)) != NOWHERE; top = i) {
		used += height_of(v, i, width);
		if (used > height)
			break;
	}
	if (!v->follow) {
		i = log_nearest(v, log_index(v, v->top), -1);
		/* Keep the old place where that shows the cursor. */
		if (i != NOWHERE && i >= top && i <= last)
			top = i;
		else if (i != NOWHERE && i > last)
			top = last;
	}
	v->top = v->lines.first + top;
	return top;
}

size_t
log_at_row(const struct log_view *v, int y)
{
	struct margins m = margins_of(v, &v->rows);
	size_t i = v->lines.count > 0 && y >= v->rows.y ?
	    log_index(v, v->top) : NOWHERE;
	int line = v->rows.y;

	for (; i != NOWHERE; i = log_step(v, i, 1)) {
		line += height_of(v, i, v->rows.w - m.time - m.service);
		if (y < line)
			break;
	}
	return i;
}

static void
draw_body(struct log_view *v, struct draw *d, const struct area *a)
{
	struct margins m = margins_of(v, a);
	size_t i = v->lines.count > 0 ?
	    place_top(v, a->h, a->w - m.time - m.service) : NOWHERE;
	struct row r = row_in(d, a, 0);
	int line = 0;

	v->rows = *a;
	if (i == NOWHERE) {
		row_text(&r, INK_DIM, v->lines.count > 0 ?
		    _("no line is that severe") : v->ended ?
		    _("nothing was logged") : _("waiting for lines"));
		return;
	}
	for (; i != NOWHERE && line < a->h; i = log_step(v, i, 1))
		line += draw_entry(v, d, a, line, i, &m);
}

static void
search_position(const struct log_view *v, struct buf *b)
{
	size_t i, total = 0, at = 0, cursor = log_index(v, v->cursor);

	for (i = 0; i < v->lines.count; i++) {
		if (!log_shown(v, i) ||
		    !text_contains(log_lines_at(&v->lines, i)->text,
		    v->search))
			continue;
		total++;
		if (i <= cursor)
			at = total;
	}
	buf_addf(b, " %zu/%zu ", at, total);
}

static void
draw_title(struct log_view *v, struct row *r, const struct environment *env)
{
	static const char *const least[] = {
		[SEVERITY_INFO] = N_("info and worse"),
		[SEVERITY_WARN] = N_("warnings and errors"),
		[SEVERITY_ERROR] = N_("errors"),
	};
	struct buf b = BUF_INIT(4096);
	size_t i;

	row_text(r, INK_TEXT, " ");
	row_printf(r, env && env->production ? INK_PRODUCTION : INK_TITLE,
	    env && env->production ? " %s " : "%s",
	    env ? words_title(env) : v->environment);
	row_printf(r, INK_DIM, " %s %s ", draw_glyph(r->d, GLYPH_INTO),
	    _("logs"));
	buf_addf(&b, ngettext(" %zu line ", " %zu lines ", v->lines.count),
	    v->lines.count);
	row_right(r, INK_DIM, buf_str(&b));
	row_right(r, v->follow ? INK_OK : INK_WARN, v->follow ?
	    (v->ended ? _(" ended ") : _(" following ")) :
	    v->let_go ? _(" staying, stream held ") : _(" staying "));
	if (v->least > SEVERITY_DEBUG) {
		buf_clear(&b);
		buf_addf(&b, " %s ", _(least[v->least]));
		row_right(r, INK_WARN, buf_str(&b));
	}
	if (v->search) {
		buf_clear(&b);
		search_position(v, &b);
		row_right(r, INK_MATCH, buf_str(&b));
	}
	buf_clear(&b);
	for (i = 0; v->services[i]; i++)
		buf_addf(&b, "%s%s", i ? ", " : "", v->services[i]);
	row_printf(r, INK_TITLE, "%s ", v->services[0] ? buf_str(&b) :
	    _("all services"));
	buf_release(&b);
}

void
log_draw(struct view *view, struct draw *d, const struct area *a)
{
	struct log_view *v = (struct log_view *)view;
	const struct environment *env = console_environment(view->console,
	    v->environment);
	struct area in = draw_frame(d, a, env && env->production ?
	    FRAME_PRODUCTION : FRAME_PLAIN);
	struct row title = row_on_frame(d, a);
	bool grey = d->grey;

	/* Lines stay what they are, however old the rest is. */
	d->grey = false;
	draw_title(v, &title, env);
	draw_body(v, d, &in);
	d->grey = grey;
}
