/*
 * One environment's observer, as its sources see it. Each source is a struct
 * of its own with a new, a free and a refresh; it finds its environment anew
 * whenever it writes, since the model's pointers move.
 */
#ifndef SOURCE_OBSERVER_H
#define SOURCE_OBSERVER_H

#include <sys/queue.h>

#include "source/source.h"

struct docker;		/* docker.h */
struct host_shell;		/* shell.h */
struct sampler;		/* sampler.h */
struct checkout;	/* checkout.h */
struct prober;		/* probe.h */
struct images;		/* images.h */
struct schemas;		/* schemas.h */
struct backups;		/* backups.h */

struct observer {
	struct world *w;
	const struct conf_environment *conf;
	struct ssh *ssh;	/* NULL: this machine, or ssh_error */
	struct err ssh_error;	/* why there is no ssh for a remote one */
	bool was_up;		/* ssh, when last looked at */
	struct docker *docker;
	struct host_shell *shell;
	struct sampler *sampler;
	struct checkout *checkout;
	struct prober *prober;
	struct images *images;
	struct schemas *schemas;
	struct backups *backups;	/* NULL: none configured */
	LIST_HEAD(, log_stream) logs;
};

/* Never NULL while the observer lives; valid until a service is added. */
struct environment *observer_environment(const struct observer *o);
bool observer_remote(const struct observer *o);
/* Set bits of enum change and tell the server. */
void observer_changed(struct observer *o, unsigned bits);
/* A source has succeeded, or failed. */
void observer_observed(struct observer *o, enum source_kind k);
void observer_failed(struct observer *o, enum source_kind k,
    const char *error);
/* Fill in the link of a local environment; that of a remote one follows ssh.
 * error NULL: up. */
void observer_local_link(struct observer *o, enum link_state state,
    const char *error, int64_t next_try);

/* Why the host cannot be reached, when that is known to be so; else NULL.
 * Valid until the next turn of the loop. */
const char *observer_link_error(const struct observer *o);

/* A container came, went, started or stopped: what depends on them looks. */
void observer_containers_changed(struct observer *o);
/* One became healthy, or is so no more. */
void observer_health_changed(struct observer *o);
/* One was created: the checkout may have moved, images have come and schemas be
 * others. */
void observer_deployed(struct observer *o);
/* One runs now: what the deployment has left can be looked at. */
void observer_started(struct observer *o);

/* log.c: attach what follows to containers that have come or started, or to
 * all once the engine is there again; and end all streams. */
void logs_update(struct observer *o);
void logs_end(struct observer *o, const char *error);

#endif
