/*
 * A plan: the server's answer to what would happen if, as vigie-protocol(7) has
 * it. Every text is cleaned here.
 */
#ifndef UI_PLAN_H
#define UI_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "ui/text-lines.h"

struct plan {
	char *id;
	char *act, *environment, *title;
	char *from, *target, *target_commit, *via;	/* or NULL */
	struct text_lines steps;	/* titles */
	struct text_lines commands;	/* lines */
	struct text_lines effect, warnings;	/* sentences */
	char *blocked;		/* why it cannot be confirmed, or NULL */
	char *word;		/* what must be typed */
	bool needs_reason;
	int64_t expires_at;
	int64_t estimate_ms;	/* -1 */
};

/* From the member "plan" of an answer; NULL with *e. */
struct plan *plan_parse(const struct json *v, struct err *e);
void plan_free(struct plan *p);
/* Sentences on what is another than before, each with a line break; nothing
 * when it would do the same. */
void plan_compare(const struct plan *before, const struct plan *now,
    struct buf *b);
/* Whether one key confirms it. */
bool plan_simple(const struct plan *p);

#endif
