/*
 * The lower panes of the environment view: all that is known of one service,
 * and of the environment around it.
 */
#ifndef UI_DETAILS_H
#define UI_DETAILS_H

#include "ui/draw.h"

/* Inside an area, from its first line; what does not fit is left out. */
void details_service(struct draw *d, const struct area *a,
    const struct service *s);
void details_environment(struct draw *d, const struct area *a,
    const struct environment *env);

#endif
