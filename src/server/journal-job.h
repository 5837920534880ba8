/*
 * One thing for the journal's thread to do, and afterwards what came of it. The
 * loop makes, links and frees jobs and calls back; the thread does them.
 */
#ifndef SERVER_JOURNAL_JOB_H
#define SERVER_JOURNAL_JOB_H

#include "server/journal-db.h"
#include "server/journal-hash.h"
#include "server/journal.h"
#include "server/worker.h"

enum journal_job_kind {
	JOB_ENTRY,		/* with `state`: of a run */
	JOB_OUTPUT, JOB_PRUNE,
	JOB_ASK, JOB_VERIFY, JOB_READ_OUTPUT,	/* questions */
};

struct journal_found {
	int64_t seq;
	char *line, *hash;
};

struct journal_job {
	struct task task;
	enum journal_job_kind kind;
	struct journal_entry entry;	/* its texts are the job's */
	char *environment, *run, *step;	/* of all but entries; run: of states */
	char *state;
	bool ended;
	char *data;			/* output to be kept */
	size_t len;
	int64_t at;			/* of output; older is pruned */
	int64_t before;			/* of a question for entries */
	int limit;

	/* What came of it: error (not written, no answer), or the answer. */
	char *error;
	char *warning;			/* written, but */
	struct journal_found *found;
	size_t found_count;
	struct journal_verdict verdict;
	char hash[JOURNAL_HASH_MAX];
	struct buf output;
	int64_t total;			/* bytes found */
	size_t gap;

	/* The loop's alone. */
	struct journal_job *previous, *next;
	journal_done_fn *done;
	journal_answer_fn *answer;
	void *arg;
};

struct journal_job *journal_job_new(enum journal_job_kind kind);
void journal_job_free(struct journal_job *job);
bool journal_job_writes(const struct journal_job *job);

/* The thread's part: write, within a transaction; or fill in the answer. */
int journal_job_write(struct journal_db *d, const struct journal_job *job,
    struct err *e);
void journal_job_ask(struct journal_db *d, struct journal_job *job);

/* The answer as a value, for the caller. */
struct json *journal_job_answer(const struct journal_job *job);

#endif
