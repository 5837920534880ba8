/*
 * When something was last observed, and why it was not since. Three-valued
 * answers live here too, since an observation is where not knowing begins.
 */
#ifndef MODEL_OBSERVATION_H
#define MODEL_OBSERVATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

enum tri { TRI_UNKNOWN = -1, TRI_NO = 0, TRI_YES = 1 };

struct observation {
	bool used;		/* configured at all */
	int64_t observed_at;	/* last success */
	int64_t attempted_at;
	int64_t stale_after;	/* ms; older than that is stale */
	char *error;		/* of the last attempt; NULL after a success */
};

/* Success and failure of an observation. */
void observation_ok(struct observation *o, int64_t now);
void observation_failed(struct observation *o, int64_t now,
    const char *error);
/* Older than its limit. What was never observed is not stale: there is nothing
 * old to show. */
bool observation_stale(const struct observation *o, int64_t now);

#endif
