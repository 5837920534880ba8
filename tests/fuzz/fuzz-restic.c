/* What restic says. */
#include "fuzz.h"

#include "base/alloc.h"
#include "source/restic-parse.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmalloc(size + 1);
	struct listing l;
	struct err e;

	memcpy(text, data, size);
	text[size] = '\0';
	listing_init(&l);
	restic_snapshots_parse(text, size, &l, &e);
	listing_release(&l);
	restic_failure(1, text, size, &e);
	free(restic_without_secrets(text));
	free(text);
	return 0;
}
