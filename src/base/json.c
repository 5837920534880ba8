#include "base/json.h"

#include <cjson/cJSON.h>
#include <math.h>

#include "base/alloc.h"
#include "base/clock.h"

/* Largest integer that every reader of JSON keeps exactly. */
#define EXACT_MAX 9007199254740992.0

/* struct json is cJSON under another name; these two lines are the only place
 * that knows. */
static const cJSON *
in(const struct json *v)
{
	return (const cJSON *)v;
}

static struct json *
out(cJSON *v)
{
	return (struct json *)v;
}

static cJSON *
made(cJSON *v)
{
	if (!v)
		abort();
	return v;
}

/* cJSON stops at 1000 levels by recursion; ours is a promise to callers who
 * recurse too. Strings are skipped, so brackets inside them do not count. */
static int
check_depth(const char *text, size_t len, struct err *e)
{
	size_t depth = 0, i;
	bool quoted = false;

	for (i = 0; i < len; i++) {
		char c = text[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '[' || c == '{') {
			if (++depth > JSON_DEPTH_MAX)
				return err_set(e, "JSON nested deeper than %d "
				    "at byte %zu", JSON_DEPTH_MAX, i);
		} else if ((c == ']' || c == '}') && depth) {
			depth--;
		}
	}
	return 0;
}

struct json *
json_parse(const char *text, size_t len, struct err *e)
{
	const char *end = NULL;
	cJSON *v;

	if (check_depth(text, len, e) == -1)
		return NULL;
	v = cJSON_ParseWithLengthOpts(text, len, &end, false);
	if (!v) {
		err_set(e, "malformed JSON at byte %zu of %zu",
		    end ? (size_t)(end - text) : 0, len);
		return NULL;
	}
	while (end < text + len && strchr(" \t\r\n", *end) && *end)
		end++;
	if (end != text + len) {
		cJSON_Delete(v);
		err_set(e, "something follows the JSON value at byte %zu",
		    (size_t)(end - text));
		return NULL;
	}
	return out(v);
}

void
json_free(struct json *v)
{
	cJSON_Delete((cJSON *)v);
}

const struct json *
json_get(const struct json *v, const char *key)
{
	if (!cJSON_IsObject(in(v)))
		return NULL;
	return out(cJSON_GetObjectItemCaseSensitive(in(v), key));
}

const struct json *
json_path(const struct json *v, const char *dotted)
{
	while (v && *dotted) {
		size_t n = strcspn(dotted, ".");
		char *key = xstrndup(dotted, n);

		v = json_get(v, key);
		free(key);
		dotted += n + (dotted[n] == '.');
	}
	return v;
}

bool
json_is_object(const struct json *v)
{
	return cJSON_IsObject(in(v));
}

bool
json_is_array(const struct json *v)
{
	return cJSON_IsArray(in(v));
}

bool
json_is_string(const struct json *v)
{
	return cJSON_IsString(in(v));
}

bool
json_is_null(const struct json *v)
{
	return !v || cJSON_IsNull(in(v));
}

size_t
json_count(const struct json *v)
{
	return v ? cJSON_GetArraySize(in(v)) : 0;
}

const struct json *
json_first(const struct json *v)
{
	return v ? out(in(v)->child) : NULL;
}

const struct json *
json_next(const struct json *v)
{
	return v ? out(in(v)->next) : NULL;
}

const char *
json_key(const struct json *v)
{
	return v && in(v)->string ? in(v)->string : "";
}

const char *
json_text(const struct json *v, const char *fallback)
{
	return cJSON_IsString(in(v)) ? in(v)->valuestring : fallback;
}

double
json_number(const struct json *v, double fallback)
{
	return cJSON_IsNumber(in(v)) ? in(v)->valuedouble : fallback;
}

int64_t
json_int(const struct json *v, int64_t fallback)
{
	double n = json_number(v, NAN);

	if (isnan(n) || fabs(n) > EXACT_MAX || n != floor(n))
		return fallback;
	return (int64_t)n;
}

bool
json_bool(const struct json *v, bool fallback)
{
	return cJSON_IsBool(in(v)) ? cJSON_IsTrue(in(v)) : fallback;
}

int64_t
json_time(const struct json *v)
{
	int64_t at = TIME_UNKNOWN;

	clock_parse_rfc3339(json_text(v, NULL), &at);
	return at;
}

struct json *
json_object(void)
{
	return out(made(cJSON_CreateObject()));
}

struct json *
json_array(void)
{
	return out(made(cJSON_CreateArray()));
}

struct json *
json_string(const char *s)
{
	return out(made(s ? cJSON_CreateString(s) : cJSON_CreateNull()));
}

struct json *
json_double(double n)
{
	return out(made(isfinite(n) ? cJSON_CreateNumber(n) :
	    cJSON_CreateNull()));
}

struct json *
json_copy(const struct json *v)
{
	return out(made(cJSON_Duplicate(in(v), true)));
}

void
json_set(struct json *object, const char *key, struct json *value)
{
	cJSON *o = (cJSON *)object;

	cJSON_DeleteItemFromObjectCaseSensitive(o, key);
	cJSON_AddItemToObject(o, key, (cJSON *)value);
}

void
json_add(struct json *object, const char *key, struct json *value)
{
	cJSON_AddItemToObjectCS((cJSON *)object, key, (cJSON *)value);
}

static void
add(struct json *object, const char *key, cJSON *value)
{
	json_add(object, key, out(made(value)));
}

void
json_set_text(struct json *object, const char *key, const char *s)
{
	add(object, key, s ? cJSON_CreateString(s) : cJSON_CreateNull());
}

void
json_set_number(struct json *object, const char *key, double n)
{
	add(object, key, (cJSON *)json_double(n));
}

void
json_set_time(struct json *object, const char *key, int64_t wall_ms)
{
	char text[CLOCK_TEXT_MAX];

	clock_rfc3339(wall_ms, text);
	json_set_text(object, key, *text ? text : NULL);
}

void
json_set_int(struct json *object, const char *key, int64_t n)
{
	add(object, key, cJSON_CreateNumber((double)n));
}

void
json_set_bool(struct json *object, const char *key, bool b)
{
	add(object, key, cJSON_CreateBool(b));
}

void
json_set_null(struct json *object, const char *key)
{
	add(object, key, cJSON_CreateNull());
}

void
json_append(struct json *array, struct json *value)
{
	cJSON_AddItemToArray((cJSON *)array, (cJSON *)value);
}

/* --- printing -------------------------------------------------------------
 * On one line by our own hand: a snapshot of thousands of services is printed
 * for every console that comes, and cJSON prints and scans each number twice.
 */

static int
print_string(const char *s, struct buf *b)
{
	static const char escaped[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	const char *start = s, *which;

	buf_addc(b, '"');
	for (; *s; s++) {
		if ((unsigned char)*s >= 0x20 && *s != '"' && *s != '\\')
			continue;
		buf_add(b, start, (size_t)(s - start));
		start = s + 1;
		which = strchr(escaped, *s);
		if (which)
			buf_addf(b, "\\%c", letters[which - escaped]);
		else
			buf_addf(b, "\\u%04x", (unsigned)*s);
	}
	buf_add(b, start, (size_t)(s - start));
	return buf_addc(b, '"');
}

static int
print_digits(uint64_t n, struct buf *b)
{
	char text[24], *at = text + sizeof(text);

	do {
		*--at = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	return buf_add(b, at, (size_t)(text + sizeof(text) - at));
}

/* The shortest text that reads back as the same number. Most have at most two
 * decimals; n is the double nearest to such a text when rounding to hundredths
 * changes nothing. */
static int
print_number(double n, struct buf *b)
{
	double hundredths = round(fabs(n) * 100);
	uint64_t whole, part;
	char text[32];

	if (!isfinite(n))
		return buf_adds(b, "null");
	if (hundredths >= EXACT_MAX || hundredths / 100 != fabs(n)) {
		snprintf(text, sizeof(text), "%.15g", n);
		if (strtod(text, NULL) != n)
			snprintf(text, sizeof(text), "%.17g", n);
		return buf_adds(b, text);
	}
	whole = (uint64_t)hundredths / 100;
	part = (uint64_t)hundredths % 100;
	if (n < 0)
		buf_addc(b, '-');
	print_digits(whole, b);
	if (part == 0)
		return b->over ? -1 : 0;
	buf_addc(b, '.');
	buf_addc(b, (char)('0' + part / 10));
	if (part % 10)
		buf_addc(b, (char)('0' + part % 10));
	return b->over ? -1 : 0;
}

static int
print_value(const cJSON *v, struct buf *b)
{
	const cJSON *c;
	bool object = cJSON_IsObject(v);

	if (!object && !cJSON_IsArray(v)) {
		if (cJSON_IsString(v))
			return print_string(v->valuestring, b);
		if (cJSON_IsNumber(v))
			return print_number(v->valuedouble, b);
		return buf_adds(b, cJSON_IsBool(v) ?
		    cJSON_IsTrue(v) ? "true" : "false" : "null");
	}
	buf_addc(b, object ? '{' : '[');
	for (c = v->child; c; c = c->next) {
		if (object) {
			print_string(c->string, b);
			buf_addc(b, ':');
		}
		if (print_value(c, b) == -1)
			return -1;
		if (c->next)
			buf_addc(b, ',');
	}
	return buf_addc(b, object ? '}' : ']');
}

int
json_print(const struct json *v, struct buf *b)
{
	size_t before = b->len;

	if (print_value(in(v), b) == 0 && !b->over)
		return 0;
	/* All or nothing, as with any addition. */
	b->len = before;
	if (b->data)
		b->data[before] = '\0';
	return -1;
}

int
json_print_pretty(const struct json *v, struct buf *b)
{
	char *text = cJSON_Print(in(v));
	int result = text ? buf_adds(b, text) : -1;

	cJSON_free(text);
	return result;
}
