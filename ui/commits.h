/*
 * The commits between two releases, asked of the server when the operator has
 * stayed with them for a moment: passing through a list asks for nothing.
 */
#ifndef UI_COMMITS_H
#define UI_COMMITS_H

#include "ui/console.h"

struct commit {
	char *commit, *author, *subject;	/* cleaned */
};

struct commits;

struct commits *commits_new(struct console *c);
/* Nothing is asked or waited for any more. */
void commits_free(struct commits *c);
/* These are looked at now: what `to` has and `from` has not; `from` NULL: all
 * of `to`; `to` NULL: nothing. Call it with every picture. */
void commits_look(struct commits *c, const struct release *from,
    const struct release *to);
/* Whether the answer for those is there: commits or an error. */
bool commits_known(const struct commits *c);
/* NULL: no error. Borrowed, like the commits, until the next look. */
const char *commits_error(const struct commits *c);
size_t commits_count(const struct commits *c);
const struct commit *commits_at(const struct commits *c, size_t i);
/* There are others, older than these. */
bool commits_more(const struct commits *c);

#endif
