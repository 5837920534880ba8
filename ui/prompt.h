/*
 * A line editor in the footer: UTF-8, history, completion. Knows nothing of
 * what the line means.
 */
#ifndef UI_PROMPT_H
#define UI_PROMPT_H

#include "ui/draw.h"
#include "ui/screen.h"

#define PROMPT_MAX 1024
#define PROMPT_HISTORY 100

/* Fills `out` with what the line's last word may become (owned by the caller,
 * at most `max`), and returns how many. */
typedef size_t prompt_complete_fn(void *arg, const char *line, char **out,
    size_t max);
/* The text as it stands: after each change, and at last with done set (text
 * NULL: given up). */
typedef void prompt_text_fn(void *arg, const char *text, bool done);

struct prompt_request {
	const char *label;		/* ":" or "/", or words */
	const char *initial;		/* or NULL */
	prompt_complete_fn *complete;	/* or NULL */
	bool remember;			/* for Up and Down */
	prompt_text_fn *text;
	void *arg;
};

struct prompt {
	bool open;
	struct prompt_request request;
	char *label;
	struct buf line;
	size_t cursor;			/* bytes before it */
	char *history[PROMPT_HISTORY];	/* oldest first */
	size_t history_count, history_at;
	char **candidates;		/* of the last Tab */
	size_t candidate_count;
};

void prompt_open(struct prompt *p, const struct prompt_request *r);
/* An open one is given up. */
void prompt_release(struct prompt *p);
/* Every key belongs to an open prompt. */
void prompt_key(struct prompt *p, const struct key *k);
/* On the last line of the area; candidates above it. */
void prompt_draw(struct prompt *p, struct draw *d, const struct area *a,
    struct screen *s);

#endif
