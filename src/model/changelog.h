/*
 * CHANGELOG.md in the form of Keep a Changelog 1.1.0 (the plan, §4.3): what
 * each version changed, and the move of "Unreleased" to a version. Pure: bytes
 * in, plain data or bytes out.
 *
 * A file that does not follow the format is refused as a whole, with
 * "FILE:LINE: what was found, what was expected": notes read from a file that
 * was misunderstood would be shown beside the wrong release.
 */
#ifndef MODEL_CHANGELOG_H
#define MODEL_CHANGELOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Files above this are refused by who reads them. */
#define CHANGELOG_BYTES_MAX (4 * 1024 * 1024)

/* "### Added" and its list. Texts are cleaned; an item is one line. */
struct changelog_category {
	char *name;
	char **items;
	size_t item_count;
};

struct changelog_version {
	char *name;		/* "1.2.3", as written; "Unreleased" */
	char *date;		/* "2026-06-15"; NULL of Unreleased */
	char *link;		/* cleaned, from the link references; or NULL */
	bool unreleased;
	bool yanked;
	struct changelog_category *categories;
	size_t category_count;
	size_t line;		/* of the heading, from 1 */
	size_t start, body, end; /* bytes: heading, what follows it, its end */
};

/* "[1.2.3]: https://…" */
struct changelog_link {
	char *label;
	size_t line;
	size_t start, url, end;	/* bytes; end is before the line's ending */
};

struct changelog {
	struct changelog_version *versions;	/* in the file's order */
	size_t version_count;
	struct changelog_link *links;
	size_t link_count;
};

/* `file` is the name for errors. On failure *out is untouched. */
int changelog_parse(const char *file, const char *text, size_t len,
    struct changelog *out, struct err *e);
void changelog_release(struct changelog *c);

/* By semantic version, so that "v1.2.3" finds "1.2.3"; "unreleased" in any
 * case finds that. NULL when there is none. */
const struct changelog_version *changelog_find(const struct changelog *c,
    const char *version);

/* What stands below the heading, cleaned line by line, without blank lines
 * around it and without link references: "### Added\n- …". Never NULL; the
 * caller frees it. */
char *changelog_notes(const struct changelog_version *v, const char *text);

/* --- moving Unreleased to a version -------------------------------------- */

/* One place of the file that differs: `len` bytes from `at` make way. */
struct changelog_edit {
	size_t at, len;
	struct buf bytes;
};

/* The heading, then the link references when the file has them. In the order
 * of the file. */
struct changelog_cut {
	struct changelog_edit edits[2];
	size_t edit_count;
};

/* What moves Unreleased to `version` ("1.4.0" or "v1.4.0") with `date`
 * ("2026-06-15"). Refused when the file does not follow the format, has the
 * version or a later one already, or holds nothing under Unreleased. On
 * failure *out is untouched. */
int changelog_cut(const char *file, const char *text, size_t len,
    const char *version, const char *date, struct changelog_cut *out,
    struct err *e);
void changelog_cut_release(struct changelog_cut *c);

/* The file with the edits made: all other bytes are as they were. */
int changelog_cut_apply(const struct changelog_cut *c, const char *text,
    size_t len, struct buf *out);
/* The edits as a unified diff with three lines of context. The text is not
 * cleaned. */
int changelog_cut_diff(const struct changelog_cut *c, const char *file,
    const char *text, size_t len, struct buf *out);

/* A day of the calendar, "2026-06-15". */
bool changelog_is_date(const char *s, size_t len);

#endif
