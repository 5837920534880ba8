/* A directory of backups, and the stamps in their names. */
#include "fuzz.h"

#include "base/alloc.h"
#include "source/backup-directory-parse.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmalloc(size + 1);
	struct listing l;
	struct err e;

	memcpy(text, data, size);
	text[size] = '\0';
	listing_init(&l);
	backup_directory_parse(text, size, "*", &l, &e);
	listing_match_sums(&l);
	listing_release(&l);
	backup_taken_at(text, 1781499600000);
	free(text);
	return 0;
}
