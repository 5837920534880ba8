#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <strings.h>

#include "base/alloc.h"

#define REPLACEMENT 0xfffd

uint32_t
text_decode(const char *s, size_t len, size_t *used)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c = p[0];
	size_t need, i;

	*used = 1;
	if (c < 0x80)
		return c;
	need = c >= 0xf0 && c < 0xf5 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 :
	    c >= 0xc2 && c < 0xe0 ? 2 : 0;
	if (need == 0 || need > len)
		return REPLACEMENT;
	c &= 0x7f >> need;
	for (i = 1; i < need; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return REPLACEMENT;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[need] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return REPLACEMENT;
	*used = need;
	return c;
}

struct range {
	uint32_t first, last;
};

static bool
in_ranges(uint32_t c, const struct range *r, size_t n)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (c < r[mid].first)
			hi = mid;
		else if (c > r[mid].last)
			lo = mid + 1;
		else
			return true;
	}
	return false;
}

#define IN(c, table) in_ranges(c, table, sizeof(table) / sizeof(table[0]))

/* What changes how its neighbours are shown: joiners, direction marks and
 * overrides, variation selectors, tags, the byte order mark, line separators,
 * invisible operators. Unicode 15, categories Cf, Zl, Zp and the selectors. */
static const struct range unwanted[] = {
	{0x00ad, 0x00ad}, {0x061c, 0x061c}, {0x115f, 0x1160},
	{0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f},
	{0x2028, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164},
	{0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xffa0, 0xffa0},
	{0xfff0, 0xfffb}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
};

/* Marks that take no cell of their own (the common blocks). */
static const struct range combining[] = {
	{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd},
	{0x0610, 0x061a}, {0x064b, 0x065f}, {0x06d6, 0x06dc},
	{0x0900, 0x0902}, {0x093c, 0x093c}, {0x0941, 0x0948},
	{0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e},
	{0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x20d0, 0x20ff},
	{0xfe20, 0xfe2f},
};

/* East Asian Wide and Fullwidth, and the emoji that terminals draw wide. */
static const struct range wide[] = {
	{0x1100, 0x115e}, {0x231a, 0x231b}, {0x2329, 0x232a},
	{0x23e9, 0x23ec}, {0x23f0, 0x23f0}, {0x23f3, 0x23f3},
	{0x25fd, 0x25fe}, {0x2614, 0x2615}, {0x2648, 0x2653},
	{0x267f, 0x267f}, {0x2693, 0x2693}, {0x26a1, 0x26a1},
	{0x26aa, 0x26ab}, {0x26bd, 0x26be}, {0x26c4, 0x26c5},
	{0x26ce, 0x26ce}, {0x26d4, 0x26d4}, {0x26ea, 0x26ea},
	{0x26f2, 0x26f3}, {0x26f5, 0x26f5}, {0x26fa, 0x26fa},
	{0x26fd, 0x26fd}, {0x2705, 0x2705}, {0x270a, 0x270b},
	{0x2728, 0x2728}, {0x274c, 0x274c}, {0x274e, 0x274e},
	{0x2753, 0x2755}, {0x2757, 0x2757}, {0x2795, 0x2797},
	{0x27b0, 0x27b0}, {0x27bf, 0x27bf}, {0x2b1b, 0x2b1c},
	{0x2b50, 0x2b50}, {0x2b55, 0x2b55}, {0x2e80, 0x303e},
	{0x3041, 0x33ff}, {0x3400, 0x4dbf}, {0x4e00, 0x9fff},
	{0xa000, 0xa4cf}, {0xa960, 0xa97f}, {0xac00, 0xd7a3},
	{0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60},
	{0xffe0, 0xffe6}, {0x16fe0, 0x18cff}, {0x1aff0, 0x1b2ff},
	{0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f18e},
	{0x1f191, 0x1f19a}, {0x1f200, 0x1f320}, {0x1f32d, 0x1f335},
	{0x1f337, 0x1f37c}, {0x1f37e, 0x1f393}, {0x1f3a0, 0x1f3ca},
	{0x1f3cf, 0x1f3d3}, {0x1f3e0, 0x1f3f0}, {0x1f3f4, 0x1f3f4},
	{0x1f3f8, 0x1f43e}, {0x1f440, 0x1f440}, {0x1f442, 0x1f4fc},
	{0x1f4ff, 0x1f53d}, {0x1f54b, 0x1f54e}, {0x1f550, 0x1f567},
	{0x1f57a, 0x1f57a}, {0x1f595, 0x1f596}, {0x1f5a4, 0x1f5a4},
	{0x1f5fb, 0x1f64f}, {0x1f680, 0x1f6c5}, {0x1f6cc, 0x1f6cc},
	{0x1f6d0, 0x1f6d2}, {0x1f6d5, 0x1f6d7}, {0x1f6dc, 0x1f6df},
	{0x1f6eb, 0x1f6ec}, {0x1f6f4, 0x1f6fc}, {0x1f7e0, 0x1f7eb},
	{0x1f7f0, 0x1f7f0}, {0x1f90c, 0x1f93a}, {0x1f93c, 0x1f945},
	{0x1f947, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};

int
text_char_width(uint32_t c)
{
	if (c < 0x300)
		return 1;
	if (IN(c, combining))
		return 0;
	return IN(c, wide) ? 2 : 1;
}

/* Bytes of the escape sequence at s (s[0] is ESC, or C1 as decoded before). */
static size_t
escape_length(const char *s, size_t len)
{
	size_t i = 2;

	if (len < 2)
		return len;
	switch (s[1]) {
	case '[':
		while (i < len && s[i] >= 0x20 && s[i] < 0x40)
			i++;
		return i < len && s[i] >= 0x40 && s[i] < 0x7f ? i + 1 : i;
	case ']':
	case 'P':
	case 'X':
	case '^':
	case '_':
		/* A string: up to BEL or ESC \; an unfinished one swallows
		 * the rest of its line only. */
		for (; i < len && s[i] != '\n'; i++) {
			if (s[i] == '\a')
				return i + 1;
			if (s[i] == '\033')
				return i + 1 < len && s[i + 1] == '\\' ?
				    i + 2 : i;
		}
		return i;
	default:
		while (i <= len && s[i - 1] >= 0x20 && s[i - 1] < 0x30)
			i++;
		return i < len ? i : len;
	}
}

char *
text_clean(const char *s, size_t len)
{
	static const char replacement[] = "\xef\xbf\xbd";
	size_t i = 0, n = 0, used;
	char *out;

	/* Each bad byte grows to three at the most. */
	if (len > SIZE_MAX / 3 - 1)
		len = SIZE_MAX / 3 - 1;
	out = xmalloc(len * 3 + 1);
	while (i < len) {
		uint32_t c = text_decode(s + i, len - i, &used);

		if (c == '\033') {
			i += escape_length(s + i, len - i);
			continue;
		}
		if (c == '\t' || c == '\n') {
			out[n++] = ' ';
		} else if (c == REPLACEMENT) {
			memcpy(out + n, replacement, 3);
			n += 3;
		} else if (c >= 0x20 && (c < 0x7f || c > 0x9f) &&
		    !IN(c, unwanted)) {
			memcpy(out + n, s + i, used);
			n += used;
		}
		i += used;
	}
	out[n] = '\0';
	return xreallocarray(out, n + 1, 1);
}

size_t
text_fit(const char *s, int columns, int *used)
{
	size_t len = strlen(s), i = 0, bytes;
	int total = 0;

	while (i < len) {
		int w = text_char_width(text_decode(s + i, len - i, &bytes));

		if (total + w > columns)
			break;
		total += w;
		i += bytes;
	}
	if (used)
		*used = total;
	return i;
}

int
text_width(const char *s)
{
	int used;

	text_fit(s, INT32_MAX - 2, &used);
	return used;
}

int
text_shell_quote(struct buf *b, const char *s)
{
	buf_addc(b, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			buf_adds(b, "'\\''");
		else
			buf_addc(b, *s);
	}
	buf_addc(b, '\'');
	return b->over ? -1 : 0;
}

int
text_int(const char *s, int64_t lo, int64_t hi, int64_t *out)
{
	long long v;
	char *end;

	if (!s || (!isdigit((unsigned char)*s) && *s != '-'))
		return -1;
	errno = 0;
	v = strtoll(s, &end, 10);
	if (errno || *end || end == s || v < lo || v > hi)
		return -1;
	*out = v;
	return 0;
}

const char *
text_bytes(int64_t bytes, char text[TEXT_BYTES_MAX])
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB",
					    "EiB"};
	double v = bytes / 1024.0;
	size_t i = 0;

	if (bytes < 0) {
		snprintf(text, TEXT_BYTES_MAX, "?");
		return text;
	}
	if (bytes < 1024) {
		snprintf(text, TEXT_BYTES_MAX, "%d B", (int)bytes);
		return text;
	}
	for (; v >= 1000 && i + 1 < sizeof(units) / sizeof(units[0]); i++)
		v /= 1024;
	snprintf(text, TEXT_BYTES_MAX, v < 10 ? "%.1f %s" : "%.0f %s", v,
	    units[i]);
	return text;
}

/* Levenshtein distance, one row at a time. */
static size_t
distance(const char *a, const char *b)
{
	size_t m = strlen(b), i, j, best;
	size_t *row = xcalloc(m + 1, sizeof(*row));

	for (j = 0; j <= m; j++)
		row[j] = j;
	for (i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (j = 1; j <= m; j++) {
			best = diagonal + (a[i] != b[j - 1]);
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	best = row[m];
	free(row);
	return best;
}

const char *
text_nearest(const char *word, const char *const *candidates)
{
	size_t limit = strlen(word) / 3 + 1, d;
	const char *best = NULL;

	/* Hostile words are not worth a quadratic search. */
	if (strlen(word) > 64)
		return NULL;
	for (; *candidates; candidates++) {
		d = distance(word, *candidates);
		if (d <= limit) {
			best = *candidates;
			limit = d ? d - 1 : 0;
			if (d == 0)
				break;
		}
	}
	return best;
}

bool
text_contains(const char *haystack, const char *needle)
{
	size_t n = strlen(needle);

	for (;; haystack++) {
		if (strncasecmp(haystack, needle, n) == 0)
			return true;
		if (!*haystack)
			return false;
	}
}
