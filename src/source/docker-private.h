/* The inside of the engine's source: docker.c holds the connection,
 * docker-containers.c the containers as lists and inspections tell them,
 * docker-events.c what happens to them. */
#ifndef SOURCE_DOCKER_PRIVATE_H
#define SOURCE_DOCKER_PRIVATE_H

#include "source/docker.h"
#include "source/docker-parse.h"
#include "source/pace.h"
#include "source/split.h"

#define DOCKER_TOLD_MAX 256

/* One container that is followed. */
struct watched {
	struct docker *docker;
	char *id;
	uint64_t last_event;	/* number of the last event about it */
	uint64_t asked_at;	/* events seen when it was inspected */
	bool inspected;		/* at least once */
	bool wanted;		/* is to be inspected */
	bool listed;		/* by the list that is being applied */
	struct http_transfer *inspect;
};

struct docker {
	struct observer *o;
	enum { DOCKER_DOWN, DOCKER_VERSION, DOCKER_LISTING, DOCKER_UP } state;
	char api[16];
	bool podman;
	char *why;		/* the last failure */
	struct backoff backoff;
	struct http_transfer *request;	/* version or list */
	struct http_transfer *events, *ping;
	struct loop_timer *retry_timer, *ping_timer, *list_timer;
	struct loop_timer *inspect_timer;
	struct split split;
	int64_t since_ns;	/* events after that are new to us */
	/* Hashes of the last events, a ring: an engine remembers 256, and some
	 * tell them again however new they were asked for. */
	uint64_t told[DOCKER_TOLD_MAX];
	size_t told_next;

	struct watched **watched;	/* by id */
	size_t watched_count;
	/* Events are numbered; these are the last one, the last before the
	 * list was asked for, and the last removal. */
	uint64_t events_seen, events_at_list, removed_at;
	int inspecting;
	bool inspect_all;	/* with the next list */
	int64_t list_soon;	/* ms from the end of this one; 0 */
};

/* docker.c */
void docker_fail(struct docker *d, const char *why);
/* List again within that time. */
void docker_list_within(struct docker *d, int64_t ms);

/* docker-containers.c */
void containers_list(struct docker *d, struct docker_list *l);
/* The entry of a container, new when there is none. */
struct watched *containers_watch(struct docker *d, const char *id);
/* It has gone: from here and from the model. */
void containers_drop(struct docker *d, const char *id);
/* since: of the new state, when it is one. */
void containers_set_state(struct service *s, enum container_state state,
    int64_t since);
/* The newest container dates the version. */
void containers_update_version(struct docker *d);
/* Inspect what is wanted, as far as the limit goes. */
void containers_pump(struct docker *d);
/* Stop inspecting; what was wanted is wanted still. */
void containers_hold(struct docker *d);
void containers_release(struct docker *d);

/* docker-events.c */
void containers_event(struct docker *d, const struct docker_event *ev);
void images_event(struct docker *d, const struct docker_event *ev);

#endif
