/* Changelogs: read, and their Unreleased moved to a version. */
#include "fuzz.h"

#include "base/alloc.h"
#include "model/changelog.h"

#define NEWEST "99999.0.0"

/* What was cut can be read again, and has the version. */
static void
cut(const char *text, size_t size)
{
	struct buf made = BUF_INIT(CHANGELOG_BYTES_MAX);
	struct changelog_cut k;
	struct changelog c;

	if (changelog_cut("f", text, size, NEWEST, "2026-06-15", &k,
	    NULL) == -1)
		return;
	if (changelog_cut_apply(&k, text, size, &made) == 0) {
		if (changelog_parse("f", buf_str(&made), made.len, &c,
		    NULL) == -1 || !changelog_find(&c, NEWEST))
			abort();
		changelog_release(&c);
	}
	buf_clear(&made);
	changelog_cut_diff(&k, "f", text, size, &made);
	changelog_cut_release(&k);
	buf_release(&made);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Exactly as long, so that a read beyond it is seen. */
	char *text = xmalloc(size + !size);
	struct changelog c;
	size_t i;

	memcpy(text, data, size);
	if (changelog_parse("f", text, size, &c, NULL) == 0) {
		for (i = 0; i < c.version_count; i++) {
			const struct changelog_version *v = &c.versions[i];

			if (v->start > v->body || v->body > v->end ||
			    v->end > size)
				abort();
			free(changelog_notes(v, text));
		}
		changelog_release(&c);
	}
	cut(text, size);
	free(text);
	return 0;
}
