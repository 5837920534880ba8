#include "model/model.h"

#include "base/alloc.h"

void
observation_ok(struct observation *o, int64_t now)
{
	o->observed_at = now;
	o->attempted_at = now;
	xstrset(&o->error, NULL);
}

void
observation_failed(struct observation *o, int64_t now, const char *error)
{
	o->attempted_at = now;
	xstrset(&o->error, error);
}

bool
observation_stale(const struct observation *o, int64_t now)
{
	return o->used && o->stale_after > 0 &&
	    o->observed_at != TIME_UNKNOWN &&
	    now - o->observed_at > o->stale_after;
}
