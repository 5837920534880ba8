#include "model/backup.h"

#include <limits.h>
#include <stdlib.h>

enum {
	COMPARED = 7,		/* how many before it a size is held against */
	COMPARED_LEAST = 2,
	/* A gzip of nothing is 20 bytes, a compressed tar of nothing 45. */
	EMPTY_BYTES = 64,
	/* Percent of the median. Databases and files grow by parts of
	 * themselves from night to night; what halves or doubles was cut,
	 * dumped twice or is another database. */
	SMALL_PERCENT = 50,
	LARGE_PERCENT = 200,
};

/* --- sizes ---------------------------------------------------------------- */

static int
compare_bytes(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The median size of up to seven before item i, empty ones left out: a row of
 * failures must not become the usual. -1 with too few to tell. */
static int64_t
usual_size(const struct backup_series *s, size_t i)
{
	int64_t bytes[COMPARED];
	size_t j, n = 0;

	for (j = i + 1; j < s->count && n < COMPARED; j++)
		if (s->items[j].bytes > EMPTY_BYTES)
			bytes[n++] = s->items[j].bytes;
	if (n < COMPARED_LEAST)
		return -1;
	qsort(bytes, n, sizeof(*bytes), compare_bytes);
	return bytes[(n - 1) / 2] / 2 + bytes[n / 2] / 2 +
	    (bytes[(n - 1) / 2] & bytes[n / 2] & 1);
}

static enum size_verdict
size_verdict(int64_t bytes, int64_t usual)
{
	double percent;

	if (bytes < 0)
		return SIZE_UNKNOWN;
	if (bytes <= EMPTY_BYTES)
		return SIZE_EMPTY;
	if (usual < 0)
		return SIZE_UNKNOWN;
	percent = 100.0 * bytes / usual;
	return percent < SMALL_PERCENT ? SIZE_SMALL :
	    percent > LARGE_PERCENT ? SIZE_LARGE : SIZE_PLAUSIBLE;
}

/* --- the series ----------------------------------------------------------- */

static int
compare_backups(const void *a, const void *b)
{
	const struct backup *x = a, *y = b;

	if (x->taken_at != y->taken_at)
		return x->taken_at < y->taken_at ? 1 : -1;
	return strcmp(y->name, x->name);
}

static void
cut(struct backup_series *s)
{
	while (s->count > BACKUPS_MAX) {
		struct backup *b = &s->items[--s->count];

		free(b->name);
		free(b->failure);
		free(b->evidence);
	}
}

/* What lies further apart than one and a half times the usual has lost as many
 * as would fit in between. */
static void
find_gaps(struct backup_series *s)
{
	int64_t apart, missing, gaps = 0;
	size_t i;

	s->gaps = s->count && s->every_ms > 0 ? 0 : -1;
	s->gap_at = TIME_UNKNOWN;
	if (s->gaps == -1)
		return;
	for (i = 0; i + 1 < s->count; i++) {
		int64_t from = s->items[i + 1].taken_at;

		if (from == TIME_UNKNOWN)
			break;
		apart = s->items[i].taken_at - from;
		if (apart / 3 * 2 <= s->every_ms)
			continue;
		missing = (apart + s->every_ms / 2) / s->every_ms - 1;
		if (missing < 1)
			continue;
		gaps += missing;
		if (s->gap_at == TIME_UNKNOWN)
			s->gap_at = s->items[i].taken_at - s->every_ms;
	}
	s->gaps = gaps > INT_MAX ? INT_MAX : (int)gaps;
}

void
backup_series_finish(struct backup_series *s)
{
	size_t i;

	if (s->count)
		qsort(s->items, s->count, sizeof(*s->items), compare_backups);
	if (s->total < (int64_t)s->count)
		s->total = (int)s->count;
	if (s->count && (s->oldest_at == TIME_UNKNOWN ||
	    s->items[s->count - 1].taken_at < s->oldest_at))
		s->oldest_at = s->items[s->count - 1].taken_at;
	for (i = 0; i < s->count; i++) {
		struct backup *b = &s->items[i];
		enum rung floor;

		b->size = size_verdict(b->bytes, usual_size(s, i));
		floor = b->size == SIZE_PLAUSIBLE ? RUNG_PLAUSIBLE :
		    RUNG_LISTED;
		if (b->rung < floor)
			b->rung = floor;
	}
	s->usual_bytes = usual_size(s, 0);
	cut(s);
	find_gaps(s);
}

const struct backup *
backup_newest(const struct backup_series *s, enum rung least)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		if (s->items[i].rung >= least)
			return &s->items[i];
	return NULL;
}
