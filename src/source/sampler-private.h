/* The inside of the sampler: sampler.c holds the interval and the
 * figures, sampler-learn.c finds out what to read, sampler-stats.c asks the
 * engine for what the shell cannot see. */
#ifndef SOURCE_SAMPLER_PRIVATE_H
#define SOURCE_SAMPLER_PRIVATE_H

#include "source/cgroup-parse.h"
#include "source/docker-parse.h"
#include "source/host-parse.h"
#include "source/host-shell.h"
#include "source/sampler.h"

/* One container that runs. */
struct sampled {
	char *id;
	int pid;
	int tried_pid;		/* its control group was looked for; 0 */
	bool known;		/* `paths` are its */
	int misses;		/* samples in a row without its counters */
	struct cgroup_paths paths;
	struct cgroup_usage now, before;
	double before_at;	/* the host's uptime then, s */
	double cpu_percent;	/* between the two */
	struct docker_stats stats;	/* the last one from the engine */
	bool has_before, has_stats;
	int64_t stats_at;	/* mono ms when last asked for; 0: never */
};

struct sampler {
	struct observer *o;
	struct loop_timer *timer;
	int64_t interval, deadline;
	bool busy;		/* the shell is looking */
	bool again;		/* a change came meanwhile */
	int shell_failures;	/* in a row */

	unsigned generation;	/* of the shell that the next three are of */
	struct cgroup_mounts mounts;
	int cores;
	bool defined;		/* its functions are those of `sampled` */

	struct sampled *sampled;	/* in the model's order */
	size_t sampled_count;
	struct host_sample host, host_before;
	bool has_host;
	bool slow;		/* limits too, with the present sample */
	/* mono ms: when limits and disk are due, when df may be tried, when
	 * groups that were not found are looked for again */
	int64_t slow_at, disk_not_before, retry_at;

	struct http_transfer *stats;
	struct loop_timer *stats_timer;
	char stats_id[130];
};

struct sampled *sampler_find(struct sampler *s, const char *id);
/* Whether only the engine can tell its figures. */
bool sampler_needs_stats(const struct sampler *s, const struct sampled *c);
/* Put figures into the model. limit -1: the host's memory. */
void sampler_store(struct sampler *s, const char *id, double cpu,
    int64_t memory, int64_t limit);
/* How old container figures may get, the way they are got at present. */
void sampler_set_staleness(struct sampler *s);

/* The next question to the shell; each answer leads on to the next, or to the
 * rest until the next interval. */
void sampler_look(struct sampler *s);
void sampler_ask(struct sampler *s, const char *what, const char *script,
    int64_t deadline_ms, host_shell_done_fn *done);
/* Whether the shell could not answer; then that is dealt with. */
bool sampler_failed(struct sampler *s, const struct host_shell_reply *r);

/* sampler-learn.c: ask what has to be known before figures can be read; false
 * when nothing is missing. */
bool sampler_learn(struct sampler *s);
/* The functions of the shell: "s" prints all counters, "l" the limits. */
void sampler_define(struct sampler *s, struct buf *b);

/* sampler-stats.c: see whom to ask, and when. */
void stats_plan(struct sampler *s);
void stats_stop(struct sampler *s);
/* How long one round over n containers may take. */
int64_t stats_round_ms(size_t n);

#endif
