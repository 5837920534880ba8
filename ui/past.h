/*
 * The last hour of one service's figures, asked from the server's history for
 * whichever service is being looked at. The model itself has only what came
 * since this client has been watching.
 */
#ifndef UI_PAST_H
#define UI_PAST_H

#include "model/model.h"

struct console;
struct past;

struct past *past_new(struct console *c);
void past_free(struct past *p);
/* Look at that one from now on; asks when it is another or a minute has gone
 * by. NULL: at none. */
void past_look(struct past *p, const struct environment *env,
    const struct service *s);
/* The hour's figures, or the model's own while they are not known. */
const struct series *past_cpu(const struct past *p, const struct service *s);
const struct series *past_memory(const struct past *p,
    const struct service *s);

#endif
