/* The kinds of fields.h: how each type of member is written and read. */
#include "model/fields.h"

#include <limits.h>
#include <math.h>

#include "base/alloc.h"
#include "base/clock.h"

/* No list in one environment may be longer. */
#define CAUSES_MAX 1000

/* --- texts and truths ---------------------------------------------------- */

static void
write_text(struct json *object, const char *key, const void *at)
{
	json_set_text(object, key, *(char *const *)at);
}

static bool
valid_name(const struct json *v)
{
	return *json_text(v, "") != '\0';
}

static bool
valid_text(const struct json *v)
{
	return json_is_string(v) || json_is_null(v);
}

static void
read_text(void *at, const struct json *v)
{
	xstrset(at, json_text(v, NULL));
}

static void
release_text(void *at)
{
	xstrset(at, NULL);
}

const struct kind kind_name = {"a text that is not empty", write_text,
	valid_name, read_text, release_text};
const struct kind kind_text = {"a text or null", write_text, valid_text,
	read_text, release_text};

static void
write_bool(struct json *object, const char *key, const void *at)
{
	json_set_bool(object, key, *(const bool *)at);
}

static bool
valid_bool(const struct json *v)
{
	return json_bool(v, false) == json_bool(v, true);
}

static void
read_bool(void *at, const struct json *v)
{
	*(bool *)at = json_bool(v, false);
}

const struct kind kind_bool = {"true or false", write_bool, valid_bool,
	read_bool};

static void
write_tri(struct json *object, const char *key, const void *at)
{
	enum tri t = *(const enum tri *)at;

	if (t == TRI_UNKNOWN)
		json_set_null(object, key);
	else
		json_set_bool(object, key, t == TRI_YES);
}

static bool
valid_tri(const struct json *v)
{
	return json_is_null(v) || valid_bool(v);
}

static void
read_tri(void *at, const struct json *v)
{
	*(enum tri *)at = json_is_null(v) ? TRI_UNKNOWN :
	    json_bool(v, false) ? TRI_YES : TRI_NO;
}

const struct kind kind_tri = {"true, false or null", write_tri, valid_tri,
	read_tri};

/* --- numbers and times --------------------------------------------------- */

static void
write_int(struct json *object, const char *key, const void *at)
{
	int n = *(const int *)at;

	json_set_number(object, key, n < 0 ? NAN : n);
}

static bool
valid_int(const struct json *v)
{
	int64_t n = json_int(v, -1);

	return json_is_null(v) || (n >= 0 && n <= INT_MAX);
}

static void
read_int(void *at, const struct json *v)
{
	*(int *)at = (int)json_int(v, -1);
}

const struct kind kind_int = {"a whole number or null", write_int, valid_int,
	read_int};

static void
write_count(struct json *object, const char *key, const void *at)
{
	int64_t n = *(const int64_t *)at;

	json_set_number(object, key, n < 0 ? NAN : (double)n);
}

static bool
valid_count(const struct json *v)
{
	return json_is_null(v) || json_int(v, -1) >= 0;
}

static void
read_count(void *at, const struct json *v)
{
	*(int64_t *)at = json_int(v, -1);
}

const struct kind kind_count = {"a whole number or null", write_count,
	valid_count, read_count};

static void
write_time(struct json *object, const char *key, const void *at)
{
	char text[CLOCK_TEXT_MAX];

	clock_rfc3339(*(const int64_t *)at, text);
	json_set_text(object, key, *text ? text : NULL);
}

static bool
valid_time(const struct json *v)
{
	int64_t t;

	return json_is_null(v) ||
	    clock_parse_rfc3339(json_text(v, NULL), &t) == 0;
}

static void
read_time(void *at, const struct json *v)
{
	int64_t t = TIME_UNKNOWN;

	clock_parse_rfc3339(json_text(v, NULL), &t);
	*(int64_t *)at = t;
}

const struct kind kind_time = {"an RFC 3339 time or null", write_time,
	valid_time, read_time};

static bool
valid_number(const struct json *v)
{
	return json_is_null(v) || isfinite(json_number(v, NAN));
}

static void
read_number(void *at, const struct json *v)
{
	*(double *)at = json_number(v, NAN);
}

static double
rounded(double n, double steps)
{
	return round(n * steps) / steps;
}

static void
write_tenths(struct json *object, const char *key, const void *at)
{
	json_set_number(object, key, rounded(*(const double *)at, 10));
}

static void
write_cents(struct json *object, const char *key, const void *at)
{
	json_set_number(object, key, rounded(*(const double *)at, 100));
}

const struct kind kind_tenths = {"a number or null", write_tenths,
	valid_number, read_number};
const struct kind kind_cents = {"a number or null", write_cents, valid_number,
	read_number};

static void
write_series(struct json *object, const char *key, const void *at)
{
	const struct series *s = at;
	struct json *list = json_array();
	size_t i;

	for (i = 0; i < s->count; i++)
		json_append(list, json_double(rounded(series_at(s, i), 10)));
	json_add(object, key, list);
}

static bool
valid_series(const struct json *v)
{
	const struct json *item;

	if (!json_is_array(v) || json_count(v) > SERIES_MAX)
		return false;
	for (item = json_first(v); item; item = json_next(item))
		if (!valid_number(item))
			return false;
	return true;
}

static void
read_series(void *at, const struct json *v)
{
	struct series *s = at;
	const struct json *item;

	*s = (struct series){0};
	for (item = json_first(v); item; item = json_next(item))
		series_add(s, json_number(item, NAN));
}

const struct kind kind_series = {"an array of at most 60 numbers or nulls",
	write_series, valid_series, read_series};

/* --- words --------------------------------------------------------------- */

/* Words that a newer peer may know and we do not are read as unknown. */
#define WORD_KIND(name, type, unknown, to_text, from_text)		\
	static void							\
	write_##name(struct json *object, const char *key,		\
	    const void *at)						\
	{								\
		type w = *(const type *)at;				\
									\
		json_set_text(object, key,				\
		    (int)w == (unknown) ? NULL : to_text(w));		\
	}								\
									\
	static void							\
	read_##name(void *at, const struct json *v)			\
	{								\
		*(type *)at = from_text(json_text(v, NULL));		\
	}								\
									\
	const struct kind kind_##name = {"a word or null", write_##name, \
		valid_text, read_##name}

/* "unknown" is one of the status words: never null. */
WORD_KIND(status, enum status, -1, status_name, status_parse);
WORD_KIND(state, enum container_state, CONTAINER_UNKNOWN,
    container_state_name, container_state_parse);
WORD_KIND(health, enum container_health, HEALTH_UNKNOWN,
    container_health_name, container_health_parse);
WORD_KIND(link, enum link_state, LINK_UNKNOWN, link_state_name,
    link_state_parse);

WORD_KIND(bump, enum bump, BUMP_NONE, bump_name, bump_parse);
WORD_KIND(run_state, enum run_state, RUN_UNKNOWN, run_state_name,
    run_state_parse);
WORD_KIND(workflow_role, enum workflow_role, -1, workflow_role_name,
    workflow_role_parse);
WORD_KIND(api_trouble, enum api_trouble, -1, api_trouble_name,
    api_trouble_parse);
WORD_KIND(rung, enum rung, RUNG_NONE, rung_name, rung_parse);
WORD_KIND(size_verdict, enum size_verdict, SIZE_UNKNOWN, size_verdict_name,
    size_verdict_parse);
WORD_KIND(phase, enum phase, -1, phase_name, phase_parse);
WORD_KIND(mark_word, enum mark_word, -1, mark_word_name, mark_word_parse);
WORD_KIND(readiness_word, enum readiness_word, READINESS_UNKNOWN,
    readiness_word_name, readiness_word_parse);
WORD_KIND(readiness_code, enum readiness_code, -1, readiness_code_name,
    readiness_code_parse);

/* --- causes -------------------------------------------------------------- */

static void
write_causes(struct json *object, const char *key, const void *at)
{
	const struct causes *c = at;
	struct json *list = json_array();
	size_t i;

	for (i = 0; i < c->count; i++) {
		const struct cause *cause = &c->items[i];
		struct json *o = json_object();

		json_set_text(o, "code", cause_code_name(cause->code));
		json_set_text(o, "severity", status_name(cause->severity));
		json_set_text(o, "subject", cause->subject);
		json_set_number(o, "number", cause->number);
		json_set_text(o, "detail", cause->detail);
		json_append(list, o);
	}
	json_add(object, key, list);
}

static bool
valid_causes(const struct json *v)
{
	const struct json *c;

	if (!json_is_array(v) || json_count(v) > CAUSES_MAX)
		return false;
	for (c = json_first(v); c; c = json_next(c))
		if (!json_is_string(json_get(c, "code")) ||
		    !json_is_string(json_get(c, "severity")) ||
		    !valid_text(json_get(c, "subject")) ||
		    !valid_number(json_get(c, "number")) ||
		    !valid_text(json_get(c, "detail")))
			return false;
	return true;
}

static void
read_causes(void *at, const struct json *v)
{
	struct causes *causes = at;
	const struct json *c;

	causes_clear(causes);
	for (c = json_first(v); c; c = json_next(c)) {
		int code = cause_code_parse(json_text(json_get(c, "code"),
		    NULL));

		/* A newer peer's: its sentence is among the reasons. */
		if (code == -1)
			continue;
		causes_add(causes, code,
		    status_parse(json_text(json_get(c, "severity"), NULL)),
		    json_text(json_get(c, "subject"), NULL),
		    json_number(json_get(c, "number"), NAN),
		    json_text(json_get(c, "detail"), NULL));
	}
}

static void
release_causes(void *at)
{
	causes_release(at);
}

const struct kind kind_causes = {"an array of causes", write_causes,
	valid_causes, read_causes, release_causes};

static void
write_reasons(struct json *object, const char *key, const void *at)
{
	const struct causes *c = at;
	struct json *list = json_array();
	struct buf b = BUF_INIT(64 * 1024);
	size_t i;

	for (i = 0; i < c->count; i++) {
		buf_clear(&b);
		cause_text_english(&c->items[i], &b);
		json_append(list, json_string(buf_str(&b)));
	}
	buf_release(&b);
	json_add(object, key, list);
}

const struct kind kind_reasons = {"sentences", write_reasons, NULL, NULL};
