/*
 * The registry that has the project's own image, by the OCI distribution
 * protocol: whether the tag of each version is there, and with which digest.
 * Anonymous, basic or bearer authentication, as the registry asks for it.
 */
#ifndef SOURCE_REGISTRY_H
#define SOURCE_REGISTRY_H

#include "source/source.h"

/* How many of the newest versions are asked for, beside those that an
 * environment runs or would go back to. */
#define REGISTRY_TAGS_MAX 30

struct registry_source;

/* NULL when none is configured. `c` is borrowed and outlives it. Fills
 * w->model->registry for the tags of w->model->releases, the live versions and
 * the rollback targets, and calls w->changed(arg, NULL). */
struct registry_source *registry_source_new(struct world *w,
    const struct conf_registry *c);
void registry_source_free(struct registry_source *r);
/* Ask now. NULL is accepted. */
void registry_source_refresh(struct registry_source *r);

#endif
