/*
 * Structs to and from JSON objects by tables: one entry per member, used in
 * both directions, so that what is written can be read. Checking and reading
 * are apart: after fields_check() said yes, fields_read() cannot fail.
 */
#ifndef MODEL_FIELDS_H
#define MODEL_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/json.h"
#include "model/cause.h"
#include "model/model.h"

/* How one type of member is written and read. */
struct kind {
	const char *expected;	/* for the error: "a whole number or null" */
	void (*write)(struct json *object, const char *key, const void *at);
	/* NULL for what is derived from other members: ignored in reading. */
	bool (*valid)(const struct json *v);
	void (*read)(void *at, const struct json *v);
};

struct field {
	const char *key;
	size_t offset;
	const struct kind *kind;
	const struct field *sub;	/* an object below, instead of a kind */
	/* Written when one of these bits is asked for; 0: always. */
	unsigned bits;
};

extern const struct kind kind_name;	/* char *, never NULL */
extern const struct kind kind_text;	/* char * */
extern const struct kind kind_bool;	/* bool */
extern const struct kind kind_tri;	/* enum tri */
extern const struct kind kind_int;	/* int, -1 unknown */
extern const struct kind kind_count;	/* int64_t, -1 unknown */
extern const struct kind kind_time;	/* int64_t, TIME_UNKNOWN */
extern const struct kind kind_tenths;	/* double, to one decimal */
extern const struct kind kind_cents;	/* double, to two decimals */
extern const struct kind kind_status;	/* enum status */
extern const struct kind kind_state;	/* enum container_state */
extern const struct kind kind_health;	/* enum container_health */
extern const struct kind kind_link;	/* enum link_state */
extern const struct kind kind_bump;	/* enum bump */
extern const struct kind kind_causes;	/* struct causes */
extern const struct kind kind_reasons;	/* the same, as English sentences */
extern const struct kind kind_series;	/* struct series, to one decimal */

/* An entry of a table; the comparison of pointers, which is never made, has the
 * compiler check that the member has the kind's C type. Tables end with {0}. */
#define FIELD(struct_, member, type, kind_) \
	.offset = offsetof(struct_, member) + \
	    0 * sizeof((type *)0 == &((struct_ *)0)->member), \
	.kind = &(kind_)

void fields_write(struct json *object, const struct field *fields,
    const void *base, unsigned bits);
/* Types of the members that are there; unknown members are ignored. */
int fields_check(const struct json *object, const struct field *fields,
    struct err *e);
/* Members that are not there keep their value. The result has the bits of all
 * that were. */
unsigned fields_read(void *base, const struct json *object,
    const struct field *fields);

#endif
