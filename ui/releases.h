/*
 * The releases slot: the newest versions with where they run, as a frame of
 * lines on the overview.
 */
#ifndef UI_RELEASES_H
#define UI_RELEASES_H

#include "ui/draw.h"

/* A frame lower than this says too little. */
#define RELEASES_PANE_LEAST 4
#define RELEASES_SHOWN 8

/* Whether there is anything to show. */
bool releases_worth_a_pane(const struct model *m);
/* The frame is as high as what it holds, at most the area and RELEASES_SHOWN
 * lines. Returns the rows used. */
int releases_pane(const struct model *m, struct draw *d,
    const struct area *a);

#endif
