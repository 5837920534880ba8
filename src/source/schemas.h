/*
 * The schemas of an environment's databases: configured queries, run on the
 * host or in a service's container, each minute and after a deployment, and
 * kept as fingerprints of their answers.
 */
#ifndef SOURCE_SCHEMAS_H
#define SOURCE_SCHEMAS_H

#include "source/observer.h"

struct schemas;

/* NULL when none is configured. Fills env->schemas (CHANGE_SCHEMAS) and
 * SOURCE_SCHEMAS. */
struct schemas *schemas_new(struct observer *o);
void schemas_free(struct schemas *s);
/* Ask within that time. NULL is accepted. */
void schemas_look(struct schemas *s, int64_t within_ms);
/* Containers came, went, started, or became healthy. NULL is accepted. */
void schemas_services_changed(struct schemas *s);

#endif
