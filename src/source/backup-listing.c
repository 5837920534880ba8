#include "source/backup-listing.h"

#include <ctype.h>
#include <fnmatch.h>
#include <limits.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

#define HOUR_MS INT64_C(3600000)

static const char sum[] = ".sha256";

/* --- the list ------------------------------------------------------------- */

void
listing_init(struct listing *l)
{
	*l = (struct listing){.oldest_at = TIME_UNKNOWN};
}

static void
listed_release(struct listed *i)
{
	free(i->name);
	free(i->raw);
	free(i->failure);
}

void
listing_release(struct listing *l)
{
	while (l->count)
		listed_release(&l->items[--l->count]);
	free(l->items);
	while (l->sum_count)
		free(l->sums[--l->sum_count]);
	free(l->sums);
	listing_init(l);
}

void
listing_add(struct listing *l, const struct listed *item)
{
	size_t at = l->count;
	struct listed *i;

	if (l->total < INT_MAX)
		l->total++;
	if (item->taken_at != TIME_UNKNOWN && (l->oldest_at == TIME_UNKNOWN ||
	    item->taken_at < l->oldest_at))
		l->oldest_at = item->taken_at;
	while (at > 0 && l->items[at - 1].taken_at < item->taken_at)
		at--;
	if (at == LISTING_MAX)
		return;
	if (!l->items)
		l->items = xcalloc(LISTING_MAX, sizeof(*l->items));
	if (l->count == LISTING_MAX)
		listed_release(&l->items[--l->count]);
	i = &l->items[at];
	memmove(i + 1, i, (l->count - at) * sizeof(*i));
	l->count++;
	*i = (struct listed){
		.name = item->name ? xstrdup(item->name) :
		    text_clean(item->raw, strlen(item->raw)),
		.raw = xstrdup(item->raw),
		.taken_at = item->taken_at,
		.bytes = item->bytes,
		.sum = item->sum,
		.failure = xstrdup_or_null(item->failure),
	};
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

void
listing_offer(struct listing *l, const struct listed *item,
    const char *pattern)
{
	if (backup_wanted(item->raw, pattern)) {
		listing_add(l, item);
	} else if (ends_with(item->raw, sum)) {
		/* Grows at each power of two. */
		if ((l->sum_count & (l->sum_count - 1)) == 0)
			l->sums = xreallocarray(l->sums, l->sum_count ?
			    2 * l->sum_count : 1, sizeof(*l->sums));
		l->sums[l->sum_count++] = xstrndup(item->raw,
		    strlen(item->raw) - strlen(sum));
	}
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
listing_match_sums(struct listing *l)
{
	size_t i;

	if (l->sum_count == 0)
		return;
	qsort(l->sums, l->sum_count, sizeof(*l->sums), compare_names);
	for (i = 0; i < l->count; i++)
		l->items[i].sum = bsearch(&l->items[i].raw, l->sums,
		    l->sum_count, sizeof(*l->sums), compare_names) != NULL;
}

const struct listed *
listing_find(const struct listing *l, const char *name)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (strcmp(l->items[i].name, name) == 0)
			return &l->items[i];
	return NULL;
}

/* --- which ---------------------------------------------------------------- */

static const char *
last_part(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash ? slash + 1 : name;
}

bool
backup_wanted(const char *name, const char *pattern)
{
	static const char *const others[] = {sum, ".part", ".tmp"};
	const char *part = last_part(name);
	size_t i;

	if (*part == '\0' || *part == '.')
		return false;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (ends_with(part, others[i]))
			return false;
	/* What is no text in our locale matches nothing but this. */
	return !pattern || strcmp(pattern, "*") == 0 ||
	    fnmatch(pattern, part, 0) == 0;
}

/* --- when ----------------------------------------------------------------- */

struct stamp {
	int part[6];		/* year, month, day, hour, minute, second */
	int parts;		/* 3, 5 or 6 */
	int64_t at;
};

/* n digits at s as a number; -1 when they are not there. */
static int
number(const char *s, int n)
{
	int v = 0;

	while (n-- > 0) {
		if (!isdigit((unsigned char)*s))
			return -1;
		v = v * 10 + (*s++ - '0');
	}
	return v;
}

/* An optional separator out of `any` and two digits; NULL when they are not
 * there. */
static const char *
pair(const char *s, const char *any, int *v)
{
	if (*s && strchr(any, *s))
		s++;
	*v = number(s, 2);
	return *v < 0 ? NULL : s + 2;
}

static int
stamp_time(struct stamp *t)
{
	char text[80], back[CLOCK_TEXT_MAX];
	const int *p = t->part;

	if (p[0] < 1990)
		return -1;
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", p[0],
	    p[1], p[2], p[3], p[4], p[5]);
	if (clock_parse_rfc3339(text, &t->at) == -1)
		return -1;
	/* No 30th of February, which would be in March. */
	return strncmp(clock_rfc3339(t->at, back), text, 10) ? -1 : 0;
}

/* The hour and the minute, perhaps the second, after a day. */
static const char *
stamp_clock(const char *s, struct stamp *t)
{
	const char *next;

	if (*s && strchr("Tt_- .", *s))
		s++;
	next = pair(s, "", &t->part[3]);
	if (!next || !(next = pair(next, ":-_.hH", &t->part[4])))
		return NULL;
	t->parts = 5;
	s = next;
	next = pair(s, ":-_.mM", &t->part[5]);
	if (next && !isdigit((unsigned char)*next)) {
		t->parts = 6;
		s = next;
	} else {
		t->part[5] = 0;
	}
	return isdigit((unsigned char)*s) ? NULL : s;
}

/* A stamp that begins at s. */
static int
stamp_at(const char *s, struct stamp *t)
{
	const char *p = s + 4, *end;

	*t = (struct stamp){.parts = 3};
	t->part[0] = number(s, 4);
	if (t->part[0] < 0)
		return -1;
	p = pair(p, "-_.", &t->part[1]);
	if (!p || !(p = pair(p, "-_.", &t->part[2])))
		return -1;
	end = stamp_clock(p, t);
	if (end && stamp_time(t) == 0)
		return 0;
	if (isdigit((unsigned char)*p))
		return -1;
	t->part[3] = t->part[4] = t->part[5] = 0;
	t->parts = 3;
	return stamp_time(t);
}

/* The first of the most exact ones in len bytes of text. */
static bool
stamp_find(const char *text, size_t len, struct stamp *best)
{
	struct stamp t;
	size_t i;

	best->parts = 0;
	for (i = 0; i < len; i++)
		if ((i == 0 || !isdigit((unsigned char)text[i - 1])) &&
		    stamp_at(text + i, &t) == 0 && t.parts > best->parts)
			*best = t;
	return best->parts > 0;
}

int64_t
backup_taken_at(const char *name, int64_t modified)
{
	const char *part = last_part(name);
	struct stamp t;

	if (!stamp_find(part, strlen(part), &t) &&
	    !stamp_find(name, part - name, &t))
		return modified;
	if (modified == TIME_UNKNOWN)
		return t.at;
	if (t.at - modified > 36 * HOUR_MS)
		return modified;
	/* A day alone, and it was written on that day: that is closer. */
	if (t.parts == 3 && modified >= t.at && modified - t.at < 24 * HOUR_MS)
		return modified;
	return t.at;
}
