/* Backups in an S3 bucket: pages of it, one after another, signed. */
#include "source/backups-private.h"

#include "base/alloc.h"
#include "io/secret.h"
#include "source/s3-parse.h"

enum {
	OBJECTS_MAX = 20000,
	PAGES_MAX = 1000,
	PAGE_BYTES_MAX = 8 * 1024 * 1024,
	CONNECT_MS = 10000,
	PAGE_MS = 30000,
	ALL_MS = 120000,
};

struct s3_job {
	struct watched_series *s;
	struct secret_ask *ask;
	char *secret;
	struct http_transfer *transfer;
	struct loop_timer *late;
	struct listing listing;
	char *token;		/* of the page that is read; NULL: the first */
	int pages, objects;
};

static void ask_page(struct s3_job *j);

static void
job_free(struct s3_job *j)
{
	secret_cancel(j->ask);
	http_cancel(j->transfer);
	loop_timer_cancel(j->late);
	secret_free(j->secret);
	listing_release(&j->listing);
	free(j->token);
	free(j);
}

static void
failed(struct s3_job *j, const char *error)
{
	struct watched_series *s = j->s;
	char *copy = xstrdup(error);

	job_free(j);
	series_failed(s, copy);
	free(copy);
}

/* --- pages ---------------------------------------------------------------- */

static void
take_objects(struct s3_job *j, const struct s3_page *page)
{
	const struct conf_backup *c = j->s->c;
	size_t i;

	for (i = 0; i < page->count; i++) {
		const struct s3_object *o = &page->objects[i];
		char *cold = s3_storage_is_cold(o->storage) ?
		    xasprintf("in cold storage (%s): it must be called back "
		    "before it can be restored", o->storage) : NULL;

		listing_offer(&j->listing, &(struct listed){
		    .raw = o->key, .bytes = o->bytes, .failure = cold,
		    .taken_at = backup_taken_at(o->key, o->modified)},
		    c->files);
		free(cold);
	}
	j->objects += (int)page->count;
	j->pages++;
}

/* The whole must be seen before the newest can be named: pages come in the
 * order of keys. */
static int
check_progress(const struct s3_job *j, const struct s3_page *page,
    struct err *e)
{
	if (!page->truncated)
		return 0;
	if (j->objects >= OBJECTS_MAX || j->pages >= PAGES_MAX)
		return err_set(e, "more than %d objects begin so: say more of "
		    "it in s3.prefix", OBJECTS_MAX);
	if (j->token && strcmp(j->token, page->token) == 0)
		return err_set(e, "its pages do not go on");
	return 0;
}

static int
refused(const struct s3_job *j, const struct http_reply *r, struct err *e)
{
	struct s3_fault fault;
	bool told = s3_fault_parse(r->body, r->body_len, &fault) == 0;

	s3_refusal_text(&(struct s3_refusal){
	    .status = r->status, .fault = told ? &fault : NULL,
	    .date = http_header(r, "Date"),
	    .region = http_header(r, "x-amz-bucket-region"),
	    .bucket = j->s->c->s3_bucket, .now = clock_wall()}, e);
	if (told)
		s3_fault_release(&fault);
	return -1;
}

static int
take_page(struct s3_job *j, const struct http_reply *r, struct s3_page *page,
    struct err *e)
{
	if (r->error)
		return err_set(e, "%s", r->error);
	if (r->status != 200)
		return refused(j, r, e);
	if (s3_page_parse(r->body, r->body_len, page, e) == -1)
		return -1;
	take_objects(j, page);
	return check_progress(j, page, e);
}

static void
on_page(const struct http_reply *r, void *arg)
{
	struct s3_job *j = arg;
	struct s3_page page = {0};
	struct watched_series *s = j->s;
	struct err e;

	j->transfer = NULL;
	if (take_page(j, r, &page, &e) == -1) {
		failed(j, e.text);
	} else if (page.truncated) {
		xstrset(&j->token, page.token);
		ask_page(j);
	} else {
		struct listing l = j->listing;

		listing_init(&j->listing);
		job_free(j);
		series_listed(s, &l);
	}
	s3_page_release(&page);
}

static void
ask_page(struct s3_job *j)
{
	/* Of no body; some services insist. */
	static const char *const headers[] = {"x-amz-content-sha256: "
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	    NULL};
	const struct conf_backup *c = j->s->c;
	struct buf url = BUF_INIT(64 * 1024);
	char *scheme = xasprintf("aws:amz:%s:s3", c->s3_region);

	s3_url(&url, c->s3_url, c->s3_bucket, c->s3_style &&
	    strcmp(c->s3_style, "virtual") == 0, NULL);
	buf_addc(&url, '?');
	s3_list_query(&url, c->s3_prefix, j->token);
	j->transfer = http_start(j->s->b->o->w->http, &(struct http_request){
	    .url = buf_str(&url), .headers = headers,
	    .user = c->s3_access_key, .password = j->secret, .sigv4 = scheme,
	    .ca_file = c->s3_ca_file, .body_max = PAGE_BYTES_MAX,
	    .connect_timeout_ms = CONNECT_MS, .deadline_ms = PAGE_MS,
	    .done = on_page, .arg = j});
	buf_release(&url);
	free(scheme);
}

/* --- a job ---------------------------------------------------------------- */

static void
on_secret(const char *secret, const char *error, void *arg)
{
	struct s3_job *j = arg;

	j->ask = NULL;
	if (!secret) {
		failed(j, error ? error : "no secret is configured (s3.secret)");
		return;
	}
	j->secret = xstrdup(secret);
	ask_page(j);
}

static void
on_late(void *arg)
{
	struct s3_job *j = arg;
	char *why = xasprintf("the bucket was not listed within %d s (%d "
	    "objects so far)", ALL_MS / 1000, j->objects);

	j->late = NULL;
	failed(j, why);
	free(why);
}

static void *
start(struct watched_series *s)
{
	struct s3_job *j = xcalloc(1, sizeof(*j));
	struct world *w = s->b->o->w;

	j->s = s;
	listing_init(&j->listing);
	j->late = loop_timer(w->loop, ALL_MS, on_late, j);
	j->ask = secret_ask(w->loop, w->children, &(struct secret_source){
	    .what = "the secret of the bucket's key",
	    .file = s->c->s3_secret.file,
	    .command = s->c->s3_secret.command}, on_secret, j);
	return j;
}

static void
cancel(void *job)
{
	job_free(job);
}

static bool
is_for(const struct conf_backup *c)
{
	return c->s3_url != NULL;
}

static char *
place(const struct conf_backup *c)
{
	return xasprintf("s3://%s/%s", c->s3_bucket,
	    c->s3_prefix ? c->s3_prefix : "");
}

const struct lister backup_s3 = {is_for, place, start, cancel, ALL_MS};
