/*
 * A command on a host that outlives the link, this process and the terminal.
 * It has a spool directory named by its id, whose mkdir is the atomic start:
 *
 *   script   what runs, with sh
 *   run      what runs it, waits for it and keeps its end
 *   log      what it prints, both streams
 *   pid      pid, start time, boot id: which process it is, and not another
 *   status   its exit code, written aside and renamed
 *   why      "deadline" or "cancelled", when it was stopped
 *
 * The host is this machine or one behind ssh; Linux and a POSIX sh are all it
 * needs. A job's working directory is its spool directory; its umask and locale
 * are those of the host's shell, and it ignores a hang-up. It runs in a session
 * of its own; without setsid, what it has started is not reached by a stop.
 *
 * Starting is idempotent: what is there already is followed instead. Losing the
 * link ends nothing: the job is looked for again with back-off. What cannot be
 * told is JOB_UNKNOWN, and never a success.
 */
#ifndef IO_JOB_H
#define IO_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/child.h"
#include "io/loop.h"
#include "io/ssh.h"

struct job;

/* Where jobs run. What it points to must outlive them; the text is copied. */
struct job_place {
	struct children *children;
	struct ssh *ssh;	/* NULL: this machine */
	const char *root;	/* of the spool directories, on that host; NULL:
				 * ${XDG_STATE_HOME:-~/.local/state}/vigie-jobs */
};

enum job_end {
	JOB_UNKNOWN,		/* nobody can say: `why` */
	JOB_EXITED,
	JOB_SIGNALED,		/* as a shell tells it: 128 and the signal */
	JOB_DEADLINE,		/* took too long and was stopped */
	JOB_CANCELLED,
	JOB_REFUSED,		/* was not started: `why` */
};

struct job_result {
	enum job_end end;
	int exit_code;		/* JOB_EXITED; otherwise -1 */
	int signal;		/* JOB_SIGNALED; otherwise 0 */
	const char *why;	/* a clause; NULL for JOB_EXITED */
	int64_t log_bytes;	/* of its whole output */
	bool truncated;		/* there was more than output_max */
};

/* Output from byte `offset` of the log on. May forget or cancel the job. */
typedef void job_output_fn(const char *data, size_t len, int64_t offset,
    void *arg);
/* Called once, never from inside job_start(); the job is freed after it
 * returns. */
typedef void job_done_fn(const struct job_result *r, void *arg);

struct job_request {
	const char *id;		/* letters, digits, '.', '_', '-'; at most 100,
				 * no '.' first */
	const char *script;	/* for sh; goes over stdin into a 0600 file.
				 * At most JOB_SCRIPT_MAX bytes */
	int64_t deadline_ms;	/* of the whole job, kept by the host; then its
				 * group gets SIGTERM, and SIGKILL 10 s later.
				 * 0: none */
	int64_t from;		/* follow the log from this byte on */
	size_t output_max;	/* bytes told at most; 0: 1 MiB */
	job_output_fn *output;	/* or NULL */
	job_done_fn *done;
	void *arg;
};

#define JOB_SCRIPT_MAX (256 * 1024)

/* Start it, or follow it where it has been started before. */
struct job *job_start(struct loop *l, const struct job_place *p,
    const struct job_request *r);
/* Follow one that must be there; script and deadline_ms are not used. */
struct job *job_attach(struct loop *l, const struct job_place *p,
    const struct job_request *r);
/* Stop it and all it has started on the host; `done` follows, when that is
 * known to have happened. A start that is still on its way is undone. */
void job_cancel(struct job *j);
/* Stop following; it goes on. `done` is not called. NULL is accepted. */
void job_forget(struct job *j);

struct job_status {
	bool running;		/* seen to run, when last heard of */
	int64_t heard_at;	/* wall ms of the last answer, or TIME_UNKNOWN */
	const char *error;	/* why nothing is heard now, or NULL */
	int64_t next_try;	/* wall ms, or TIME_UNKNOWN */
	int64_t log_bytes;
	const char *note;	/* what is weaker than it should be, or NULL */
};

/* Borrowed, valid until the next turn of the loop. */
struct job_status job_status(const struct job *j);

/* Remove the spool directories of jobs whose id begins so and that ended longer
 * ago than that. */
struct jobs_sweep;
typedef void jobs_sweep_fn(int removed, const char *error, void *arg);
struct jobs_sweep *jobs_sweep(const struct job_place *p, const char *prefix,
    int64_t older_than_ms, jobs_sweep_fn *done, void *arg);
/* `done` is not called. NULL is accepted. */
void jobs_sweep_cancel(struct jobs_sweep *s);

#endif
