/*
 * How a backup is verified on the machine that has the file: a program for sh
 * that climbs from rung to rung and says on a line of its own how each went,
 * "vigie-rung RUNG VERDICT TEXT". Pure. It runs in a directory of its own, with
 * a sibling for the lock on the scratch database.
 */
#ifndef SOURCE_VERIFY_SCRIPT_H
#define SOURCE_VERIFY_SCRIPT_H

#include <stdint.h>

#include "base/buf.h"
#include "model/backup.h"

struct verify_plan {
	const char *file;	/* path of what is read */
	const char *name;	/* its base name where it was listed */
	const char *format;	/* as in struct conf_backup; NULL: any */
	int64_t bytes;		/* as listed; -1 unknown */
	const char *sums;	/* path of a .sha256, which need not be; NULL */
	const char *sha256;	/* hexadecimal, from elsewhere; or NULL */
	const char *md5;	/* the same, when there is no SHA-256 */
	const char *tools;	/* shell words before PostgreSQL's; or NULL */
	const char *database;	/* scratch: dropped, made and dropped */
	const char *query;	/* NULL: nothing is restored */
};

/* b must have the room: what the plan has, quoted, and 8 KiB. */
void verify_script(struct buf *b, const struct verify_plan *p);

enum verify_said {
	VERIFY_BEGUN,		/* this rung is being climbed */
	VERIFY_OK,
	VERIFY_SKIPPED,		/* there is nothing to climb it by */
	VERIFY_FAILED,		/* text says why; nothing follows */
};

struct verify_line {
	enum rung rung;
	enum verify_said said;
	char *text;		/* cleaned, at most some 300 bytes; "" */
};

/* -1: it is no such line. The caller frees text. */
int verify_line_parse(const char *line, size_t len, struct verify_line *l);

/* The first hexadecimal digits of a .sha256 for that name, lower-case, NUL-
 * ended; -1 when it has none. */
#define VERIFY_SHA256_MAX 65
int verify_sums_parse(const char *text, size_t len, const char *name,
    char sum[VERIFY_SHA256_MAX]);

#endif
