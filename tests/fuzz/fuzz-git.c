/* What git says of a clone. */
#include "fuzz.h"

#include "base/alloc.h"
#include "model/release.h"
#include "source/git-parse.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xmalloc(size + !size);
	struct git_commit *commits;
	struct git_refs refs;
	struct releases all;
	size_t count;

	memcpy(text, data, size);
	if (git_refs_parse(text, size, "origin", "main", &refs, NULL) == 0) {
		releases_init(&all);
		releases_finish(&all, refs.tags, refs.tag_count);
		refs.tags = NULL;
		refs.tag_count = 0;
		releases_release(&all);
		git_refs_release(&refs);
	}
	git_log_parse(text, size, &commits, &count);
	git_commits_free(commits, count);
	git_moved_free(git_moved_parse(text, size));
	git_gave_up(text, size);
	free(git_complaint(text, size));
	free(text);
	return 0;
}
