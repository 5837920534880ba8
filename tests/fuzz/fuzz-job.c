/*
 * What hosts answer about jobs and what verifications say, of any bytes: read
 * or refused, and never more than was there.
 */
#include "fuzz.h"

#include "base/alloc.h"
#include "io/job-script.h"
#include "source/backup-fetch.h"
#include "source/verify-script.h"

static void
answer(const char *text, size_t size)
{
	struct job_answer a;
	int removed;

	if (job_answer_parse(text, size, &a, NULL) == 0 &&
	    (a.seen >= JOB_SEENS || a.size < 0 || a.code < -1 ||
	    a.code > 255 || a.data + a.len != text + size))
		abort();
	if (job_swept_parse(text, size, &removed) == 0 && removed < 0)
		abort();
}

static void
verification(const char *text, size_t size)
{
	char sum[VERIFY_SHA256_MAX], md5[FETCH_MD5_MAX], *copy;
	struct verify_line l;

	if (verify_line_parse(text, size, &l) == 0) {
		if (l.rung <= RUNG_LISTED || l.rung >= RUNGS)
			abort();
		free(l.text);
	}
	if (verify_sums_parse(text, size, "a", sum) == 0 &&
	    strspn(sum, "0123456789abcdef") != VERIFY_SHA256_MAX - 1)
		abort();
	copy = xstrndup(text, size);
	if (fetch_etag_md5(copy, NULL, md5) &&
	    strspn(md5, "0123456789abcdef") != FETCH_MD5_MAX - 1)
		abort();
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of just that size, so that a byte too many is seen. */
	char *text = xmalloc(size ? size : 1);

	if (size)
		memcpy(text, data, size);
	answer(text, size);
	verification(text, size);
	free(text);
	return 0;
}
