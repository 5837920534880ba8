/*
 * A text of many lines, from outside: cleaned line by line.
 */
#ifndef UI_TEXT_LINES_H
#define UI_TEXT_LINES_H

#include <stddef.h>

struct text_lines {
	char **items;
	size_t count, room;
};

/* Lines beyond these are not kept. */
#define TEXT_LINES_MAX 100000

void text_lines_release(struct text_lines *t);
/* Append the lines of a text; a last line break ends the last line. */
void text_lines_add(struct text_lines *t, const char *text);
/* Append one line, whatever is in it. */
void text_lines_append(struct text_lines *t, const char *line);

#endif
