/*
 * The clone on this machine, through the git program: tags, the branch, the
 * changelog on it, and the commits between two releases. The clone is fetched
 * on an interval; nothing else in it is changed: no work tree, no tag that was
 * there, no hook is run. What was read stays when a reading fails.
 */
#ifndef SOURCE_GIT_H
#define SOURCE_GIT_H

#include "source/git-parse.h"
#include "source/source.h"

struct git;

/* NULL when no repository is configured. Both are borrowed and outlive it.
 * Fills w->model->releases and calls w->changed. */
struct git *git_new(struct world *w, const struct conf_repository *c);
void git_free(struct git *g);
/* Fetch (unless that is off) and read now. NULL is accepted. */
void git_refresh(struct git *g);

/* At most this many commits are told. */
#define GIT_COMMITS_MAX 500

/* Once, never from inside git_commits(): the commits, newest first, borrowed;
 * or the error. */
typedef void git_commits_fn(void *arg, const struct git_commit *commits,
    size_t count, bool more, const char *error);

/* Commits that `to` has and `from` has not; two object names as the model has
 * them. `from` NULL: all that lead to `to`. git_free() drops what is under way:
 * the callback is then not called, and `arg` is freed with free(). */
bool git_commits_busy(const struct git *g);	/* enough are under way */
void git_commits(struct git *g, const char *from, const char *to,
    git_commits_fn *fn, void *arg);

#endif
