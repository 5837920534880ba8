/*
 * What a job's host is told, as text for its shell, and what it answers. Every
 * answer is one line "vigie-job STATE SIZE CODE WHY SESSION" and the bytes of
 * the log that were asked for; a login shell may have printed before it, so a
 * line feed comes first.
 */
#ifndef IO_JOB_SCRIPT_H
#define IO_JOB_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum job_seen {
	JOB_SEEN_NONE,		/* there is no such directory */
	JOB_SEEN_REFUSED,	/* could not be started; the rest says why */
	JOB_SEEN_STARTING,	/* the directory is there, nothing runs yet */
	JOB_SEEN_RUNNING,
	JOB_SEEN_ENDED,
	JOB_SEEN_REBOOTED,	/* the host has, and there is no status */
	JOB_SEEN_LOST,		/* the process has gone without a status */
	JOB_SEENS,
};

enum job_stop { JOB_STOP_NOT, JOB_STOP_DEADLINE, JOB_STOP_CANCELLED };

struct job_answer {
	enum job_seen seen;
	int64_t size;		/* of the log */
	int code;		/* as the shell gave it; -1: none */
	enum job_stop stop;
	bool no_session;	/* runs without setsid */
	const char *data;	/* into what was parsed */
	size_t len;
};

/* What of the log is to come with the answer. */
struct job_slice {
	int64_t from;
	size_t max;
};

bool job_id_is_valid(const char *id);
int job_answer_parse(const char *text, size_t len, struct job_answer *a,
    struct err *e);

/* All of them append a whole program for sh; b must have the room. root NULL:
 * the default. */
void job_script_start(struct buf *b, const char *root, const char *id,
    const char *script, int64_t deadline_s, struct job_slice s);
void job_script_look(struct buf *b, const char *root, const char *id,
    struct job_slice s);
void job_script_stop(struct buf *b, const char *root, const char *id,
    enum job_stop why, struct job_slice s);
/* Answers "vigie-swept N". */
void job_script_sweep(struct buf *b, const char *root, const char *prefix,
    int64_t older_than_s);
int job_swept_parse(const char *text, size_t len, int *removed);

#endif
