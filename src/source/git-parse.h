/*
 * What git says of a clone. Pure. Texts are cleaned here.
 */
#ifndef SOURCE_GIT_PARSE_H
#define SOURCE_GIT_PARSE_H

#include "base/err.h"
#include "model/model.h"

/* For `git for-each-ref --format`: members end with NUL, records with a line
 * break. */
#define GIT_REFS_FORMAT \
	"%(refname)%00%(objectname)%00%(*objectname)%00%(taggername)%00" \
	"%(authorname)%00%(creatordate:unix)%00%(contents:subject)%00"
/* For `git log -z --format`: members and records end with NUL. */
#define GIT_LOG_FORMAT "%H%x00%an%x00%ct%x00%s"

struct git_refs {
	struct release *tags;	/* as releases_finish() takes them */
	size_t tag_count;
	char *branch_ref;	/* "refs/remotes/origin/main"; NULL: no branch */
	char *head;		/* its commit */
	int64_t head_date;
};

/* The branch is taken at the remote, else the clone's own of that name (a bare
 * mirror has only those). */
int git_refs_parse(const char *text, size_t len, const char *remote,
    const char *branch, struct git_refs *out, struct err *e);
void git_refs_release(struct git_refs *r);

struct git_commit {
	char *commit, *author, *subject;
	int64_t date;
};

/* What follows the last whole commit is ignored: the output may be cut. */
void git_log_parse(const char *text, size_t len, struct git_commit **out,
    size_t *count);
void git_commits_free(struct git_commit *commits, size_t count);

/* Tags that `git fetch` refused to move, from its standard error; NULL-ended.
 * The caller frees them with git_moved_free(). */
char **git_moved_parse(const char *text, size_t len);
void git_moved_free(char **tags);

/* The line of standard error that says why, without "fatal: ". Never NULL; the
 * caller frees it. */
char *git_complaint(const char *text, size_t len);
/* Whether git gave up, beyond refusing to move a tag. */
bool git_gave_up(const char *text, size_t len);

#endif
