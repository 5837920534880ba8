/*
 * Backups: one series per environment and kind, with how far its newest and its
 * best backup were verified. Two clocks: when the data was taken, and when it
 * was last verified. Filled by source/backup; judged by backup_judge().
 */
#ifndef MODEL_BACKUP_H
#define MODEL_BACKUP_H

#include <stddef.h>

#include "model/cause.h"
#include "model/observation.h"

/* The ladder of evidence (domain facts e). Each includes those below; a
 * backup without a checksum to compare climbs past that rung. */
enum rung {
	RUNG_NONE, RUNG_LISTED, RUNG_PLAUSIBLE, RUNG_CHECKSUM, RUNG_READ,
	RUNG_RESTORED,
	RUNGS,
};

const char *rung_name(enum rung r);	/* "listed" "plausible size" … */
enum rung rung_parse(const char *word);

/* Against the median of up to seven before it. */
enum size_verdict {
	SIZE_UNKNOWN,		/* fewer than two to compare with */
	SIZE_PLAUSIBLE, SIZE_EMPTY, SIZE_SMALL, SIZE_LARGE,
	SIZE_VERDICTS,
};

const char *size_verdict_name(enum size_verdict v);
enum size_verdict size_verdict_parse(const char *word);

struct backup {
	char *name;		/* file, object key or snapshot id */
	int64_t taken_at;	/* by its name's stamp, else when modified */
	int64_t bytes;		/* -1 unknown */
	enum size_verdict size;
	enum rung rung;
	int64_t verified_at;	/* when the rung was reached, beyond size */
	char *failure;		/* why it did not climb further, or NULL */
	char *evidence;		/* "500 rows", "nightly-backup-test #12" */
};

/* How many of a series are told, newest first. */
#define BACKUPS_MAX 60

struct backup_series {
	char *kind;		/* "docmost", "baserow", "files" */
	char *place;		/* where, in words, without secrets */
	struct observation seen;
	int64_t every_ms, max_age_ms;	/* as configured */
	int keep;		/* how many there should be; -1 not said */
	struct backup *items;	/* newest first, at most BACKUPS_MAX */
	size_t count;
	int total;		/* all there are; -1 unknown */
	int64_t oldest_at;
	int64_t usual_bytes;	/* the median the newest is held against */
	int gaps;		/* nights missing among the items; -1 unknown */
	int64_t gap_at;		/* the newest of them */
	/* By the workflow that restores a nightly backup (the plan, §3.1): when
	 * it last passed, and which run that was; or NULL. */
	int64_t tested_at;
	char *tested_by;
	bool can_verify;	/* has a way to climb beyond the checksum */
	/* A verification under way. */
	char *verifying;	/* name, or NULL */
	enum rung verifying_rung;
	int64_t verifying_since;
	char *verify_error;	/* why the last one found nothing out; NULL */
	enum status status;
	struct causes causes;
};

/* The newest one that reached `least`; NULL when there is none. */
const struct backup *backup_newest(const struct backup_series *s,
    enum rung least);
/* Derive size verdicts, usual size, gaps and the rung's floor (listed,
 * plausible) of the items, which are sorted here, newest first, and cut to
 * BACKUPS_MAX; `total` and `oldest_at` are raised to what the items prove. A
 * size is plausible within half and twice the median of up to seven before it
 * (two at least; empty ones do not count). */
void backup_series_finish(struct backup_series *s);
/* Status and causes, and whether they have changed:
 * - not listed for longer than its limit, or never: unknown, whatever the last
 *   listing said;
 * - none there is crit; the newest older than max_age warns, twice as old it is
 *   crit; small or large warns, empty is crit;
 * - the newest one that was verified has failed: crit when there is none newer,
 *   else warn. A failure without verified_at is an obstacle, not a verdict;
 * - a gap warns until two more backups could have followed; so do fewer than
 *   `keep`. */
bool backup_judge(struct backup_series *s, int64_t now);

struct model;
/* Credit the series of the environments concerned with the last run that passed
 * of the workflows that test backups: the environment that such a workflow
 * names, else production. */
void backups_credit(struct model *m);

#endif
