#include "server/journal-job.h"

#include "base/alloc.h"
#include "base/text.h"

/* An answer must fit in a message; who wants more asks on from there. */
#define ANSWER_MAX (4 * 1024 * 1024)
/* Bad bytes grow to three, and a line says what is missing. */
#define TEXT_MAX (4 * JOURNAL_OUTPUT_MAX)

struct journal_job *
journal_job_new(enum journal_job_kind kind)
{
	struct journal_job *job = xcalloc(1, sizeof(*job));

	job->kind = kind;
	buf_init(&job->output, 2 * JOURNAL_OUTPUT_MAX);
	return job;
}

void
journal_job_free(struct journal_job *job)
{
	const struct journal_entry *e = &job->entry;
	const char *const texts[] = {e->kind, e->environment, e->run, e->step,
	    e->who, e->tty, e->text, e->reason, e->fingerprint};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free((char *)texts[i]);
	for (i = 0; i < job->found_count; i++) {
		free(job->found[i].line);
		free(job->found[i].hash);
	}
	free(job->found);
	free(job->environment);
	free(job->run);
	free(job->step);
	free(job->state);
	free(job->data);
	free(job->error);
	free(job->warning);
	buf_release(&job->output);
	free(job);
}

bool
journal_job_writes(const struct journal_job *job)
{
	return job->kind <= JOB_PRUNE;
}

/* --- the thread ----------------------------------------------------------- */

int
journal_job_write(struct journal_db *d, const struct journal_job *job,
    struct err *e)
{
	if (job->kind == JOB_PRUNE)
		return journal_db_prune(d, job->at, e);
	if (job->kind == JOB_OUTPUT)
		return journal_db_output(d, job->run, job->step, job->data,
		    job->len, job->at, e);
	if (journal_db_append(d, &job->entry, e) == -1)
		return -1;
	return job->state ? journal_db_state(d, job->run, job->state,
	    job->ended, e) : 0;
}

static void
add_found(void *arg, int64_t seq, const char *line, const char *hash)
{
	struct journal_job *job = arg;

	if (job->found_count == (size_t)job->limit || job->total > ANSWER_MAX)
		return;
	job->total += (int64_t)strlen(line);
	job->found[job->found_count++] = (struct journal_found){seq,
	    xstrdup(line), xstrdup(hash)};
}

void
journal_job_ask(struct journal_db *d, struct journal_job *job)
{
	const struct journal_query q = {job->environment, job->run,
	    job->before, job->limit};
	const char *hash;
	struct err e;
	int result;

	if (job->kind == JOB_ASK) {
		job->found = xcalloc((size_t)job->limit,
		    sizeof(*job->found));
		result = journal_db_query(d, &q, add_found, job, &e);
	} else if (job->kind == JOB_VERIFY) {
		result = journal_db_verify(d, 1, &job->verdict, &e);
		journal_db_last(d, &hash);
		memcpy(job->hash, hash, JOURNAL_HASH_MAX);
	} else {
		result = journal_db_read_output(d, job->run, job->step,
		    &job->output, &job->total, &job->gap, &e);
	}
	if (result == -1)
		job->error = xstrdup(e.text);
}

/* --- answers -------------------------------------------------------------- */

/* What was appended was clean; a file may have been written to by others. */
static struct json *
found_value(const struct journal_found *f)
{
	struct json *line = json_parse(f->line, strlen(f->line), NULL), *o;
	const struct json *member;
	char *clean, *key;

	o = json_object();
	for (member = json_is_object(line) ? json_first(line) : NULL; member;
	    member = json_next(member)) {
		key = text_clean(json_key(member), strlen(json_key(member)));
		if (json_is_string(member)) {
			clean = text_clean(json_text(member, ""),
			    strlen(json_text(member, "")));
			json_set(o, key, json_string(clean));
			free(clean);
		} else {
			json_set(o, key, json_copy(member));
		}
		free(key);
	}
	if (!json_is_object(line))
		json_set(o, "text", json_string("this entry cannot be read"));
	json_set(o, "seq", json_double((double)f->seq));
	clean = text_clean(f->hash, strlen(f->hash));
	json_set(o, "hash", json_string(clean));
	free(clean);
	json_free(line);
	return o;
}

static struct json *
verdict_value(const struct journal_job *job)
{
	struct json *o = json_object();

	json_set_int(o, "entries", job->verdict.entries);
	json_set_bool(o, "ok", job->verdict.broken_at == 0);
	if (job->verdict.broken_at)
		json_set_int(o, "broken_at", job->verdict.broken_at);
	else
		json_set_null(o, "broken_at");
	json_set_text(o, "why", job->verdict.why);
	json_set_text(o, "hash", job->hash);
	return o;
}

/* Lines, each cleaned. */
static void
add_lines(struct buf *b, const char *data, size_t len)
{
	const char *end;
	char *clean;
	size_t n;

	while (len > 0) {
		end = memchr(data, '\n', len);
		n = end ? (size_t)(end - data) : len;
		clean = text_clean(data, n);
		buf_adds(b, clean);
		free(clean);
		if (end) {
			buf_addc(b, '\n');
			n++;
		}
		data += n;
		len -= n;
	}
}

static struct json *
output_value(const struct journal_job *job)
{
	const struct buf *kept = &job->output;
	struct buf b = BUF_INIT(TEXT_MAX);
	struct json *o = json_object();

	if (job->total > (int64_t)kept->len) {
		add_lines(&b, kept->data, job->gap);
		buf_addf(&b, "\n[%lld bytes are left out]\n",
		    (long long)(job->total - (int64_t)kept->len));
		add_lines(&b, kept->data + job->gap, kept->len - job->gap);
	} else {
		add_lines(&b, buf_str(kept), kept->len);
	}
	json_set_text(o, "run", job->run);
	json_set_text(o, "step", job->step);
	json_set_int(o, "bytes", job->total);
	json_set_text(o, "text", buf_str(&b));
	buf_release(&b);
	return o;
}

struct json *
journal_job_answer(const struct journal_job *job)
{
	struct json *list;
	size_t i;

	if (job->kind == JOB_VERIFY)
		return verdict_value(job);
	if (job->kind == JOB_READ_OUTPUT)
		return output_value(job);
	list = json_array();
	for (i = 0; i < job->found_count; i++)
		json_append(list, found_value(&job->found[i]));
	return list;
}
