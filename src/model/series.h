/*
 * The last values of a figure, oldest first, for sparklines. A fixed ring
 * inside its owner: nothing to allocate or to free.
 */
#ifndef MODEL_SERIES_H
#define MODEL_SERIES_H

#include <stddef.h>

#define SERIES_MAX 60

struct series {
	float values[SERIES_MAX];	/* NAN where nothing was observed */
	unsigned char head;		/* where the next one goes */
	unsigned char count;
};

void series_add(struct series *s, double value);
/* i from 0 (oldest) to count - 1. */
double series_at(const struct series *s, size_t i);
double series_last(const struct series *s);	/* NAN when empty */
double series_max(const struct series *s);	/* NAN when nothing known */

#endif
