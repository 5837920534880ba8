#include "source/pace.h"

#include <sys/random.h>

#define FIRST_MS 500
#define LONGEST_MS 30000

/* ms, up to a part of it more or less. */
static int64_t
around(int64_t ms, int64_t part)
{
	uint32_t r = 0;

	if (ms / part < 1 || getrandom(&r, sizeof(r), GRND_NONBLOCK) == -1)
		return ms;
	return ms - ms / part + r % (2 * (ms / part) + 1);
}

int64_t
backoff_next(struct backoff *b)
{
	b->wait_ms = b->wait_ms ? 2 * b->wait_ms : FIRST_MS;
	if (b->wait_ms > LONGEST_MS)
		b->wait_ms = LONGEST_MS;
	return around(b->wait_ms, 5);
}

void
backoff_reset(struct backoff *b)
{
	b->wait_ms = 0;
}

int64_t
jittered(int64_t ms)
{
	return around(ms, 10);
}
