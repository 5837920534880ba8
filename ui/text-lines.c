#include "ui/text-lines.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"

static void
append(struct text_lines *t, const char *s, size_t len)
{
	if (t->count == TEXT_LINES_MAX)
		return;
	if (t->count == t->room) {
		t->room = t->room ? t->room * 2 : 16;
		t->items = xreallocarray(t->items, t->room,
		    sizeof(*t->items));
	}
	t->items[t->count++] = text_clean(s, len);
}

void
text_lines_append(struct text_lines *t, const char *line)
{
	append(t, line, strlen(line));
}

void
text_lines_add(struct text_lines *t, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		append(t, text, len);
		text += len + (text[len] == '\n');
	}
}

void
text_lines_release(struct text_lines *t)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		free(t->items[i]);
	free(t->items);
	*t = (struct text_lines){NULL, 0, 0};
}
