/*
 * Semantic versions (semver.org 2.0.0) as tags carry them: "v1.2.3",
 * "1.2.3-rc.1+build". Pure; nothing is allocated.
 *
 * The plan (§6) redeploys an older version under a tag of its own,
 * "v1.4.0-rollback": such a tag is a version by its form, yet no release of
 * v1.4.0: it names what was left, and its commit what runs instead.
 */
#ifndef MODEL_VERSION_H
#define MODEL_VERSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct semver {
	int64_t part[3];	/* major, minor, patch */
	const char *pre;	/* borrowed, not ended: after "-", or NULL */
	size_t pre_len;
	const char *build;	/* borrowed: after "+", or NULL */
	bool rollback;		/* "-rollback", "-rollback.2", "-rc.1-rollback" */
};

/* The specification's grammar after an optional "v"; numbers of at most 15
 * digits. -1 when the text is no version, and *out is untouched. */
int semver_parse(const char *text, struct semver *out);

/* By precedence: <0, 0, >0. The build does not count. */
int semver_compare(const struct semver *a, const struct semver *b);

/* The same for two tags; what is no version comes before all that are, in the
 * order of its bytes. */
int version_compare(const char *a, const char *b);

/* Which part a release raised (the plan, §4.1). */
enum bump {
	BUMP_NONE,		/* the same precedence, or not known */
	BUMP_PRE,		/* another pre-release, or the end of them */
	BUMP_PATCH,
	BUMP_MINOR,
	BUMP_MAJOR,
};

/* The highest part that differs, whichever way it went. */
enum bump semver_bump(const struct semver *from, const struct semver *to);
const char *bump_name(enum bump b);	/* "none" "pre" "patch" "minor" "major" */
enum bump bump_parse(const char *word);	/* BUMP_NONE for any other; NULL too */

#endif
