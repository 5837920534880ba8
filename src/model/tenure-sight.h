/*
 * What is to be seen, at one moment, of the version that runs; for
 * tenure-follow.c, which goes from moment to moment.
 */
#ifndef MODEL_TENURE_SIGHT_H
#define MODEL_TENURE_SIGHT_H

#include "model/model.h"

struct sight {
	const char *commit;	/* borrowed; NULL: there is no checkout */
	uint64_t images;
	uint64_t compose;	/* 0: not known of all services */
	bool started;		/* no container waits to be */
};

enum clarity {
	UNSEEN,		/* nothing is known of this moment */
	MIXED,		/* no version: an image is unknown, or one service has
			 * two */
	SEEN,
};

enum clarity sight_see(const struct environment *env, int64_t now,
    struct sight *s);
/* What runs is what ran then, whatever the checkout says: a configuration that
 * one of both does not tell says nothing. */
bool sight_same_running(const struct sight *s, const struct tenure *t);
/* The same version. */
bool sight_is(const struct sight *s, const struct tenure *t);
/* A service of then has no container. */
bool sight_lacks_service(const struct environment *env,
    const struct tenure *t);
/* The same version with something missing: broken, not another one. */
bool sight_is_rest_of(const struct sight *s, const struct environment *env,
    const struct tenure *t);

#endif
