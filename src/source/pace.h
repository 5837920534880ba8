/*
 * When to try again and when to look next: back-off after failures, and
 * jitter, so that twenty hosts are not asked in the same millisecond.
 */
#ifndef SOURCE_PACE_H
#define SOURCE_PACE_H

#include <stdint.h>

struct backoff {
	int64_t wait_ms;	/* the last one; 0 after a success */
};

/* How long to wait after one more failure: 0.5 s doubling to 30 s, ±20 %. */
int64_t backoff_next(struct backoff *b);
void backoff_reset(struct backoff *b);

/* ms ±10 %. */
int64_t jittered(int64_t ms);

#endif
