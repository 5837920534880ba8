#include "config/problems.h"

#include <stdarg.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"

#define QUOTE_COLUMNS 60
#define QUOTE_BYTES 1024	/* as much of a value as is looked at */

static size_t
kept(const struct problems *p)
{
	return p->count < PROBLEMS_MAX ? p->count : PROBLEMS_MAX;
}

void
problems_release(struct problems *p)
{
	size_t i, n = kept(p);

	for (i = 0; i < n; i++)
		free(p->items[i].text);
	p->count = 0;
}

void
problems_add(struct problems *p, int line, int column, const char *fmt, ...)
{
	va_list ap;

	if (p->count++ >= PROBLEMS_MAX)
		return;
	va_start(ap, fmt);
	p->items[p->count - 1] = (struct problem){
		.line = line,
		.column = column,
		.text = xvasprintf(fmt, ap),
	};
	va_end(ap);
}

static int
by_place(const void *a, const void *b)
{
	const struct problem *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return strcmp(x->text, y->text);
}

void
problems_print(struct problems *p, const char *file, struct buf *out)
{
	char *name = text_clean(file, strlen(file));
	size_t i, n = kept(p);

	qsort(p->items, n, sizeof(p->items[0]), by_place);
	for (i = 0; i < n; i++)
		buf_addf(out, "%s:%d:%d: %s\n", name, p->items[i].line,
		    p->items[i].column, p->items[i].text);
	if (p->count > n) {
		buf_addf(out, _("%s: and %zu more"), name, p->count - n);
		buf_addc(out, '\n');
	}
	free(name);
}

/* The user and password of an address, which a wall must not show. */
static void
hide_password(char *text)
{
	char *from = strstr(text, "://"), *to;

	if (!from)
		return;
	from += 3;
	to = memrchr(from, '@', strcspn(from, "/?# "));
	if (to && to > from) {
		*from = '*';
		memmove(from + 1, to, strlen(to) + 1);
	}
}

char *
problems_quote(const char *text)
{
	size_t len = strlen(text), fit;
	char *clean, *cut;

	clean = text_clean(text, len < QUOTE_BYTES ? len : QUOTE_BYTES);
	hide_password(clean);
	fit = text_fit(clean, QUOTE_COLUMNS, NULL);
	if (len < QUOTE_BYTES && clean[fit] == '\0')
		return clean;
	cut = xasprintf("%.*s…", (int)fit, clean);
	free(clean);
	return cut;
}
