/* What an S3 service says. */
#include "fuzz.h"

#include "base/alloc.h"
#include "source/s3-parse.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmalloc(size + 1);
	struct s3_fault fault;
	struct s3_page page;
	struct err e;
	size_t i;

	memcpy(text, data, size);
	text[size] = '\0';
	if (s3_page_parse(text, size, &page, &e) == 0) {
		for (i = 0; i < page.count; i++)
			s3_storage_is_cold(page.objects[i].storage);
		s3_page_release(&page);
	}
	if (s3_fault_parse(text, size, &fault) == 0) {
		s3_refusal_text(&(struct s3_refusal){.status = 403,
		    .fault = &fault, .date = text, .region = text,
		    .bucket = "hub"}, &e);
		s3_fault_release(&fault);
	}
	s3_date(text);
	free(text);
	return 0;
}
