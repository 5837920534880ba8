/*
 * The checkout on the host: which commit, tag and branch it is at, and whether
 * tracked files differ. Looked at every half minute and after a container was
 * created.
 */
#ifndef SOURCE_CHECKOUT_H
#define SOURCE_CHECKOUT_H

#include "source/observer.h"

/* NULL when the environment names no directory. */
struct checkout *checkout_new(struct observer *o);
void checkout_free(struct checkout *c);
/* Look within that time. NULL is accepted. */
void checkout_look(struct checkout *c, int64_t within_ms);

#endif
