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
	/* NULL as value: unknown. */
	void (*read)(void *at, const struct json *v);
	void (*release)(void *at);	/* or NULL: it owns nothing */
};

struct field {
	const char *key;
	size_t offset;
	const struct kind *kind;
	const struct field *sub;	/* an object below, instead of a kind */
	/* Written when one of these bits is asked for; 0: always. */
	unsigned bits;
	/* A list of objects: the offset is that of a pointer to its items. */
	const struct list_of *list;
	size_t count_offset;	/* of the list's size_t */
};

struct list_of {
	size_t size;		/* of an item */
	size_t max;		/* items; more are refused in reading */
	const struct field *fields;
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
extern const struct kind kind_run_state;
extern const struct kind kind_workflow_role;
extern const struct kind kind_api_trouble;
extern const struct kind kind_rung;
extern const struct kind kind_size_verdict;
extern const struct kind kind_mark_word;
extern const struct kind kind_phase;
extern const struct kind kind_readiness_word;
extern const struct kind kind_readiness_code;
extern const struct kind kind_causes;	/* struct causes */
extern const struct kind kind_reasons;	/* the same, as English sentences */
extern const struct kind kind_series;	/* struct series, to one decimal */

/* An entry of a table; the comparison of pointers, which is never made, has the
 * compiler check that the member has the kind's C type. Tables end with {0}. */
#define FIELD(struct_, member, type, kind_) \
	.offset = offsetof(struct_, member) + \
	    0 * sizeof((type *)0 == &((struct_ *)0)->member), \
	.kind = &(kind_)

/* An entry that is a list: LIST(struct, member, count member, list_of). */
#define FIELD_LIST(struct_, member, count, list_) \
	.offset = offsetof(struct_, member), \
	.count_offset = offsetof(struct_, count) + \
	    0 * sizeof((size_t *)0 == &((struct_ *)0)->count), \
	.list = &(list_)

void fields_write(struct json *object, const struct field *fields,
    const void *base, unsigned bits);
/* Types of the members that are there; unknown members are ignored. */
int fields_check(const struct json *object, const struct field *fields,
    struct err *e);
/* Members that are not there keep their value. The result has the bits of all
 * that were. */
unsigned fields_read(void *base, const struct json *object,
    const struct field *fields);

/* For structs whose every member is in their table. Fill fresh memory with
 * unknowns; free what the members own, leaving them so again. With bits: only
 * the entries that have one of them. */
void fields_init(void *base, const struct field *fields, unsigned bits);
void fields_release(void *base, const struct field *fields, unsigned bits);
/* The same for the items of a list, and the list itself. */
void list_release(void *items, size_t count, const struct list_of *list);
/* `count` items, each filled with unknowns; never NULL. */
void *list_new(size_t count, const struct list_of *list);
/* Whether both would be written alike. */
bool fields_same(const void *a, const void *b, const struct field *fields);

#endif
