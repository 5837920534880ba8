#include "ui/bigtext.h"

#include <ctype.h>

#define ROWS 5
#define CELLS 4		/* of a letter, the gap included */

/* Three bits a row, from the top. */
static const unsigned char font[26][ROWS] = {
	{2, 5, 7, 5, 5}, {6, 5, 6, 5, 6}, {3, 4, 4, 4, 3}, {6, 5, 5, 5, 6},
	{7, 4, 6, 4, 7}, {7, 4, 6, 4, 4}, {3, 4, 5, 5, 3}, {5, 5, 7, 5, 5},
	{7, 2, 2, 2, 7}, {1, 1, 1, 5, 2}, {5, 5, 6, 5, 5}, {4, 4, 4, 4, 7},
	{5, 7, 7, 5, 5}, {6, 5, 5, 5, 5}, {2, 5, 5, 5, 2}, {6, 5, 6, 4, 4},
	{2, 5, 5, 6, 3}, {6, 5, 6, 5, 5}, {3, 4, 2, 1, 6}, {7, 2, 2, 2, 2},
	{5, 5, 5, 5, 7}, {5, 5, 5, 5, 2}, {5, 5, 7, 7, 5}, {5, 5, 2, 5, 5},
	{5, 5, 2, 2, 2}, {7, 1, 2, 4, 7},
};

int
bigtext_height(const struct draw *d)
{
	return d->utf8 ? (ROWS + 1) / 2 : ROWS;
}

int
bigtext_width(const char *word)
{
	return (int)strlen(word) * CELLS - 1;
}

static bool
pixel(char letter, int row, int column)
{
	int c = toupper((unsigned char)letter) - 'A';

	return c >= 0 && c < 26 && row < ROWS && column < 3 &&
	    font[c][row] >> (2 - column) & 1;
}

void
bigtext_draw(struct draw *d, const struct area *a, int line, int column,
    enum ink ink, const char *word)
{
	static const char *const halves[] = {" ", "▀", "▄", "█"};
	int lines = bigtext_height(d), i, x;
	const char *p;

	for (i = 0; i < lines; i++) {
		struct row r = row_in(d, a, line + i);

		row_skip(&r, column);
		for (p = word; *p; p++) {
			for (x = 0; x < CELLS; x++) {
				if (d->utf8)
					row_text(&r, ink, halves[
					    pixel(*p, 2 * i, x) +
					    2 * pixel(*p, 2 * i + 1, x)]);
				else
					row_text(&r, ink,
					    pixel(*p, i, x) ? "#" : " ");
			}
		}
	}
}
