/*
 * The backups of one environment: each configured series is listed on its
 * interval, from a directory of the host, an S3 bucket or a restic repository,
 * into the model; and a verification climbs the rungs of model/backup.h on
 * demand, as a job that outlives the link and, on a host, this process.
 */
#ifndef SOURCE_BACKUPS_H
#define SOURCE_BACKUPS_H

#include "source/observer.h"

struct backups;

/* What a verification has found; texts borrowed. */
struct backup_verdict {
	const char *environment, *kind, *name;
	int64_t bytes, taken_at;	/* of the backup it was found of */
	enum rung rung;		/* reached */
	int64_t at;		/* wall ms */
	const char *failure;	/* why it climbed no further, or NULL */
	const char *evidence;	/* "500 rows", or NULL */
};

/* NULL when no series is configured. */
struct backups *backups_new(struct observer *o);
void backups_free(struct backups *b);
/* List all now. NULL is accepted. */
void backups_refresh(struct backups *b);
/* A verdict of an earlier server, to be shown with the backup of that name and
 * size. */
void backups_recall(struct backups *b, const struct backup_verdict *v);
/* Begin to verify the newest backup of the series (`name` NULL) or that one;
 * -1 with the reason when it cannot. Progress is in the model; the result is
 * told to w->verdict, which keeps it. */
int backups_verify(struct backups *b, const char *kind, const char *name,
    struct err *e);

#endif
