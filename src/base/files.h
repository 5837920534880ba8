/*
 * Files and directories: made with the right mode, written so that a reader
 * sees the old content or the new, never half of it.
 */
#ifndef BASE_FILES_H
#define BASE_FILES_H

#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/* Make the directory and those above it that are missing. */
int files_make_directory(const char *path, mode_t mode, struct err *e);
/* The same for the directories above a file. */
int files_make_parents(const char *path, mode_t mode, struct err *e);
/* Remove the files (not the directories) in it. */
void files_empty_directory(const char *path);
/* Append a whole file to b, whose ceiling bounds it. */
int files_read(const char *path, struct buf *b, struct err *e);
/* Write beside, fsync, rename. An existing file is replaced. */
int files_write(const char *path, const char *data, size_t len, mode_t mode,
    struct err *e);

#endif
