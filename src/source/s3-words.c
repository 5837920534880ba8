/* Requests and refusals of S3 as text. See s3-parse.h. */
#include "source/s3-parse.h"

#include <ctype.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"

/* --- requests ------------------------------------------------------------- */

static void
encode(struct buf *b, const char *text, const char *bare)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c < 128 && isalnum(c)) || strchr(bare, c))
			buf_addc(b, *text);
		else
			buf_addf(b, "%%%02X", c);
	}
}

void
s3_encode(struct buf *b, const char *text)
{
	encode(b, text, "-._~");
}

/* By name: continuation-token, encoding-type, list-type, max-keys, prefix.
 * Keys come encoded, since XML has no way to write some characters. */
void
s3_list_query(struct buf *b, const char *prefix, const char *token)
{
	if (token) {
		buf_adds(b, "continuation-token=");
		s3_encode(b, token);
		buf_addc(b, '&');
	}
	buf_adds(b, "encoding-type=url&list-type=2&max-keys=1000&prefix=");
	if (prefix)
		s3_encode(b, prefix);
}

void
s3_url(struct buf *b, const char *service, const char *bucket, bool in_name,
    const char *key)
{
	const char *host = strstr(service, "://");
	size_t len = strlen(service);

	host = host ? host + 3 : service;
	while (len && service[len - 1] == '/')
		len--;
	if (in_name) {
		buf_add(b, service, host - service);
		buf_addf(b, "%s.", bucket);
		buf_add(b, host, service + len - host);
		buf_addc(b, '/');
	} else {
		buf_add(b, service, len);
		buf_addc(b, '/');
		s3_encode(b, bucket);
		if (key)
			buf_addc(b, '/');
	}
	if (key)
		encode(b, key, "-._~/");
}

/* --- refusals ------------------------------------------------------------- */

/* {bucket} and {region} are put in. */
static const struct {
	const char *code;
	const char *text;
} codes[] = {
	{"SignatureDoesNotMatch", "the secret or the access key is "
	    "wrong"},
	{"InvalidAccessKeyId", "the access key is not known there"},
	{"InvalidSecurity", "the access key or its secret is wrong"},
	{"ExpiredToken", "the access key has expired"},
	{"AccessDenied", "access is denied: the key may not list the bucket "
	    "{bucket}, or it is wrong"},
	{"AccountProblem", "the account there is blocked"},
	{"AllAccessDisabled", "the bucket {bucket} is closed to everybody"},
	{"NoSuchBucket", "there is no bucket {bucket}"},
	{"InvalidBucketName", "{bucket} is no bucket's name there"},
	{"PermanentRedirect", "the bucket {bucket} is elsewhere{region}"},
	{"TemporaryRedirect", "the bucket {bucket} is still moving{region}"},
	{"AuthorizationHeaderMalformed", "the region is wrong for the bucket "
	    "{bucket}{region}"},
	{"IllegalLocationConstraintException", "the region is wrong for the "
	    "bucket {bucket}{region}"},
	{"SlowDown", "the service wants to be asked less often"},
	{"ServiceUnavailable", "the service is overloaded for now"},
	{"InternalError", "the service has failed inside"},
	{"RequestTimeout", "the service gave up waiting for the request"},
};

/* For answers without a document, and for codes that are not in the table. */
static const struct {
	int status;
	const char *text;
} statuses[] = {
	{301, "the bucket {bucket} is elsewhere{region}"},
	{307, "the bucket {bucket} is still moving{region}"},
	{401, "the access key or its secret is wrong"},
	{403, "access is denied: the key, its secret or its rights are wrong"},
	{404, "there is no bucket {bucket}"},
	{429, "the service wants to be asked less often"},
	{503, "the service is overloaded for now"},
};

static void
expand(struct buf *b, const char *text, const struct s3_refusal *r)
{
	const char *region = r->region;

	if (!region && r->fault)
		region = r->fault->region;
	while (*text) {
		size_t n = strcspn(text, "{");

		buf_add(b, text, n);
		text += n;
		if (strncmp(text, "{bucket}", 8) == 0) {
			buf_adds(b, r->bucket);
			text += 8;
		} else if (strncmp(text, "{region}", 8) == 0) {
			if (region && *region)
				buf_addf(b, ": its region is %s", region);
			text += 8;
		} else if (*text) {
			buf_addc(b, *text++);
		}
	}
}

static const char *
known(const struct s3_refusal *r)
{
	size_t i;

	for (i = 0; r->fault && i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(r->fault->code, codes[i].code) == 0)
			return codes[i].text;
	for (i = 0; !r->fault && i < sizeof(statuses) / sizeof(statuses[0]);
	    i++)
		if (statuses[i].status == r->status)
			return statuses[i].text;
	return NULL;
}

static void
skewed(struct buf *b, const struct s3_refusal *r)
{
	int64_t there = s3_date(r->date), apart;
	char age[CLOCK_TEXT_MAX];

	buf_adds(b, "this machine's clock and the service's differ");
	if (there == TIME_UNKNOWN) {
		buf_adds(b, " by more than is let pass");
		return;
	}
	apart = r->now - there;
	buf_addf(b, ": ours is %s %s",
	    clock_age(apart < 0 ? -apart : apart, age),
	    apart < 0 ? "behind" : "ahead");
}

void
s3_refusal_text(const struct s3_refusal *r, struct err *e)
{
	struct buf b = BUF_INIT(64 * 1024);
	const char *text = known(r);
	char *clean;

	if (r->fault && strcmp(r->fault->code, "RequestTimeTooSkewed") == 0)
		skewed(&b, r);
	else if (text)
		expand(&b, text, r);
	else if (r->fault && r->fault->message)
		buf_addf(&b, "the service says: %s", r->fault->message);
	else
		buf_addf(&b, "the service answers %d", r->status);
	if (r->fault)
		buf_addf(&b, " (%s, %d)", r->fault->code, r->status);
	else if (text)
		buf_addf(&b, " (%d)", r->status);
	clean = text_clean(buf_str(&b), b.len);
	err_set(e, "%s", clean);
	free(clean);
	buf_release(&b);
}

/* --- words ---------------------------------------------------------------- */

bool
s3_storage_is_cold(const char *storage)
{
	/* GLACIER_IR is read at once. */
	return storage && strcmp(storage, "GLACIER_IR") != 0 &&
	    (text_contains(storage, "GLACIER") ||
	    text_contains(storage, "ARCHIVE") ||
	    text_contains(storage, "COLD"));
}

/* As RFC 9110 wants it; the names of months are in no locale but this. */
int64_t
s3_date(const char *text)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char month[4], whole[CLOCK_TEXT_MAX], day[3], year[5], clock[9];
	const char *at;
	int64_t t = TIME_UNKNOWN;

	if (!text || sscanf(text, "%*3[A-Za-z], %2[0-9] %3[A-Za-z] %4[0-9] "
	    "%8[0-9:] GMT", day, month, year, clock) != 4)
		return TIME_UNKNOWN;
	at = strlen(month) == 3 ? strstr(months, month) : NULL;
	if (!at || (at - months) % 3)
		return TIME_UNKNOWN;
	snprintf(whole, sizeof(whole), "%s-%02d-%sT%sZ", year,
	    (int)(at - months) / 3 + 1, day, clock);
	clock_parse_rfc3339(whole, &t);
	return t;
}
