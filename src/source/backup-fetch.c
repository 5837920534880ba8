#include "source/backup-fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "io/secret.h"
#include "source/s3-parse.h"
#include "source/verify-script.h"

enum {
	CONNECT_MS = 10000,
	SUM_MS = 30000,
	IDLE_MS = 60000,
	SUM_BYTES_MAX = 64 * 1024,
	SPARE_BYTES = 64 * 1024 * 1024,	/* left free on the disk */
};

struct backup_fetch {
	struct world *w;
	const struct conf_backup *c;
	char *key, *path;
	int64_t bytes, written;
	bool sum;
	int64_t deadline;	/* mono ms */
	int64_t deadline_ms;
	int fd;
	struct secret_ask *ask;
	char *secret;
	struct http_transfer *transfer;
	struct loop_timer *timer;
	char sha256[VERIFY_SHA256_MAX];	/* "" unknown */
	struct err failure;		/* of our own, while it streams */
	backup_fetch_fn *done;
	void *arg;
};

static void
fetch_free(struct backup_fetch *f)
{
	secret_cancel(f->ask);
	http_cancel(f->transfer);
	loop_timer_cancel(f->timer);
	secret_free(f->secret);
	if (f->fd != -1)
		close(f->fd);
	free(f->key);
	free(f->path);
	free(f);
}

static void
failed(struct backup_fetch *f, const char *error)
{
	unlink(f->path);
	f->done(NULL, error, f->arg);
	fetch_free(f);
}

bool
fetch_etag_md5(const char *etag, const char *encryption,
    char md5[FETCH_MD5_MAX])
{
	size_t i, n;

	if (!etag || (encryption && strcmp(encryption, "AES256") != 0))
		return false;
	etag += *etag == '"';
	n = strspn(etag, "0123456789abcdefABCDEF");
	if (n != FETCH_MD5_MAX - 1 || (etag[n] && strcmp(etag + n, "\"") != 0))
		return false;
	for (i = 0; i < n; i++)
		md5[i] = (char)(etag[i] | (etag[i] >= 'A' ? 0x20 : 0));
	md5[n] = '\0';
	return true;
}

static const char *
base_name(const char *key)
{
	const char *slash = strrchr(key, '/');

	return slash ? slash + 1 : key;
}

/* --- requests -------------------------------------------------------------- */

static void
get(struct backup_fetch *f, const char *key, struct http_request *r)
{
	/* Of no body; some services insist. */
	static const char *const headers[] = {"x-amz-content-sha256: "
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	    NULL};
	const struct conf_backup *c = f->c;
	struct buf url = BUF_INIT(64 * 1024);
	char *scheme = xasprintf("aws:amz:%s:s3", c->s3_region);

	s3_url(&url, c->s3_url, c->s3_bucket, c->s3_style &&
	    strcmp(c->s3_style, "virtual") == 0, key);
	r->url = buf_str(&url);
	r->headers = headers;
	r->user = c->s3_access_key;
	r->password = f->secret;
	r->sigv4 = scheme;
	r->ca_file = c->s3_ca_file;
	r->connect_timeout_ms = CONNECT_MS;
	r->arg = f;
	f->transfer = http_start(f->w->http, r);
	buf_release(&url);
	free(scheme);
}

/* Why a request has not given what was asked for. */
static int
check_reply(const struct backup_fetch *f, const struct http_reply *r,
    struct err *e)
{
	struct s3_fault fault;
	bool told;

	if (r->error && !(r->status && r->status != 200))
		return err_set(e, "%s", r->error);
	if (r->status == 200)
		return 0;
	told = s3_fault_parse(r->body, r->body_len, &fault) == 0;
	if (r->status == 404 && (!told ||
	    strcmp(fault.code, "NoSuchBucket") != 0))
		err_set(e, "the object is not in the bucket any more");
	else
		s3_refusal_text(&(struct s3_refusal){
		    .status = r->status, .fault = told ? &fault : NULL,
		    .date = http_header(r, "Date"),
		    .region = http_header(r, "x-amz-bucket-region"),
		    .bucket = f->c->s3_bucket, .now = clock_wall()}, e);
	if (told)
		s3_fault_release(&fault);
	return -1;
}

/* --- the object -------------------------------------------------------------- */

static int
keep(struct backup_fetch *f, const char *data, size_t len)
{
	struct err *e = &f->failure;

	f->written += (int64_t)len;
	if (f->bytes >= 0 && f->written > f->bytes)
		return err_set(e, "the object is larger than it was listed");
	while (len) {
		ssize_t n = write(f->fd, data, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_errno(e, "cannot write %s", f->path);
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static bool
on_data(const char *data, size_t len, void *arg)
{
	return keep(arg, data, len) == 0;
}

static void
succeeded(struct backup_fetch *f, const struct http_reply *r)
{
	const char *meta = http_header(r, "x-amz-meta-sha256");
	char md5[FETCH_MD5_MAX];
	struct fetched got = {0};

	if (!f->sha256[0] && meta)
		verify_sums_parse(meta, strlen(meta), "", f->sha256);
	if (f->sha256[0])
		got.sha256 = f->sha256;
	else if (fetch_etag_md5(http_header(r, "ETag"),
	    http_header(r, "x-amz-server-side-encryption"), md5))
		got.md5 = md5;
	f->done(&got, NULL, f->arg);
	fetch_free(f);
}

static void
on_object(const struct http_reply *r, void *arg)
{
	struct backup_fetch *f = arg;
	struct err e;

	f->transfer = NULL;
	if (f->failure.text[0]) {
		failed(f, f->failure.text);
	} else if (r->timed_out && r->status == 200) {
		err_set(&e, "the object was not fetched within %lld s (%lld "
		    "bytes so far)", (long long)f->deadline_ms / 1000,
		    (long long)f->written);
		failed(f, e.text);
	} else if (check_reply(f, r, &e) == -1) {
		failed(f, e.text);
	} else {
		succeeded(f, r);
	}
}

static void
ask_object(struct backup_fetch *f)
{
	int64_t left = f->deadline - clock_mono();

	get(f, f->key, &(struct http_request){
	    .deadline_ms = left > 1 ? left : 1, .idle_timeout_ms = IDLE_MS,
	    .data = on_data, .done = on_object});
}

/* --- its checksum ------------------------------------------------------------ */

static void
on_sum(const struct http_reply *r, void *arg)
{
	struct backup_fetch *f = arg;
	struct err e;

	f->transfer = NULL;
	if (check_reply(f, r, &e) == 0 && verify_sums_parse(r->body,
	    r->body_len, base_name(f->key), f->sha256) == -1)
		err_set(&e, "it has no SHA-256 of the object");
	if (f->sha256[0]) {
		ask_object(f);
		return;
	}
	err_prefix(&e, "%s.sha256", base_name(f->key));
	failed(f, e.text);
}

static void
ask_sum(struct backup_fetch *f)
{
	char *key = xasprintf("%s.sha256", f->key);

	get(f, key, &(struct http_request){
	    .deadline_ms = SUM_MS, .body_max = SUM_BYTES_MAX, .done = on_sum});
	free(key);
}

/* --- the way to it ------------------------------------------------------------ */

static int
make_room(struct backup_fetch *f, struct err *e)
{
	struct statvfs st;
	char need[TEXT_BYTES_MAX], have[TEXT_BYTES_MAX];
	int64_t left;

	f->fd = open(f->path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (f->fd == -1)
		return err_errno(e, "cannot make %s", f->path);
	if (fstatvfs(f->fd, &st) == -1)
		return err_errno(e, "cannot look at the disk of %s", f->path);
	left = (int64_t)st.f_bavail * (int64_t)st.f_frsize - SPARE_BYTES;
	if (left < f->bytes)
		return err_set(e, "the object has %s, and the disk of %s has "
		    "room for %s", text_bytes(f->bytes, need), f->path,
		    text_bytes(left < 0 ? 0 : left, have));
	return 0;
}

static void
on_secret(const char *secret, const char *error, void *arg)
{
	struct backup_fetch *f = arg;

	f->ask = NULL;
	if (!secret) {
		failed(f, error ? error : "no secret is configured (s3.secret)");
		return;
	}
	f->secret = xstrdup(secret);
	if (f->sum)
		ask_sum(f);
	else
		ask_object(f);
}

static void
on_timer(void *arg)
{
	struct backup_fetch *f = arg;
	struct err e;

	f->timer = NULL;
	if (make_room(f, &e) == -1) {
		failed(f, e.text);
		return;
	}
	f->ask = secret_ask(f->w->loop, f->w->children,
	    &(struct secret_source){
	    .what = "the secret of the bucket's key",
	    .file = f->c->s3_secret.file,
	    .command = f->c->s3_secret.command}, on_secret, f);
}

struct backup_fetch *
backup_fetch_start(const struct fetch_request *r)
{
	struct backup_fetch *f = xcalloc(1, sizeof(*f));

	f->w = r->w;
	f->c = r->c;
	f->key = xstrdup(r->key);
	f->path = xstrdup(r->path);
	f->bytes = r->bytes;
	f->sum = r->sum;
	f->deadline_ms = r->deadline_ms;
	f->deadline = clock_mono() + r->deadline_ms;
	f->fd = -1;
	f->done = r->done;
	f->arg = r->arg;
	f->timer = loop_timer(r->w->loop, 0, on_timer, f);
	return f;
}

void
backup_fetch_cancel(struct backup_fetch *f)
{
	if (!f)
		return;
	unlink(f->path);
	fetch_free(f);
}
