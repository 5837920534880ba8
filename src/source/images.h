/*
 * The images that the environment's engine has, of the repositories that the
 * project uses: those of the containers that are there, of the versions that
 * ran, and the one in the registry. Looked at each minute, after the engine has
 * told of a change to an image, and after a container was created.
 */
#ifndef SOURCE_IMAGES_H
#define SOURCE_IMAGES_H

#include "source/observer.h"

struct images;

/* Fills env->images (CHANGE_IMAGES) and SOURCE_IMAGES. */
struct images *images_new(struct observer *o);
void images_free(struct images *i);
/* Look within that time. */
void images_look(struct images *i, int64_t within_ms);

#endif
