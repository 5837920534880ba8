/*
 * What the files of source/git*.c share: git.c looks at the clone, git-act.c
 * makes tags and pushes them, git-program.c runs the program for both. Nobody
 * else includes this.
 */
#ifndef SOURCE_GIT_PRIVATE_H
#define SOURCE_GIT_PRIVATE_H

#include <sys/queue.h>

#include "source/git.h"

#define GIT_ARGS_MAX 40

/* Looking is a walk through these. */
enum git_step { STEP_FETCH, STEP_SHALLOW, STEP_REFS, STEP_CHANGELOG,
		STEP_COUNT, STEP_END };

struct log_wait {
	struct log_wait *next;
	struct git *git;
	struct child *child;
	git_commits_fn *fn;
	void *arg;
};

struct git_act;

struct git {
	struct world *w;
	const struct conf_repository *c;
	char *safe, *ceiling;	/* arguments made once */
	struct loop_timer *timer;
	struct child *child;
	enum git_step step;
	int64_t fetch_at;	/* monotonic */
	char *branch_ref;
	struct buf refs;	/* as last read: equal ones need no work */
	char **moved;
	struct releases fresh;	/* what the walk has gathered so far */
	bool news;		/* read all, whether the refs differ or not */
	struct log_wait *waits;
	LIST_HEAD(, git_act) acts;
};

/* --- git-program.c -------------------------------------------------------- */
struct git_args {
	const char *argv[GIT_ARGS_MAX];
	size_t count;
};

/* Neither hooks nor monitors of the clone are run, and the directory may belong
 * to another user. */
void git_begin(const struct git *g, struct git_args *a);
void git_add(struct git_args *a, const char *arg);
/* What is common is filled in: argv, env, directory. */
struct child *git_program(struct git *g, const struct git_args *a,
    const struct child_request *r);
struct child *git_start(struct git *g, const struct git_args *a,
    int64_t deadline_ms, size_t max, child_done_fn *done, void *arg);
/* Why it failed; the caller frees it. */
char *git_why(const struct child_result *r, const char *what);
bool git_succeeded(const struct child_result *r);

/* --- git-act.c ------------------------------------------------------------ */
/* Those under way; nobody is told. */
void git_acts_free(struct git *g);

#endif
