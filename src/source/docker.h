/*
 * A Docker-compatible engine, watched: the version is negotiated, events are
 * subscribed to, then the containers of the Compose project are listed and
 * inspected. An event is applied to the model as it comes, from what it says
 * itself; the inspection that completes it follows. A lost stream begins all
 * again, with the events since the last one; a list once a minute is the net
 * below. A ping every few seconds keeps the age of what is known honest.
 */
#ifndef SOURCE_DOCKER_H
#define SOURCE_DOCKER_H

#include "source/observer.h"

struct docker *docker_new(struct observer *o);
void docker_free(struct docker *d);
/* Connect now when it is down. */
void docker_retry(struct docker *d);
/* The same, and when it is up: list and inspect all. */
void docker_refresh(struct docker *d);

/* The containers are known and followed. */
bool docker_up(const struct docker *d);
/* The last failure, or NULL when there was none or it is over. */
const char *docker_why(const struct docker *d);

/* GET a path below the version ("/containers/…") from the engine. The rest of
 * the request is the caller's: data, deadline_ms, body_max, done, arg. */
struct http_transfer *docker_get(struct docker *d, const char *path,
    const struct http_request *rest);

#endif
