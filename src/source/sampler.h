/*
 * Figures of a host and of its containers, at little cost to it: each interval
 * one grep, in a shell that stays, reads the counters of all containers and of
 * the host. Where control groups cannot be read that way (an engine in a
 * virtual machine, no shell), the engine's stats API serves, one container at a
 * time and rarely, until they can.
 */
#ifndef SOURCE_SAMPLER_H
#define SOURCE_SAMPLER_H

#include "source/observer.h"

struct sampler *sampler_new(struct observer *o);
void sampler_free(struct sampler *s);
/* Look now. */
void sampler_refresh(struct sampler *s);
/* Containers came, went, started or stopped. */
void sampler_containers_changed(struct sampler *s);

#endif
