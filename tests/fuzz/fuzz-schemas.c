/* What a host's shell may answer to the question for a schema. */
#include "fuzz.h"

#include "base/alloc.h"
#include "base/text.h"
#include "source/schemas-parse.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmalloc(size + !size), *again;
	char fingerprint[HASH_TEXT_MAX] = "";
	struct err e = {""};

	memcpy(text, data, size);
	if (schemas_parse(text, size, fingerprint, &e) == 0) {
		if (strspn(fingerprint, "0123456789abcdef") != 16)
			abort();
	} else {
		again = text_clean(e.text, strlen(e.text));
		if (!*e.text || strcmp(again, e.text) != 0)
			abort();
		free(again);
	}
	free(text);
	return 0;
}
