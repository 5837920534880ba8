/*
 * What the files of the model share about environments and no other room
 * needs: their start, their end and how they grow. The public operations are in
 * model.h.
 */
#ifndef MODEL_ENVIRONMENT_H
#define MODEL_ENVIRONMENT_H

#include "model/model.h"

void environment_init(struct environment *env, const char *name);
void environment_release(struct environment *env);
void environment_changes_clear(struct environment *env);

void probe_init(struct probe *p, const char *name);
void probe_release(struct probe *p);

/* Room for one more element in an array that doubles: call it before count
 * grows, for every growth. */
void *array_grown(void *items, size_t count, size_t size);

#endif
