/*
 * What restic says: snapshots as JSON, and why it has failed; and repositories
 * as they may be shown. Pure.
 */
#ifndef SOURCE_RESTIC_PARSE_H
#define SOURCE_RESTIC_PARSE_H

#include <stdbool.h>

#include "base/err.h"
#include "source/backup-listing.h"

/* `restic snapshots --json`, what stands before the array passed over; *l is
 * empty. Sizes are known since restic 0.17 only. */
int restic_snapshots_parse(const char *text, size_t len, struct listing *l,
    struct err *e);

/* Why it ended with that status, from its standard error. */
void restic_failure(int status, const char *text, size_t len, struct err *e);

/* Whether the repository has a user or a password in it. */
bool restic_has_secret(const char *repository);
/* Text with what stands between "://" and "@" taken out of every URL. The caller
 * frees it. */
char *restic_without_secrets(const char *text);

#endif
