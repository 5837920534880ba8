/* What the reader of runbooks complains of, and the names in its texts. */
#include "run/book-read.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/text.h"

/* --- complaints ---------------------------------------------------------- */

void
reader_complain(struct book_reader *r, const struct node *n,
    const char *what, const char *expected)
{
	char *text, *name;

	if (n->kind == NODE_BROKEN)
		return;
	name = problems_quote(what);
	if (n->kind != NODE_SCALAR || node_is_null(n) || !*n->text) {
		problems_add(r->problems, n->line, n->column,
		    _("%s is %s, expected %s"), name,
		    n->kind == NODE_MAP ? _("a map") :
		    n->kind == NODE_LIST ? _("a list") : _("empty"), expected);
	} else {
		text = problems_quote(n->text);
		problems_add(r->problems, n->line, n->column,
		    _("%s is '%s', expected %s"), name, text, expected);
		free(text);
	}
	free(name);
}

void
reader_unknown(struct book_reader *r, const struct node *n, const char *place,
    const char *const *keys)
{
	const char *near = text_nearest(n->key, keys);
	struct buf all = BUF_INIT(4096);
	char *key = problems_quote(n->key);
	size_t i;

	for (i = 0; keys[i]; i++)
		buf_addf(&all, "%s%s", i ? ", " : "", keys[i]);
	if (near)
		problems_add(r->problems, n->key_line, n->key_column,
		    _("unknown key '%s' in %s, did you mean '%s'?"), key,
		    place, near);
	else
		problems_add(r->problems, n->key_line, n->key_column,
		    _("unknown key '%s' in %s, expected one of: %s"), key,
		    place, buf_str(&all));
	buf_release(&all);
	free(key);
}

char *
reader_text(struct book_reader *r, const struct node *n, const char *what)
{
	if (n->kind == NODE_SCALAR && *n->text && !node_is_null(n))
		return xstrdup(n->text);
	reader_complain(r, n, what, _("a text"));
	return NULL;
}

/* --- names in texts ------------------------------------------------------ */

static bool
is_name(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return *s >= 'a' && *s <= 'z' && !s[len] && len <= BOOK_NAME_MAX;
}

bool
reader_has(const char *const *names, size_t count, const char *name,
    size_t len)
{
	size_t i;

	for (i = 0; i < count && names[i]; i++)
		if (strlen(names[i]) == len &&
		    memcmp(names[i], name, len) == 0)
			return true;
	return false;
}

bool
reader_knows(const struct book_reader *r, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < r->book->parameter_count; i++)
		if (strlen(r->book->parameters[i].name) == len &&
		    memcmp(r->book->parameters[i].name, name, len) == 0)
			return true;
	return reader_has(book_known_values, SIZE_MAX, name, len);
}

void
reader_check_name(struct book_reader *r, const struct node *n)
{
	char *name;

	if (is_name(n->key))
		return;
	name = problems_quote(n->key);
	problems_add(r->problems, n->key_line, n->key_column,
	    _("'%s' is no name of a value, expected at most %d lower-case "
	    "letters, digits and '_'"), name, BOOK_NAME_MAX);
	free(name);
}

/* The known name nearest to one that is not; NULL. */
static const char *
nearest_name(const struct book_reader *r, const char *name)
{
	const char *all[PARAMETERS_MAX + 32];
	size_t count = 0, i;

	for (i = 0; i < r->book->parameter_count; i++)
		all[count++] = r->book->parameters[i].name;
	for (i = 0; book_known_values[i]; i++)
		all[count++] = book_known_values[i];
	all[count] = NULL;
	return text_nearest(name, all);
}

void
reader_unknown_name(struct book_reader *r, const struct node *n,
    const char *name, size_t len)
{
	char *copy = xstrndup(name, len);
	const char *near = nearest_name(r, copy);
	char *shown = problems_quote(copy);

	if (near)
		problems_add(r->problems, n->line, n->column,
		    _("{%s} is no parameter, did you mean {%s}?"), shown,
		    near);
	else
		problems_add(r->problems, n->line, n->column,
		    _("{%s} is no parameter: name it under 'parameters', or "
		    "write {{ for a brace"), shown);
	free(shown);
	free(copy);
}

void
reader_check_names(struct book_reader *r, const struct node *n,
    const char *const *more, size_t more_count)
{
	const char *at = n->text, *name;
	size_t len;

	while (book_next_name(&at, &name, &len))
		if (!reader_knows(r, name, len) &&
		    !reader_has(more, more_count, name, len) &&
		    !reader_has(r->captures, r->capture_count, name, len))
			reader_unknown_name(r, n, name, len);
}

char *
reader_expandable(struct book_reader *r, const struct node *n,
    const char *what, const char *const *more, size_t more_count)
{
	char *text = reader_text(r, n, what);

	if (text)
		reader_check_names(r, n, more, more_count);
	return text;
}
