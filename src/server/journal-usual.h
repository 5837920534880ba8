/*
 * What steps took the last time that they were done, learnt from the states of
 * runs (JSON, as model/run.h's table writes them). Only in memory.
 */
#ifndef SERVER_JOURNAL_USUAL_H
#define SERVER_JOURNAL_USUAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct journal_usual {
	struct usual_step *steps;
	size_t count;
};

void journal_usual_release(struct journal_usual *u);
/* All steps of that run that are done; with `step` only that one. `newer`: it
 * replaces what is known. */
void journal_usual_learn(struct journal_usual *u, const char *state,
    const char *step, bool newer);
int64_t journal_usual_find(const struct journal_usual *u, const char *book,
    const char *environment, const char *step);

#endif
