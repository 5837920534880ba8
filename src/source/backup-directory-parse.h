/*
 * A directory of backups: the script that lists it, and what it prints. Pure.
 */
#ifndef SOURCE_BACKUP_DIRECTORY_PARSE_H
#define SOURCE_BACKUP_DIRECTORY_PARSE_H

#include "base/buf.h"
#include "base/err.h"
#include "source/backup-listing.h"

/* For any POSIX shell with find and stat -c (GNU, busybox). Prints a record for
 * each regular file, "SIZE MTIME ./NAME/" and a line feed: a slash is what no
 * name has in it. */
void backup_directory_script(struct buf *b, const char *directory);
/* Why there is no listing, by the script's status, or NULL for 0. */
const char *backup_directory_failure(int status);
/* The files that are backups; *l is empty. -1 when a record is no record. */
int backup_directory_parse(const char *text, size_t len, const char *pattern,
    struct listing *l, struct err *e);

#endif
