/*
 * The judge: what the observations mean. Pure functions of the model, limits
 * and a time; they write status words, causes and streaks, nothing else, and
 * set change bits only where a word, a cause or the staleness differs.
 *
 * Hysteresis: a figure or a probe needs `bad_samples` bad samples in a row to
 * go down and `good_samples` good ones to come back; container exits, oom
 * kills and unhealthy events count at once (they are facts, not samples). The
 * first sample of all counts at once too: there is nothing to hold on to.
 */
#ifndef MODEL_JUDGE_H
#define MODEL_JUDGE_H

#include "model/model.h"

struct limits {
	double cpu_warn, cpu_crit;		/* percent of the host */
	double memory_warn, memory_crit;	/* percent */
	double disk_warn, disk_crit;		/* percent */
	double latency_warn;			/* ms */
	double tls_warn_days, tls_crit_days;
	int restarts_warn;			/* since creation */
	int bad_samples, good_samples;
	bool warn_no_healthcheck;
};

void limits_defaults(struct limits *l);

void judge_environment(struct environment *env, const struct limits *l,
    int64_t now);

/* Whether all remote environments (two or more, link not local) are
 * unreachable: then it is this box that is cut off. Sets m->cut_off. */
void judge_observer(struct model *m, int64_t now);

#endif
