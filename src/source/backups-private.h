/*
 * What the files of the backups share. A series is listed by its lister
 * (backup-directory.c, backup-s3.c, backup-restic.c), which ends in
 * series_listed() or series_failed(); backups.c keeps the pace, lays the
 * verdicts over the listing and puts both in the model; backups-verify.c has
 * one of them verified by backup-verify.c.
 */
#ifndef SOURCE_BACKUPS_PRIVATE_H
#define SOURCE_BACKUPS_PRIVATE_H

#include "model/backup.h"
#include "source/backup-listing.h"
#include "source/backups.h"

struct verification;	/* backup-verify.c */

/* What was found of a backup of that name, size and time. */
struct series_verdict {
	char *name;
	int64_t bytes, taken_at;
	enum rung rung;
	int64_t at;
	char *failure, *evidence;
};

struct watched_series {
	struct backups *b;
	const struct conf_backup *c;
	size_t index;		/* in the configuration and the model */
	const struct lister *lister;
	void *listing_job;	/* the lister's, while it lists */
	struct loop_timer *timer;
	int64_t wait_ms;	/* after a failure; 0: none since */
	struct listing listing;	/* the last one that succeeded … */
	bool listed;		/* … if any did */
	struct series_verdict *verdicts;
	size_t verdict_count;
	struct verification *verification;	/* under way, or NULL */
	bool verify_wanted;	/* of the newest, as soon as they are listed */
};

struct backups {
	struct observer *o;
	struct watched_series *series;
	size_t count;
};

/* A way to list. */
struct lister {
	bool (*is_for)(const struct conf_backup *c);
	/* Where, in words, without secrets; the caller frees it. */
	char *(*place)(const struct conf_backup *c);
	/* Begin; ends, never from inside, in series_listed() or
	 * series_failed(), after which the job is gone. */
	void *(*start)(struct watched_series *s);
	/* Neither follows any more. */
	void (*cancel)(void *job);
	int64_t deadline_ms;	/* the longest it takes */
};

extern const struct lister backup_directory, backup_s3, backup_restic;

/* Takes over what is in *l, and leaves it empty. */
void series_listed(struct watched_series *s, struct listing *l);
void series_failed(struct watched_series *s, const char *error);

/* The series' place in the model; valid until the configuration is read anew.
 * Never NULL. */
struct backup_series *backups_in_model(const struct watched_series *s);
/* Tell that it has changed. */
void series_changed(struct watched_series *s);
/* NULL when no series is of that kind. */
struct watched_series *backups_find(struct backups *b, const char *kind);
/* List now; what is under way began too early. */
void series_list_anew(struct watched_series *s);
/* They were listed, or why not: what waited for it begins, or gives up. */
void series_verify_listed(struct watched_series *s, const char *error);
/* Keep a verdict and show it with its backup. */
void series_verdict(struct watched_series *s, const struct backup_verdict *v);

#endif
