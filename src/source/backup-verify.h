/*
 * One verification: climbs the rungs of model/backup.h with one backup and
 * stops at the first that does not hold. A file of a directory is read where it
 * lies, by a job on that host; an object of a bucket is fetched to a file of
 * this machine's state directory and read here; of a restic repository all data
 * are read and checked. What was not followed to its end is no verdict.
 */
#ifndef SOURCE_BACKUP_VERIFY_H
#define SOURCE_BACKUP_VERIFY_H

#include "source/backups.h"

struct verification;

struct verify_request {
	/* Borrowed until the end. */
	struct world *w;
	struct ssh *ssh;	/* to the environment's host; NULL: here */
	const struct conf_backup *c;
	/* Borrowed for the call. */
	const char *environment;
	const char *name;	/* cleaned, as in the model */
	const char *raw;	/* as it is there: base name, key, snapshot */
	int64_t bytes, taken_at;
	enum size_verdict size;
	int64_t usual_bytes;	/* -1 unknown */
	bool sum;		/* a bucket has a .sha256 beside it */
	/* This rung is being climbed. */
	void (*progress)(void *arg, enum rung rung);
	/* Once, never from inside the start; the verification is gone then.
	 * v NULL: nothing was found out, error says why. */
	void (*done)(void *arg, const struct backup_verdict *v,
	    const char *error);
	void *arg;
};

struct verification *verification_start(const struct verify_request *r);
/* `done` is not called. What it runs on a host goes on there to its own end or
 * deadline, and is heard no more. NULL is accepted. */
void verification_cancel(struct verification *v);

/* Forget what earlier servers have fetched. At the server's start. */
void verification_clean(const char *state_dir);

#endif
