#include "model/version.h"

#include <string.h>

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-"
#define ROLLBACK "rollback"

/* A number without leading zeros. */
static int
number_parse(const char **s, int64_t *out)
{
	size_t n = strspn(*s, DIGITS);
	int64_t value = 0;

	if (!n || n > 15 || (n > 1 && **s == '0'))
		return -1;
	for (; n; n--)
		value = value * 10 + (*(*s)++ - '0');
	*out = value;
	return 0;
}

/* Identifiers with dots between them. Returns their length, 0 when malformed.
 * Numbers of a pre-release have no leading zeros; those of a build may. */
static size_t
identifiers(const char *s, bool pre)
{
	size_t at = 0;

	for (;;) {
		size_t n = strspn(s + at, DIGITS LETTERS);

		if (!n)
			return 0;
		if (pre && n > 1 && s[at] == '0' &&
		    strspn(s + at, DIGITS) >= n)
			return 0;
		at += n;
		if (s[at] != '.')
			return at;
		at++;
	}
}

/* "rollback" as the pre-release's first or last word. */
static bool
is_rollback(const char *pre, size_t len)
{
	size_t n = sizeof(ROLLBACK) - 1;

	if (len < n)
		return false;
	if (memcmp(pre, ROLLBACK, n) == 0 && (len == n || pre[n] == '.'))
		return true;
	return len > n && (pre[len - n - 1] == '-' || pre[len - n - 1] == '.') &&
	    memcmp(pre + len - n, ROLLBACK, n) == 0;
}

int
semver_parse(const char *text, struct semver *out)
{
	struct semver v = {.pre = NULL};
	const char *s = text + (*text == 'v');
	int i;

	for (i = 0; i < 3; i++) {
		if (number_parse(&s, &v.part[i]) == -1)
			return -1;
		if (i < 2 && *s++ != '.')
			return -1;
	}
	if (*s == '-') {
		v.pre = ++s;
		v.pre_len = identifiers(s, true);
		if (!v.pre_len)
			return -1;
		v.rollback = is_rollback(v.pre, v.pre_len);
		s += v.pre_len;
	}
	if (*s == '+') {
		size_t n;

		v.build = ++s;
		n = identifiers(s, false);
		if (!n)
			return -1;
		s += n;
	}
	if (*s != '\0')
		return -1;
	*out = v;
	return 0;
}

/* One identifier of a pre-release; numbers come before words. */
static int
identifier_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	bool a_number = strspn(a, DIGITS) >= a_len;
	bool b_number = strspn(b, DIGITS) >= b_len;
	int order;

	if (a_number != b_number)
		return a_number ? -1 : 1;
	if (a_number && a_len != b_len)
		return a_len < b_len ? -1 : 1;
	order = memcmp(a, b, a_len < b_len ? a_len : b_len);
	return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int
pre_compare(const struct semver *a, const struct semver *b)
{
	const char *p = a->pre, *q = b->pre;
	const char *p_end = p ? p + a->pre_len : p;
	const char *q_end = q ? q + b->pre_len : q;

	if (!p || !q)
		return !p - !q;
	while (p < p_end && q < q_end) {
		const char *p_dot = memchr(p, '.', p_end - p);
		const char *q_dot = memchr(q, '.', q_end - q);
		size_t n = (p_dot ? p_dot : p_end) - p;
		size_t m = (q_dot ? q_dot : q_end) - q;
		int order = identifier_compare(p, n, q, m);

		if (order)
			return order;
		p += n + (p_dot != NULL);
		q += m + (q_dot != NULL);
	}
	return (p < p_end) - (q < q_end);
}

int
semver_compare(const struct semver *a, const struct semver *b)
{
	int i;

	for (i = 0; i < 3; i++)
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i] ? -1 : 1;
	return pre_compare(a, b);
}

int
version_compare(const char *a, const char *b)
{
	struct semver x, y;
	bool a_bad = semver_parse(a, &x) == -1;
	bool b_bad = semver_parse(b, &y) == -1;

	if (a_bad || b_bad)
		return a_bad && b_bad ? strcmp(a, b) : b_bad - a_bad;
	return semver_compare(&x, &y);
}

enum bump
semver_bump(const struct semver *from, const struct semver *to)
{
	static const enum bump bumps[3] = {BUMP_MAJOR, BUMP_MINOR, BUMP_PATCH};
	int i;

	for (i = 0; i < 3; i++)
		if (from->part[i] != to->part[i])
			return bumps[i];
	return pre_compare(from, to) ? BUMP_PRE : BUMP_NONE;
}

static const char *const names[] = {
	[BUMP_NONE] = "none",
	[BUMP_PRE] = "pre",
	[BUMP_PATCH] = "patch",
	[BUMP_MINOR] = "minor",
	[BUMP_MAJOR] = "major",
};

const char *
bump_name(enum bump b)
{
	return names[b];
}

enum bump
bump_parse(const char *word)
{
	size_t i;

	for (i = 0; word && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(word, names[i]) == 0)
			return (enum bump)i;
	return BUMP_NONE;
}
