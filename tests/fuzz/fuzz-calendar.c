/* Calendars: read, and asked what comes. */
#include "fuzz.h"

#include "base/alloc.h"
#include "model/calendar.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Exactly as long, so that a read beyond it is seen. */
	char *text = xmalloc(size + !size);
	struct calendar_slot slot;
	struct calendar c;
	size_t i;

	memcpy(text, data, size);
	calendar_init(&c);
	if (calendar_parse(&c, "f", text, size, "Europe/Paris", NULL) == 0) {
		for (i = 0; i < 10; i++)
			if (calendar_next(&c, INT64_C(1750000000000) + i *
			    86400000, 3600000, &slot) && slot.end < slot.start)
				abort();
	} else if (c.count > 0) {
		abort();
	}
	calendar_release(&c);
	free(text);
	return 0;
}
