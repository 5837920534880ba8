/*
 * An object of a bucket brought to a file of this machine, and what the bucket
 * says its checksum is. It goes to the file as it comes and is never held in
 * memory.
 */
#ifndef SOURCE_BACKUP_FETCH_H
#define SOURCE_BACKUP_FETCH_H

#include "source/source.h"

struct backup_fetch;

/* Hexadecimal, lower-case; NULL: not said. Borrowed. */
struct fetched {
	const char *sha256;	/* of NAME.sha256, or the object's own metadata */
	const char *md5;	/* its ETag, when that is one */
};

/* Once, never from inside the start; error NULL: the file is whole. On failure
 * it has been removed. */
typedef void backup_fetch_fn(const struct fetched *f, const char *error,
    void *arg);

struct fetch_request {
	struct world *w;	/* borrowed until the end, as is c */
	const struct conf_backup *c;
	const char *key;
	int64_t bytes;		/* as listed: no more is taken; -1 unknown */
	bool sum;		/* there is a KEY.sha256 */
	const char *path;	/* the file: made, or emptied */
	int64_t deadline_ms;
	backup_fetch_fn *done;
	void *arg;
};

struct backup_fetch *backup_fetch_start(const struct fetch_request *r);
/* Removes the file; `done` is not called. NULL is accepted. */
void backup_fetch_cancel(struct backup_fetch *f);

/* Whether an ETag is the MD5 of what it stands for, which it is for neither an
 * upload in parts nor for what the service encrypts with a key of its own. The
 * quotes around it go. */
#define FETCH_MD5_MAX 33
bool fetch_etag_md5(const char *etag, const char *encryption,
    char md5[FETCH_MD5_MAX]);

#endif
