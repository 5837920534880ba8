#include "model/series.h"

#include <float.h>
#include <math.h>

void
series_add(struct series *s, double value)
{
	s->values[s->head] = fabs(value) <= FLT_MAX ? (float)value : NAN;
	s->head = (s->head + 1) % SERIES_MAX;
	if (s->count < SERIES_MAX)
		s->count++;
}

double
series_at(const struct series *s, size_t i)
{
	if (i >= s->count)
		return NAN;
	return s->values[(s->head + SERIES_MAX - s->count + i) % SERIES_MAX];
}

double
series_last(const struct series *s)
{
	return s->count ? series_at(s, s->count - 1) : NAN;
}

double
series_max(const struct series *s)
{
	double max = NAN;
	size_t i;

	for (i = 0; i < s->count; i++)
		max = fmax(max, series_at(s, i));
	return max;
}
