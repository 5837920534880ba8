#include "ui/draw.h"

#include <curses.h>
#include <math.h>
#include <strings.h>
#include <wchar.h>

#include "base/alloc.h"
#include "base/text.h"

static const struct {
	const char *utf8, *ascii;
} glyphs[GLYPH_COUNT] = {
	[GLYPH_OK] = {"●", "o"},
	[GLYPH_WARN] = {"▲", "!"},
	[GLYPH_CRIT] = {"■", "X"},
	[GLYPH_UNKNOWN] = {"?", "?"},
	[GLYPH_ELLIPSIS] = {"…", "~"},
	[GLYPH_RESTARTS] = {"↻", "x"},
	[GLYPH_SEPARATOR] = {"·", "-"},
	[GLYPH_BAR] = {"│", "|"},
	[GLYPH_ENTER] = {"⏎", "Enter"},
	[GLYPH_MORE_UP] = {"↑", "^"},
	[GLYPH_MORE_DOWN] = {"↓", "v"},
	[GLYPH_INTO] = {"›", ">"},
	[GLYPH_DOT] = {"·", "."},
	[GLYPH_RUNS] = {"▶", ">"},
	[GLYPH_WAITS] = {"‖", "="},
	[GLYPH_RULE] = {"─", "-"},
	[GLYPH_PAUSED] = {"□", "%"},
	[GLYPH_SKIPPED] = {"»", "/"},
};

const char *
draw_glyph(const struct draw *d, enum glyph g)
{
	return d->utf8 ? glyphs[g].utf8 : glyphs[g].ascii;
}

enum ink
draw_status_ink(enum status s)
{
	static const enum ink inks[] = {
		[STATUS_OK] = INK_OK, [STATUS_WARN] = INK_WARN,
		[STATUS_UNKNOWN] = INK_UNKNOWN, [STATUS_CRIT] = INK_CRIT,
	};

	return inks[s];
}

const char *
draw_status_glyph(const struct draw *d, enum status s)
{
	static const enum glyph by_status[] = {
		[STATUS_OK] = GLYPH_OK, [STATUS_WARN] = GLYPH_WARN,
		[STATUS_UNKNOWN] = GLYPH_UNKNOWN, [STATUS_CRIT] = GLYPH_CRIT,
	};

	return draw_glyph(d, by_status[s]);
}

static bool
is_status(enum ink i)
{
	return i >= INK_OK && i <= INK_UNKNOWN;
}

/* The ink over the ground in force, as curses wants it. */
static void
set_style(const struct draw *d, enum ink ink)
{
	static const struct {
		unsigned style;
		attr_t attribute;
	} map[] = {
		{STYLE_BOLD, A_BOLD}, {STYLE_DIM, A_DIM},
		{STYLE_ITALIC, A_ITALIC}, {STYLE_UNDERLINE, A_UNDERLINE},
		{STYLE_REVERSE, A_REVERSE},
	};
	struct style s;
	attr_t attributes = 0;
	int pair = 0;
	size_t i;

	if (d->grey && !is_status(ink) && ink != INK_PRODUCTION)
		ink = INK_STALE;
	s = d->theme->styles[ink];
	if (d->ground != INK_NONE) {
		const struct style *g = &d->theme->styles[d->ground];

		if (s.bg < 0)
			s.bg = g->bg;
		if (s.fg < 0 || d->ground == INK_ALARM)
			s.fg = g->fg;
		s.attributes |= g->attributes;
	}
	if (s.fg < 0)
		s.fg = -1;
	if (s.bg < 0)
		s.bg = -1;
	for (i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		if (s.attributes & map[i].style)
			attributes |= map[i].attribute;
	}
	if (d->color && (s.fg >= 0 || s.bg >= 0)) {
		pair = alloc_pair(s.fg, s.bg);
		if (pair < 0)
			pair = 0;
	}
	attr_set(attributes, (short)pair, &pair);
}

/* What curses may be given for one character: itself, or a placeholder of the
 * same width where the two would not agree. */
static size_t
to_cells(const struct draw *d, uint32_t c, int width, wchar_t out[2])
{
	int i;

	if (c < 0x20 || (c >= 0x7f && c < 0xa0)) {
		out[0] = '?';
		return 1;
	}
	if (c < 0x7f || (d->utf8 && wcwidth((wchar_t)c) == width)) {
		out[0] = (wchar_t)c;
		return 1;
	}
	for (i = 0; i < width; i++)
		out[i] = d->utf8 ? 0xfffd : '?';
	return width;
}

#define CHUNK 256

/* All output passes here: y and x are on the screen, and `len` bytes fit. */
static void
write_cells(struct draw *d, int y, int x, const char *s, size_t len)
{
	wchar_t cells[CHUNK + 2];
	size_t n = 0, i = 0, used;

	move(y, x);
	while (i < len) {
		uint32_t c = text_decode(s + i, len - i, &used);

		n += to_cells(d, c, text_char_width(c), cells + n);
		i += used;
		if (n >= CHUNK || i >= len) {
			addnwstr(cells, n);
			n = 0;
		}
	}
}

int
draw_text(struct draw *d, int y, int x, int width, enum ink ink,
    const char *text)
{
	const char *ellipsis = draw_glyph(d, GLYPH_ELLIPSIS);
	int used;
	size_t len;

	if (y < 0 || y >= d->rows || x < 0 || x >= d->columns)
		return 0;
	if (width > d->columns - x)
		width = d->columns - x;
	if (width <= 0 || !text)
		return 0;
	len = text_fit(text, width, &used);
	set_style(d, ink);
	if (!text[len]) {
		write_cells(d, y, x, text, len);
		return used;
	}
	len = text_fit(text, width - 1, &used);
	write_cells(d, y, x, text, len);
	write_cells(d, y, x + used, ellipsis, strlen(ellipsis));
	return used + 1;
}

static void
repeat(struct draw *d, int y, int x, int count, enum ink ink,
    const char *glyph)
{
	struct buf b = BUF_INIT(1 << 16);
	int i;

	for (i = 0; i < count && x + i < d->columns; i++)
		buf_adds(&b, glyph);
	draw_text(d, y, x, count, ink, buf_str(&b));
	buf_release(&b);
}

void
draw_fill(struct draw *d, const struct area *a)
{
	int i;

	for (i = 0; i < a->h; i++)
		repeat(d, a->y + i, a->x, a->w, INK_TEXT, " ");
}

struct area
draw_frame(struct draw *d, const struct area *a, enum frame f)
{
	static const char *const strokes[2][2][6] = {
		{{"╭", "╮", "╰", "╯", "─", "│"}, {"+", "+", "+", "+", "-", "|"}},
		{{"┏", "┓", "┗", "┛", "━", "┃"}, {"#", "#", "#", "#", "=", "#"}},
	};
	const char *const *s = strokes[f][!d->utf8];
	enum ink ink = f == FRAME_PRODUCTION ? INK_PRODUCTION_BORDER :
	    INK_BORDER;
	int bottom = a->y + a->h - 1, right = a->x + a->w - 1, i;

	if (a->h < 3 || a->w < 4)
		return *a;
	draw_text(d, a->y, a->x, 1, ink, s[0]);
	repeat(d, a->y, a->x + 1, a->w - 2, ink, s[4]);
	draw_text(d, a->y, right, 1, ink, s[1]);
	for (i = a->y + 1; i < bottom; i++) {
		draw_text(d, i, a->x, 1, ink, s[5]);
		draw_text(d, i, right, 1, ink, s[5]);
	}
	draw_text(d, bottom, a->x, 1, ink, s[2]);
	repeat(d, bottom, a->x + 1, a->w - 2, ink, s[4]);
	draw_text(d, bottom, right, 1, ink, s[3]);
	return (struct area){a->y + 1, a->x + 1, a->h - 2, a->w - 2};
}

struct row
row_in(struct draw *d, const struct area *a, int line)
{
	struct row r = {.d = d, .y = a->y + line, .x = a->x,
	    .end = a->x + a->w};

	if (line < 0 || line >= a->h)
		r.end = r.x;
	return r;
}

struct row
row_on_frame(struct draw *d, const struct area *a)
{
	struct row r = {.d = d, .y = a->y, .x = a->x + 2,
	    .end = a->x + a->w - 2};

	if (a->h < 3 || a->w < 4)
		r.end = r.x;
	return r;
}

int
row_left(const struct row *r)
{
	return r->end > r->x ? r->end - r->x : 0;
}

void
row_text(struct row *r, enum ink ink, const char *text)
{
	r->x += draw_text(r->d, r->y, r->x, row_left(r), ink, text);
}

void
row_printf(struct row *r, enum ink ink, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	row_text(r, ink, text);
	free(text);
}

void
row_skip(struct row *r, int columns)
{
	r->x += columns;
}

void
row_cell(struct row *r, enum ink ink, const char *text, int width, bool right)
{
	int wide = text_width(text), at = r->x;

	if (right && wide < width)
		at += width - wide;
	if (r->x + width > r->end)
		width = row_left(r);
	draw_text(r->d, r->y, at, r->x + width - at, ink, text);
	r->x += width;
}

void
row_right(struct row *r, enum ink ink, const char *text)
{
	int wide = text_width(text);

	if (wide == 0 || wide > row_left(r))
		return;
	draw_text(r->d, r->y, r->end - wide, wide, ink, text);
	r->end -= wide;
}

void
row_status(struct row *r, enum status s)
{
	row_text(r, draw_status_ink(s), draw_status_glyph(r->d, s));
}

void
row_status_right(struct row *r, enum status s)
{
	row_right(r, draw_status_ink(s), draw_status_glyph(r->d, s));
}

size_t
draw_wrap_at(const char *text, int columns)
{
	size_t len = text_fit(text, columns, NULL), at = len;

	if (!text[len])
		return len;
	/* A wide character in one column: move on all the same. */
	if (len == 0) {
		text_decode(text, strlen(text), &len);
		return len;
	}
	while (at > len / 2 && text[at] != ' ')
		at--;
	return at > len / 2 ? at : len;
}

int
draw_wrapped(struct draw *d, const struct area *a, int line, int most,
    enum ink ink, const char *text)
{
	int used = 0;

	while (*text && used < most && a->w > 0) {
		size_t n = used + 1 < most ? draw_wrap_at(text, a->w) :
		    strlen(text);
		struct row r = row_in(d, a, line + used++);
		char *part = xstrndup(text, n);

		row_text(&r, ink, part);
		free(part);
		text += n;
		text += strspn(text, " ");
	}
	return used;
}

/* The highest value of each bucket of samples, the newest bucket last. The
 * buckets stand on fixed places of the ring, so that a new sample changes one
 * cell and not the whole line. */
static void
buckets(const struct series *s, int cells, double *out)
{
	int size = SERIES_MAX / cells, count = s->count, i;
	int newest = (s->head + SERIES_MAX - 1) % SERIES_MAX / size;

	for (i = 0; i < cells; i++)
		out[i] = NAN;
	for (i = 0; i < count; i++) {
		int age = count - 1 - i;
		int place = (s->head + SERIES_MAX - 1 - age + SERIES_MAX) %
		    SERIES_MAX / size;
		int back = (newest - place + cells) % cells;
		double v = series_at(s, i);

		/* The oldest samples share the newest one's bucket. */
		if (back == 0 && age >= size)
			continue;
		if (!isnan(v) && !(out[cells - 1 - back] >= v))
			out[cells - 1 - back] = v;
	}
}

#define SPARK_MAX 30

static const char *
level_glyph(const struct draw *d, int level)
{
	static const char *const utf8[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇",
	    "█"};
	static const char *const ascii[] = {"_", ".", ":", "-", "=", "+", "*",
	    "#"};

	level = level < 0 ? 0 : level > 7 ? 7 : level;
	return d->utf8 ? utf8[level] : ascii[level];
}

void
row_spark(struct row *r, enum ink ink, const struct series *s, int cells,
    double full)
{
	bool begun = false;
	double v[SPARK_MAX];
	int i;

	/* Cells must divide the ring. */
	while (cells > SPARK_MAX || (cells > 1 && SERIES_MAX % cells != 0))
		cells--;
	if (cells < 1 || row_left(r) < cells)
		return;
	buckets(s, cells, v);
	for (i = 0; i < cells; i++) {
		if (isnan(v[i])) {
			/* A hole is worth a mark, the time before is not. */
			row_text(r, INK_DIM, begun ?
			    draw_glyph(r->d, GLYPH_DOT) : " ");
			continue;
		}
		begun = true;
		row_text(r, ink, level_glyph(r->d,
		    full > 0 ? (int)(v[i] / full * 8) : 0));
	}
}

void
row_bar(struct row *r, enum ink ink, int eighths)
{
	row_text(r, ink, eighths > 0 ? level_glyph(r->d, eighths - 1) : " ");
}

void
row_rule(struct row *r, enum ink ink, const char *text)
{
	int stroke = row_left(r) < 2 ? row_left(r) : 2;

	repeat(r->d, r->y, r->x, stroke, ink, draw_glyph(r->d, GLYPH_RULE));
	row_skip(r, stroke);
	if (*text)
		row_printf(r, ink, " %s ", text);
	repeat(r->d, r->y, r->x, row_left(r), ink,
	    draw_glyph(r->d, GLYPH_RULE));
	r->x = r->end;
}

void
row_marked(struct row *r, enum ink ink, const char *text, const char *needle)
{
	size_t n = needle ? strlen(needle) : 0;
	const char *p = text, *plain = text;
	char *part;

	while (n > 0 && *p) {
		if (strncasecmp(p, needle, n) != 0) {
			p++;
			continue;
		}
		part = xstrndup(plain, p - plain);
		row_text(r, ink, part);
		free(part);
		part = xstrndup(p, n);
		row_text(r, INK_MATCH, part);
		free(part);
		p += n;
		plain = p;
	}
	row_text(r, ink, plain);
}
