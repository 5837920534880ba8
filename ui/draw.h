/*
 * Drawing by cells, clipped: the only code that writes to curses. Text is cut
 * in one function, by the columns it takes; a character that curses would
 * measure otherwise becomes a placeholder, so columns always stand in line.
 *
 * A row is a pen on one line of an area: it moves right as it writes and never
 * passes its end. Rows outside the screen or the area draw nothing, so a
 * layout needs no special case for a small terminal.
 */
#ifndef UI_DRAW_H
#define UI_DRAW_H

#include <stdbool.h>
#include <stdint.h>

#include "model/model.h"
#include "ui/theme.h"

struct area {
	int y, x, h, w;
};

enum glyph {
	GLYPH_OK, GLYPH_WARN, GLYPH_CRIT, GLYPH_UNKNOWN,
	GLYPH_ELLIPSIS, GLYPH_RESTARTS, GLYPH_SEPARATOR, GLYPH_BAR,
	GLYPH_ENTER, GLYPH_MORE_UP, GLYPH_MORE_DOWN, GLYPH_INTO, GLYPH_DOT,
	GLYPH_RUNS, GLYPH_WAITS, GLYPH_RULE, GLYPH_PAUSED, GLYPH_SKIPPED,
	GLYPH_COUNT,
};

/* What a picture is drawn with. */
struct draw {
	const struct theme *theme;
	bool utf8;
	bool color;
	int rows, columns;
	int64_t now;		/* wall ms: one time for the whole picture */
	enum ink ground;	/* background in force, INK_NONE */
	bool grey;		/* stale: all but status glyphs in grey */
};

const char *draw_glyph(const struct draw *d, enum glyph g);
enum ink draw_status_ink(enum status s);
const char *draw_status_glyph(const struct draw *d, enum status s);

/* Write text at a cell, at most `width` columns; cut with an ellipsis.
 * Returns the columns used. */
int draw_text(struct draw *d, int y, int x, int width, enum ink ink,
    const char *text);
void draw_fill(struct draw *d, const struct area *a);

enum frame { FRAME_PLAIN, FRAME_PRODUCTION };

/* A border, and what is left inside. Smaller than 2×2 it is all inside. */
struct area draw_frame(struct draw *d, const struct area *a, enum frame f);

struct row {
	struct draw *d;
	int y, x, end;
};

/* Line `line` of the area, from its left. */
struct row row_in(struct draw *d, const struct area *a, int line);
/* The border line of a frame, between its corners. */
struct row row_on_frame(struct draw *d, const struct area *a);
void row_text(struct row *r, enum ink ink, const char *text);
void row_printf(struct row *r, enum ink ink, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void row_skip(struct row *r, int columns);
/* Exactly `width` columns: padded, or cut; the text to the right if asked. */
void row_cell(struct row *r, enum ink ink, const char *text, int width,
    bool right);
/* At the end of the row, which gets shorter by that. What does not fit beside
 * what was written already is left out. */
void row_right(struct row *r, enum ink ink, const char *text);
void row_status(struct row *r, enum status s);
void row_status_right(struct row *r, enum status s);
/* The last `cells` buckets of a figure against a full scale. */
void row_spark(struct row *r, enum ink ink, const struct series *s, int cells,
    double full);
/* The part of a bar that stands in one line of it: `eighths` of 0 to 8. */
void row_bar(struct row *r, enum ink ink, int eighths);
/* A line across what is left, with the text in it. */
void row_rule(struct row *r, enum ink ink, const char *text);
/* Text over as many lines of the area as it takes, at most `most`, broken at
 * spaces where there are any. Returns the lines used. */
int draw_wrapped(struct draw *d, const struct area *a, int line, int most,
    enum ink ink, const char *text);
/* Bytes of `text` that one line of that many columns takes when wrapped. */
size_t draw_wrap_at(const char *text, int columns);
/* Columns left. */
int row_left(const struct row *r);
/* Text with every occurrence of `needle` marked. */
void row_marked(struct row *r, enum ink ink, const char *text,
    const char *needle);

#endif
