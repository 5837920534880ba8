/*
 * The services table: a list of columns, of which as many are shown as fit,
 * the most important first.
 */
#ifndef UI_TABLE_H
#define UI_TABLE_H

#include "ui/draw.h"
#include "ui/list.h"

/* Draws a heading and the rows that the list shows. The area's first line is
 * the heading. */
void table_draw(struct draw *d, const struct area *a,
    const struct service *const *services, size_t count, struct list *list);

#endif
