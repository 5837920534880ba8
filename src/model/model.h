/*
 * What is known of the environments: plain data, no clock and no I/O. The
 * server's sources fill it, the judge gives it status words, the protocol
 * copies it into every client, and views only read it.
 *
 * Texts were cleaned (base/text.h) where they came in. Unknown is a value:
 * doubles are NAN, times TIME_UNKNOWN, counts and bytes -1, texts NULL, and
 * yes-or-no is an enum tri. Times are wall-clock milliseconds.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/backup.h"
#include "model/calendar.h"
#include "model/cause.h"
#include "model/observation.h"
#include "model/pipeline.h"
#include "model/readiness.h"
#include "model/run.h"
#include "model/series.h"
#include "model/tenure.h"
#include "model/version.h"

enum container_state {
	CONTAINER_UNKNOWN, CONTAINER_CREATED, CONTAINER_RUNNING,
	CONTAINER_PAUSED, CONTAINER_RESTARTING, CONTAINER_REMOVING,
	CONTAINER_EXITED, CONTAINER_DEAD,
};

enum container_health {
	HEALTH_UNKNOWN,
	HEALTH_NONE,		/* no healthcheck: not the same as healthy */
	HEALTH_STARTING, HEALTH_HEALTHY, HEALTH_UNHEALTHY,
};

/* The words of the Docker API ("running", "none", …). The readers answer with
 * the unknown value for any other word. */
const char *container_state_name(enum container_state s);
enum container_state container_state_parse(const char *word);
const char *container_health_name(enum container_health h);
enum container_health container_health_parse(const char *word);

/* Consecutive samples, for hysteresis. Only the server's judge uses it. */
struct streak {
	int64_t sampled_at;	/* last sample counted */
	int bad, good;
	enum status held;	/* the status word in force */
	enum status next;	/* the word to hold when the run is complete */
};

/* One container of the Compose project. */
struct service {
	char *name;		/* compose service */
	char *container;	/* full id */
	char *container_name;
	char *image;		/* as configured: "registry/x:tag" */
	char *digest;		/* "sha256:…" of the image that runs */
	int number;		/* compose container-number; -1 unknown */
	enum container_state state;
	enum container_health health;
	int64_t since;		/* start of the present state */
	int64_t created_at;
	int restarts;
	enum tri oom_killed;	/* kept from events until the next create */
	int exit_code;		/* -1 while running or unknown */
	bool tty;
	char *compose_hash;	/* of its rendered configuration, by compose */
	int pid;		/* on the host; -1 */
	double cpu_percent;	/* as docker stats: 100 = one core */
	int64_t memory_bytes, memory_limit;
	int64_t sampled_at;	/* cpu_percent and memory_bytes */
	char *health_log;	/* last line of the failing healthcheck */
	struct series cpu, memory;
	enum status status;
	struct causes causes;
	/* Since the last model_changes_clear(): any of it, or only cpu, memory
	 * and sampled_at (see service_sample()). */
	bool changed, sampled;
};

struct host {
	double cpu_percent, load1, load5, load15;
	int cores;
	double memory_percent, disk_percent;
	int64_t memory_total, disk_total;	/* bytes */
	int64_t uptime_ms;
	struct series cpu, memory;
	enum status status;
	struct streak cpu_streak, memory_streak, disk_streak;
};

struct probe {
	char *name;
	char *url;
	struct observation seen;
	int http_code;		/* of the last attempt; -1: no answer */
	double latency_ms;	/* of the last attempt; NAN: no answer */
	int64_t tls_expires;
	bool tls_untrusted;
	char *failure;		/* why the last sample was bad, or NULL */
	struct series latency;
	enum status status;
	struct causes causes;
	struct streak streak;
};

/* What runs there, as proved by the checkout and the running images. */
struct version {
	char *tag, *commit, *branch;
	enum tri dirty;
	int64_t since;		/* creation of the newest container */
};

enum link_state { LINK_UNKNOWN, LINK_CONNECTING, LINK_UP, LINK_DOWN };

const char *link_state_name(enum link_state s);		/* "up", … */
enum link_state link_state_parse(const char *word);

/* How the environment is reached. */
struct link {
	enum link_state state;
	char *transport;	/* "local", "libssh2", "openssh" */
	char *why;		/* why that transport, or NULL */
	char *error;		/* with what mends it, or NULL */
	int64_t since, next_try;
	char *engine;		/* "Docker 20.10.24, API 1.41" */
	char *host;		/* ssh alias, or NULL when local */
};

enum source_kind {
	SOURCE_ENGINE,		/* container list, events, inspect */
	SOURCE_STATS,		/* cpu and memory of containers */
	SOURCE_HOST,
	SOURCE_CHECKOUT,
	SOURCE_IMAGES,		/* the images that the engine has */
	SOURCE_SCHEMAS,		/* the databases' schemas */
	SOURCE_KINDS,
};

const char *source_kind_name(enum source_kind k);	/* "engine", … */

enum change {
	CHANGE_SETUP = 1,	/* title, production, data, trigger … */
	CHANGE_STATUS = 2,	/* status, causes, stale, observed_at */
	CHANGE_SERVICES = 4,	/* those changed or sampled, and `gone` */
	CHANGE_HOST = 8,
	CHANGE_PROBES = 16,
	CHANGE_VERSION = 32,
	CHANGE_LINK = 64,
	CHANGE_SOURCES = 128,	/* the observations */
	CHANGE_BACKUPS = 256,
	CHANGE_TENURES = 512,
	CHANGE_READINESS = 1024,
	CHANGE_IMAGES = 2048,
	CHANGE_SCHEMAS = 4096,
	CHANGE_LOCK = 8192,
	CHANGE_ALL = 16383,
};

struct environment {
	char *name;		/* key in the configuration */
	char *title;		/* shown; NULL: the name */
	bool production;
	char *data;		/* class of data: "seed", "anonymised", … */
	char *trigger;		/* "make up" */
	char *approval;		/* who approves, or NULL */
	char *compose_project;
	struct link link;
	struct service *services;	/* by name, then number, then id */
	size_t service_count;
	struct host host;
	struct probe *probes;
	size_t probe_count;
	struct version version;
	struct observation sources[SOURCE_KINDS];
	struct backup_series *backups;	/* in the order configured */
	size_t backup_count;
	struct tenure *tenures;	/* newest first; the first is live */
	size_t tenure_count;
	struct schema *schemas;	/* as they are now */
	size_t schema_count;
	struct host_image *images;
	size_t image_count;
	struct environment_lock lock;
	int64_t good_after_ms;	/* healthy so long, a version is good */
	struct readiness readiness;
	enum status status;
	bool stale;
	/* Oldest success of the engine and the host, when in use: the age of
	 * what the status word rests on. */
	int64_t observed_at;
	struct causes causes;
	bool cut_off;		/* for the judge: see judge_observer() */
	unsigned changes;	/* enum change bits */
	size_t cursor;		/* where environment_service() looks first */
	char **gone;		/* containers removed since the last clear */
	size_t gone_count;
};

/* Something to say on every screen: a bad new configuration, the ops box cut
 * off, a stand-in engine. */
struct notice {
	char *key;		/* replaces an older one of the same key */
	enum status severity;
	char *text;		/* English; look it up with _() to show it */
};

/* One tag of the repository. See release.h. */
struct release {
	char *tag;
	char *commit;		/* full; of a tag object what it points to */
	int64_t date;		/* tagged, or committed when it is light */
	char *author;		/* the tagger, or the commit's author */
	char *subject;		/* of the tag, or of the commit */
	bool annotated;
	/* Derived, by releases_finish(). */
	bool version;		/* a semantic version; else only a tag */
	bool prerelease;
	bool rollback;		/* "-rollback": another version's redeployment */
	char *redeploys;	/* the version that a rollback's commit has */
	char *previous;		/* the version before it; NULL for the first */
	enum bump bump;		/* from `previous` */
	/* From the changelog. */
	char *notes;		/* lines, cleaned; or NULL */
	bool yanked;
	bool moved;		/* the remote has it on another commit */
};

/* What the clone on this machine knows. */
struct releases {
	struct observation seen;	/* the clone; used: configured */
	struct observation fetched;	/* the remote; used: fetches at all */
	char *branch;		/* "main" */
	char *head;		/* its commit at the remote, as last fetched */
	int64_t head_date;
	char *since;		/* newest version that is no pre-release */
	int commits_since;	/* on the branch, after `since`; -1 unknown */
	enum tri shallow;	/* history is cut: counts may be short */
	char *unreleased;	/* notes of Unreleased; NULL when none */
	char *changelog_error;	/* why there are no notes, or NULL */
	struct release *items;	/* newest version first, then other tags */
	size_t count;
	/* Since the last model_changes_clear(): any of it, or only the two
	 * observations. */
	bool changed, attempted;
};

struct model {
	char *project;
	int64_t observed_at;	/* newest observation of all */
	struct environment *environments;	/* in the order configured */
	size_t environment_count;
	struct notice *notices;
	size_t notice_count;
	struct releases releases;
	struct pipelines pipelines;
	struct registry registry;
	struct mark *marks;	/* of versions */
	size_t mark_count;
	bool marked;		/* the marks have changed */
	struct run *runs;	/* those under way first, then the newest */
	size_t run_count;
	bool ran;		/* the runs have changed */
	struct calendar calendar;	/* the server's: clients have none */
	bool cut_off;		/* every remote target fails: it is us */
	bool changed;		/* project, notices, cut_off or the list */
};

void model_init(struct model *m);
void model_release(struct model *m);

/* Borrowed pointers; valid until an environment or service is added. */
struct environment *model_environment(struct model *m, const char *name);
const struct environment *model_find(const struct model *m, const char *name);
/* The environment of that name; a new one, at the end, is filled with
 * unknowns. */
struct environment *model_add_environment(struct model *m, const char *name);
void model_remove_environment(struct model *m, const char *name);
void model_notice(struct model *m, const char *key, enum status severity,
    const char *text);
void model_notice_clear(struct model *m, const char *key);
/* Worst status of all environments; unknown when there is none. */
enum status model_status(const struct model *m);
bool model_has_changes(const struct model *m);
/* NULL when the version bears none. */
const struct mark *model_mark(const struct model *m, const char *tag);
void model_changes_clear(struct model *m);

struct service *environment_service(struct environment *env,
    const char *container);
/* The service with that container id; a new one is filled with unknowns and
 * put in its place. */
struct service *environment_add_service(struct environment *env,
    const char *container, const char *name, int number);
void environment_remove_service(struct environment *env,
    const char *container);
struct probe *environment_probe(struct environment *env, const char *name);
/* The probe of that name; a new one, at the end, is filled with unknowns. */
struct probe *environment_add_probe(struct environment *env, const char *name);
void environment_remove_probe(struct environment *env, const char *name);
/* Mark a service as changed. */
void service_touch(struct environment *env, struct service *s);
/* Enter a sample of cpu and memory: figures, series and sampled_at. Marks only
 * those as changed, which spares the wire the rest of the service. */
void service_sample(struct environment *env, struct service *s, int64_t now,
    double cpu_percent, int64_t memory_bytes);

#endif
