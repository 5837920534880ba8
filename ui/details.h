/*
 * The lower panes of the environment view: all that is known of one service,
 * and of the environment around it.
 */
#ifndef UI_DETAILS_H
#define UI_DETAILS_H

#include "ui/draw.h"
#include "ui/past.h"

/* Inside an area, from its first line; what does not fit is left out. Return
 * the lines that all of it takes: an area without height measures. */
int details_service(struct draw *d, const struct area *a,
    const struct service *s, const struct past *past);
int details_environment(struct draw *d, const struct area *a,
    const struct environment *env);

#endif
