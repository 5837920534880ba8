/*
 * JSON in and out: a thin face on cJSON, the only one that the rest sees.
 *
 * Reading: json_parse() accepts one value and nothing after it, at most
 * JSON_DEPTH_MAX deep. Accessors take NULL and the wrong type calmly and
 * answer with the fallback, so that a reply is read without a check per field;
 * where a field must be there, test it. Strings come as they are in the
 * document: clean them (base/text.h) where they enter the model.
 *
 * Writing: build values with json_object(), json_array() and the setters, and
 * print them. Doubles that are not finite are written as null: unknown.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define JSON_DEPTH_MAX 64

struct json;	/* one value and all below it */

/* The caller frees the result; NULL with the place of the fault in *e. */
struct json *json_parse(const char *text, size_t len, struct err *e);
void json_free(struct json *v);

/* Member of an object by exact name, or NULL. Borrowed. */
const struct json *json_get(const struct json *v, const char *key);
/* Member of nested objects: "State.Health.Status". Borrowed. */
const struct json *json_path(const struct json *v, const char *dotted);
bool json_is_object(const struct json *v);
bool json_is_array(const struct json *v);
bool json_is_string(const struct json *v);
bool json_is_null(const struct json *v);	/* also when v is NULL */
/* Elements of an array or members of an object, in order. */
size_t json_count(const struct json *v);
const struct json *json_first(const struct json *v);
const struct json *json_next(const struct json *v);
/* Name of a member met by json_first()/json_next(); "" in an array. */
const char *json_key(const struct json *v);

/* An RFC 3339 text as wall milliseconds; TIME_UNKNOWN when it is not one. */
int64_t json_time(const struct json *v);

/* The value itself, or the fallback when it is absent or of another type.
 * Strings are borrowed. json_int() refuses fractions and what a double
 * cannot hold exactly (beyond 2^53). */
const char *json_text(const struct json *v, const char *fallback);
double json_number(const struct json *v, double fallback);
int64_t json_int(const struct json *v, int64_t fallback);
bool json_bool(const struct json *v, bool fallback);

struct json *json_object(void);
struct json *json_array(void);
struct json *json_string(const char *s);	/* NULL gives null */
struct json *json_double(double n);		/* not finite gives null */
struct json *json_copy(const struct json *v);
/* json_set() takes over `value`, copies the key and replaces an older value.
 * json_add() and the setters below it neither look for an older one (an object
 * must not meet a key twice) nor copy the key: it is a literal, or outlives the
 * object. */
void json_set(struct json *object, const char *key, struct json *value);
void json_add(struct json *object, const char *key, struct json *value);
void json_set_text(struct json *object, const char *key, const char *s);
void json_set_number(struct json *object, const char *key, double n);
void json_set_int(struct json *object, const char *key, int64_t n);
/* A wall-clock time as RFC 3339; TIME_UNKNOWN gives null. */
void json_set_time(struct json *object, const char *key, int64_t wall_ms);
void json_set_bool(struct json *object, const char *key, bool b);
void json_set_null(struct json *object, const char *key);
void json_append(struct json *array, struct json *value);

/* Append the value on one line, or indented. -1 when the buffer is full. */
int json_print(const struct json *v, struct buf *b);
int json_print_pretty(const struct json *v, struct buf *b);

#endif
