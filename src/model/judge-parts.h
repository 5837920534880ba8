/*
 * The parts of the judge, for judge.c alone: each writes its own words and
 * causes and sets their change bits. See judge.h for the rules.
 */
#ifndef MODEL_JUDGE_PARTS_H
#define MODEL_JUDGE_PARTS_H

#include "model/judge.h"

/* The services' causes are added to `causes`. `known`: the engine's data is
 * fresh. */
void judge_services(struct environment *env, bool known,
    const struct limits *l, int64_t now, struct causes *causes);

void judge_probe(struct environment *env, struct probe *p,
    const struct limits *l, int64_t now);
bool probe_stale(const struct probe *p, int64_t now);

/* The series' words, and their causes for the environment's. */
void judge_backups(struct environment *env, bool reachable, int64_t now,
    struct causes *causes);

enum status causes_worst(const struct causes *c);
/* Put a new word and new causes (taken over) in place; says whether they
 * differ. */
bool verdict_settle(enum status *status, struct causes *causes,
    enum status word, struct causes *next);
/* Age in seconds, in the steps that are shown: otherwise every second of
 * silence would be news. */
double age_in_steps(int64_t ms);

#endif
