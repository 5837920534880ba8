/*
 * Releases: the tags of the repository in the order of their versions, what
 * each changed against the one before, and which environments run it. The
 * structs are in model.h.
 */
#ifndef MODEL_RELEASE_H
#define MODEL_RELEASE_H

#include "model/changelog.h"
#include "model/model.h"

/* Tags beyond these are not listed: the oldest go. */
#define RELEASES_MAX 500
/* Bytes of one release's notes, cut at a line. */
#define RELEASE_NOTES_MAX 4096

void releases_init(struct releases *r);
void releases_release(struct releases *r);
void release_release(struct release *r);

/* Replace the list: `items` (tag, commit, date, author, subject, annotated) are
 * taken over, put in order, and the rest of each is derived. Notes come after,
 * with releases_notes(). */
void releases_finish(struct releases *r, struct release *items, size_t count);
/* Notes from the changelog; NULL when there is none. */
void releases_notes(struct releases *r, const struct changelog *c,
    const char *text);

/* By tag; NULL when there is none. */
const struct release *releases_find(const struct releases *r, const char *tag);
/* The newest version that is neither a pre-release nor a rollback. */
const struct release *releases_newest(const struct releases *r);
/* Whether the environment runs it: by the commit, else, when that is not known,
 * by the tag. */
bool release_runs_in(const struct release *r, const struct environment *env);
/* In the operator's words: "minor", "rollback", "no version"; "" when there
 * is no word for it. */
const char *release_kind_text(const struct release *r);

#endif
