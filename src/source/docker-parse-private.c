#include "source/docker-parse-private.h"

#include "base/alloc.h"
#include "base/text.h"

/* Names and words are cut there; the longest that Docker allows is 255. */
#define WORD_MAX 512

static char *
cut_clean(const char *s)
{
	size_t len = s ? strnlen(s, WORD_MAX) : 0;

	return len ? text_clean(s, len) : NULL;
}

char *
parse_word(const struct json *v)
{
	return cut_clean(json_text(v, NULL));
}

char *
parse_label(const struct json *labels, const char *name)
{
	return parse_word(json_get(labels, name));
}

char *
parse_id(const struct json *v)
{
	const char *s = json_text(v, "");
	size_t n = strspn(s, "0123456789abcdef");

	return n >= 12 && n <= 128 && !s[n] ? xstrdup(s) : NULL;
}

int
parse_int(const struct json *v, int fallback)
{
	int64_t n = json_int(v, INT64_MIN);

	return n >= INT32_MIN && n <= INT32_MAX ? (int)n : fallback;
}

int
parse_number(const char *s)
{
	int64_t n;

	return s && text_int(s, 0, INT32_MAX, &n) == 0 ? (int)n : -1;
}

int64_t
parse_time(const struct json *v)
{
	int64_t t = TIME_UNKNOWN;

	clock_parse_rfc3339(json_text(v, ""), &t);
	return t;
}

struct json *
parse_json(const char *text, size_t len, const char *what, struct err *e)
{
	struct json *v = json_parse(text, len, e);

	if (!v)
		err_prefix(e, "the engine's %s", what);
	return v;
}

bool
parse_is_true(const char *s)
{
	return s && (!strcmp(s, "True") || !strcmp(s, "true"));
}

char *
parse_name(const char *s)
{
	return cut_clean(s && *s == '/' ? s + 1 : s);
}
