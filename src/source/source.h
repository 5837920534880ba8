/*
 * Sources: what fills the model. One struct observer per environment owns its
 * connection and its sources (engine, stats, host, checkout, probes); each
 * source has an interval, a deadline and a staleness limit, writes what it saw
 * into the environment, sets change bits and calls `changed`.
 */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "config/conf.h"
#include "io/child.h"
#include "io/http.h"
#include "io/loop.h"
#include "io/ssh.h"
#include "model/model.h"

struct backup_verdict;
struct backups;
struct observer;

/* Something that a container did, as the engine told it. */
struct container_event {
	int64_t at;		/* wall ms, the engine's clock */
	const char *service;	/* cleaned, all of them; borrowed */
	const char *container;	/* id */
	const char *container_name;
	const char *action;	/* "die", "health_status: unhealthy", … */
	int exit_code;		/* -1 */
};

/* What all sources share. Borrowed; outlives the observers. */
struct world {
	struct loop *loop;
	struct http *http;
	struct children *children;
	struct model *model;
	const char *run_dir;	/* 0700, for sockets */
	const char *image;	/* the registry's, without a tag; or NULL */
	const char *state_dir;	/* 0700, for what is large or is kept */
	/* An environment's data changed: judge and publish, soon. May come
	 * from inside observer_new() and observer_refresh(). */
	void (*changed)(void *arg, const char *environment);
	/* A verification of a backup has ended: keep it. Or NULL. */
	void (*verdict)(void *arg, const struct backup_verdict *v);
	/* For the events view. */
	void (*event)(void *arg, const char *environment,
	    const struct container_event *ev);
	void *arg;
};

/* The environment must be in the model already (by name). Starts observing at
 * once. `c` is borrowed and must outlive the observer. */
struct observer *observer_new(struct world *w,
    const struct conf_environment *c);
void observer_free(struct observer *o);
/* Sample everything now, and reconnect what is down. */
void observer_refresh(struct observer *o);

/* Another version was found to be live: look at what belongs to it. */
void observer_settled(struct observer *o);

/* Those of the environment; NULL when none is configured. See backups.h. */
struct backups *observer_backups(struct observer *o);

/* Logs of one or several services, followed or not. Lines come in the order
 * the engine gives per container; the receiver interleaves by time. */
struct log_line {
	int64_t at;		/* wall ms; TIME_UNKNOWN without a stamp */
	const char *service;	/* name, "-2" appended for number 2 up */
	const char *text;	/* cleaned, at most LOG_LINE_MAX bytes */
	bool is_stderr;
	bool cut;		/* was longer */
};

#define LOG_LINE_MAX (16 * 1024)

struct log_stream;

struct log_request {
	const char *const *services;	/* NULL-ended; NULL or empty: all */
	bool follow;
	int tail;		/* last lines of each; -1: all since `since` */
	int64_t since;		/* wall ms or TIME_UNKNOWN */
	void (*line)(void *arg, const struct log_line *line);
	/* Once, when all have ended or failed; error may be NULL. The stream
	 * is gone then. A stream that follows ends only when nothing is left
	 * to follow: it survives restarts of containers and engine. */
	void (*end)(void *arg, const char *error);
	void *arg;
};

struct log_stream *observer_logs(struct observer *o,
    const struct log_request *r);
/* Hold the far side back, and go on. */
void log_stream_pause(struct log_stream *s, bool paused);
void log_stream_cancel(struct log_stream *s);	/* `end` is not called */

/* argv for a shell in a container through the operator's own ssh, or docker
 * directly when local: {"ssh", "-t", host, "docker exec -it …", NULL}. The
 * caller frees it with observer_argv_free(). NULL when there is no such
 * container. */
char **observer_shell_argv(const struct observer *o, const char *container);
void observer_argv_free(char **argv);

#endif
