/*
 * Probes: what a user would see of the environment's URLs, asked from this
 * machine. A probe that fails has been observed: its failure is the evidence.
 */
#ifndef SOURCE_PROBE_H
#define SOURCE_PROBE_H

#include "source/observer.h"

struct prober *prober_new(struct observer *o);
void prober_free(struct prober *p);
void prober_refresh(struct prober *p);

/* What a reply lacks: NULL when it is as configured. The caller frees it.
 * Pure. */
char *probe_judge(const struct conf_probe *c, int status, const char *body,
    size_t len);

#endif
