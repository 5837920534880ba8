/*
 * The judge: what the observations mean. Pure functions of the model, limits
 * and a time; they write status words, causes and streaks, nothing else, and
 * set change bits only where a word, a cause or the staleness differs.
 *
 * Facts count at once: container states, oom kills, unhealthy, the dates of a
 * certificate, a broken link. Samples (host figures, probes) need `bad_samples`
 * worse ones in a row to go down and `good_samples` better ones to come back;
 * the word is then the mildest (or the worst) of that run. The first sample,
 * also after a gap that made the old ones stale, counts at once: there is
 * nothing to hold on to; but not of cpu, which a single second can fill.
 *
 * What the words rest on:
 * - A service that does not run is crit; being removed, or created less than
 *   two minutes ago, warn. All services of the plan are long-running, so exit
 *   code 0 is no excuse. A running one goes by its health; not to know that is
 *   unknown.
 * - An oom kill is crit until the container runs again, then warn until it is
 *   created anew: the next start erases the engine's evidence, not ours.
 * - Restarts are a loop, warn, while the present run is less than a day old.
 * - Without fresh data of the engine every service is unknown. Engine and host
 *   carry the status word: stale, they make it unknown; stats and checkout only
 *   warn. A failing engine warns before it is stale.
 * - Backups: model/backup.h. A series that cannot be listed is unknown and
 *   warns; while the host is out of reach, that says it all.
 * - A link that is down makes unknown, not crit: unreachable from here is not
 *   down. The probes are the second vantage point, and they may say crit.
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

/* To be called after every change and, for staleness, about once a second. */
void judge_environment(struct environment *env, const struct limits *l,
    int64_t now);

/* Whether all remote environments (two or more of them, on different hosts) are
 * unreachable and none of their probes gets an answer: then it is this box that
 * is cut off, and failing probes prove nothing. Sets m->cut_off, its notice
 * (key "cut-off"), every remote environment's cut_off, and m->observed_at. Call
 * it before judge_environment(); when it says true, cut_off has changed and all
 * environments want judging. */
bool judge_observer(struct model *m, int64_t now);

#endif
