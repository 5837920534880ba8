/*
 * What a Docker-compatible engine answers, as plain data. Pure functions:
 * bytes in, structs out. Every text is cleaned and cut; a field of the wrong
 * type is unknown, never an error; only a reply that is no JSON, or of the
 * wrong shape altogether, is refused. Facts: moby api/docs/v1.41.yaml, and
 * what podman 4.3 answers on its compatible socket.
 */
#ifndef SOURCE_DOCKER_PARSE_H
#define SOURCE_DOCKER_PARSE_H

#include "base/err.h"
#include "model/model.h"

/* The versions of the API that this reader understands. */
#define DOCKER_API_MIN "1.24"
#define DOCKER_API_MAX "1.51"

struct docker_version {
	char *label;		/* "Docker 20.10.24", "Podman 4.3.1" */
	char *api, *api_min;	/* "1.41", "1.12" */
	bool podman;
};

int docker_version_parse(const char *text, size_t len,
    struct docker_version *out, struct err *e);
void docker_version_release(struct docker_version *v);
/* The version of the API to speak with it; -1 when there is none. */
int docker_version_choose(const struct docker_version *v, char api[16],
    struct err *e);

/* The Date of a reply (RFC 9110, "Sun, 06 Nov 1994 08:49:37 GMT"): the clock
 * that the engine's events are dated by. */
int docker_date_parse(const char *s, int64_t *wall_ms);

/* One container, from the list or from inspect. Unknown as in the model; the
 * list knows less. */
struct docker_container {
	char *id;		/* hexadecimal, never NULL */
	char *project, *service;
	char *name;
	char *image, *digest;
	char *compose_hash;	/* of its rendered configuration */
	int number;
	bool oneoff;
	enum container_state state;
	enum container_health health;
	int64_t created_at;
	int64_t since;		/* start of the present state */
	int exit_code;
	int restarts;
	enum tri oom_killed;
	bool tty;
	int pid;
	char *health_log;
};

struct docker_list {
	struct docker_container *items;
	size_t count;
	size_t refused;		/* entries that were no containers */
};

int docker_list_parse(const char *text, size_t len, struct docker_list *out,
    struct err *e);
void docker_list_release(struct docker_list *l);
int docker_inspect_parse(const char *text, size_t len,
    struct docker_container *out, struct err *e);
void docker_container_release(struct docker_container *c);

struct docker_event {
	int64_t at;		/* wall ms, the engine's clock */
	int64_t at_ns;		/* the same, to ask for what came after it */
	bool of_image;
	char *id;		/* never NULL, but of an image */
	char *action;		/* "die", "health_status: unhealthy" */
	char *project, *service, *name, *image;
	int number;
	bool oneoff;
	int exit_code;		/* -1 */
};

/* One of an image has an action and a time, no more. An event of another type is
 * refused like a malformed one. */
int docker_event_parse(const char *text, size_t len, struct docker_event *out,
    struct err *e);
void docker_event_release(struct docker_event *ev);

/* Counters of one container; NAN and -1 where unknown. */
struct docker_stats {
	double cpu_ns;		/* used since its start */
	double system_ns;	/* of the whole host, all cores */
	double read_ms;		/* wall, when it was read */
	int cores;
	int64_t memory_bytes;	/* as docker stats: without inactive_file */
	int64_t memory_limit;
};

/* *before gets the previous sample when the engine sends one, else unknowns. */
int docker_stats_parse(const char *text, size_t len, struct docker_stats *now,
    struct docker_stats *before, struct err *e);
/* As docker stats: 100 is one core. NAN when the two do not follow. */
double docker_stats_cpu(const struct docker_stats *now,
    const struct docker_stats *before);

/* More references than these are not read. */
#define DOCKER_IMAGES_MAX 10000

/* A reference is a tag's, or a digest's of an image without a tag. */
struct docker_images {
	struct host_image *items;
	size_t count;
};

int docker_images_parse(const char *text, size_t len,
    struct docker_images *out, struct err *e);
void docker_images_release(struct docker_images *l);
/* Bytes of "host:5000/a/b" in "host:5000/a/b:tag@sha256:…". */
size_t docker_repository_len(const char *reference);

/* What an error reply says, as one line: its "message", else its beginning.
 * The caller frees it. */
char *docker_error(int status, const char *body, size_t len);

#endif
