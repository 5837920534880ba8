/*
 * What an S3 service says: pages of a listing (ListObjectsV2) and faults, both
 * XML. And the query of a request in the one form that its signature is made
 * of. Pure; the only place that knows libexpat.
 */
#ifndef SOURCE_S3_PARSE_H
#define SOURCE_S3_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct s3_object {
	char *key;		/* as it is: any bytes but NUL */
	int64_t modified;	/* when it was uploaded; TIME_UNKNOWN */
	int64_t bytes;		/* -1 unknown */
	char *storage;		/* "STANDARD", "GLACIER" …; or NULL */
};

struct s3_page {
	struct s3_object *objects;	/* at most S3_PAGE_MAX */
	size_t count;
	bool truncated;		/* there is more … */
	char *token;		/* … from here; else NULL */
};

/* What a service may put in one page, whatever we ask for. */
#define S3_PAGE_MAX 10000

int s3_page_parse(const char *text, size_t len, struct s3_page *page,
    struct err *e);
void s3_page_release(struct s3_page *p);

/* The document <Error>; members may be NULL. */
struct s3_fault {
	char *code, *message, *region;
};

/* -1: it is none. */
int s3_fault_parse(const char *text, size_t len, struct s3_fault *f);
void s3_fault_release(struct s3_fault *f);

/* What a refused request is about, in words. NULL-able: `server` (the header
 * Date) and `region` (x-amz-bucket-region). `now`: wall ms. */
struct s3_refusal {
	int status;
	const struct s3_fault *fault;	/* or NULL */
	const char *date, *region;
	const char *bucket;
	int64_t now;
};

void s3_refusal_text(const struct s3_refusal *r, struct err *e);

/* Percent-encoding of RFC 3986: upper-case, only A-Z a-z 0-9 - . _ ~ bare. */
void s3_encode(struct buf *b, const char *text);
/* "list-type=2&…": sorted, every name with its "=". Prefix and token may be
 * NULL. */
void s3_list_query(struct buf *b, const char *prefix, const char *token);
/* The URL of a bucket, or in it of `key` (NULL: none), without a query. */
void s3_url(struct buf *b, const char *service, const char *bucket,
    bool in_name, const char *key);

/* Whether a storage class keeps an object from being read at once. */
bool s3_storage_is_cold(const char *storage);

/* "Mon, 15 Jun 2026 08:01:02 GMT" as wall ms; TIME_UNKNOWN. */
int64_t s3_date(const char *text);

#endif
