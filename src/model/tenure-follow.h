/*
 * Which version is live, and for how long it was seen to be: follows the
 * tenures of one environment from observation to observation. Pure: the caller
 * looks each second or more often, and says when.
 *
 * A version is the commit of the checkout, the image of each service and the
 * rendered configuration. While a deployment is under way all of that is a
 * mixture which nobody meant to run, and no tenure comes of it.
 */
#ifndef MODEL_TENURE_FOLLOW_H
#define MODEL_TENURE_FOLLOW_H

#include "model/model.h"

/* Another version begins its tenure when it was there so long, whole: every
 * service that was there before has a started container, all of one service run
 * the same image, and the checkout was looked at since these images came. */
#define TENURE_SETTLE_MS 5000
/* A deployment takes no longer (the plan's workflow for production is given 15
 * minutes). What is not whole by then never will be: it is what is live. Nor
 * does a checkout that moved alone, or a schema that changed, belong to a
 * deployment still to come. */
#define TENURE_DEPLOY_MS (15 * 60 * 1000)
/* Between two looks; what lies further apart was not watched. */
#define TENURE_GAP_MS 10000

/* A schema that is no longer as recorded, while the same version runs. */
struct tenure_schema_change {
	char *name, *fingerprint;
	int64_t held_ms;
};

/* What is remembered from look to look. */
struct tenure_watch {
	int64_t looked_at;	/* TIME_UNKNOWN: nothing certain was seen */
	/* What was seen then. */
	char *commit;
	uint64_t images, compose;
	int64_t since;		/* that version */
	int64_t images_since;
	int64_t held_ms;	/* it was watched … */
	int64_t whole_ms;	/* … and was whole, lately */
	int64_t settled_at;	/* the live tenure was found to be live;
				 * TIME_UNKNOWN while it is not */
	int64_t changed_at;	/* the first sign of another version … */
	int64_t well_at;	/* … and when it was whole and well */
	struct tenure_schema_change *changes;
	size_t change_count;
};

void tenure_watch_init(struct tenure_watch *w);
void tenure_watch_release(struct tenure_watch *w);

enum {
	TENURE_COUNTED = 1,	/* times of the live tenure went on */
	TENURE_ALTERED = 2,	/* its tag, configuration or schemas */
	TENURE_BEGUN = 4,	/* a new one is the first in the list */
};

/* Look at the environment, which was judged, and bring env->tenures up to date:
 * at most TENURES_MAX. Returns what happened, 0 when nothing is certain. */
unsigned tenure_follow(struct tenure_watch *w, struct environment *env,
    int64_t now);

#endif
