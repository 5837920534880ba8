/*
 * Words in letters that are read from across a room: three lines of half
 * blocks where there is UTF-8, five lines of # elsewhere.
 */
#ifndef UI_BIGTEXT_H
#define UI_BIGTEXT_H

#include "ui/draw.h"

int bigtext_height(const struct draw *d);
int bigtext_width(const char *word);
/* Letters A–Z without accents in either case; others are blanks. */
void bigtext_draw(struct draw *d, const struct area *a, int line, int column,
    enum ink ink, const char *word);

#endif
