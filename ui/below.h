/*
 * What the overview has below its panels: the releases, what goes on now, the
 * events. Each gets what room is left, in this order.
 */
#ifndef UI_BELOW_H
#define UI_BELOW_H

#include "ui/events.h"

/* `events` may be NULL; `run`: the id of a run that is selected, or NULL. */
void below_draw(const struct model *m, const struct events *events,
    struct draw *d, const struct area *a, const char *run);

#endif
