/*
 * What a place was found to hold: the newest backups, and how many there are.
 * Any number of them may be added; memory is for the newest LISTING_MAX only.
 * And what the name of a backup tells. Pure.
 */
#ifndef SOURCE_BACKUP_LISTING_H
#define SOURCE_BACKUP_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/backup.h"

/* Those that are told, and those that the oldest of them are measured by. */
#define LISTING_MAX (BACKUPS_MAX + 7)

struct listed {
	char *name;		/* cleaned, as in the model */
	char *raw;		/* as it is there: a base name, an object's
				 * key, a snapshot's whole id */
	int64_t taken_at;
	int64_t bytes;		/* -1 unknown */
	bool sum;		/* has a .sha256 beside it */
	char *failure;		/* why it cannot be had at once, or NULL */
};

struct listing {
	struct listed *items;	/* newest first */
	size_t count;
	int total;
	int64_t oldest_at;
	char **sums;		/* names of checksums, without ".sha256" */
	size_t sum_count;
};

void listing_init(struct listing *l);
void listing_release(struct listing *l);
/* Copies what *item has; its `name` is made of `raw` when it is NULL. */
void listing_add(struct listing *l, const struct listed *item);
/* The same for what is a backup by its name (backup_wanted()); a checksum is
 * remembered. */
void listing_offer(struct listing *l, const struct listed *item,
    const char *pattern);
/* Once all is there: whose the checksums are. */
void listing_match_sums(struct listing *l);
/* By the model's name; NULL when there is none. */
const struct listed *listing_find(const struct listing *l, const char *name);

/* Whether a file or an object of that name is one of a series: its last part
 * matches the pattern, and it is neither hidden, nor a checksum, nor being
 * written (.part, .tmp). */
bool backup_wanted(const char *name, const char *pattern);

/* When the data was taken: by the stamp in the name ("20260615T030000Z",
 * "2026-06-15_03-00", "2026-06-15", …; UTC), of its last part if there is one
 * in it. Else, and when the stamp is no closer or cannot be (a day and a half
 * later than it was modified), when it was modified. */
int64_t backup_taken_at(const char *name, int64_t modified);

#endif
