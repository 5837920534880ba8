/*
 * The business calendar: the weekly table of the configuration and an iCalendar
 * file, which is read again when it has changed. Fills w->model->calendar. What
 * cannot be read is an error there, and what was read before no longer counts.
 */
#ifndef SOURCE_CALENDAR_H
#define SOURCE_CALENDAR_H

#include "source/source.h"

struct calendar_source;

/* NULL when none is configured. `c` is borrowed and outlives it. The file is
 * looked at before this returns, and each minute from then on. */
struct calendar_source *calendar_source_new(struct world *w,
    const struct conf_calendar *c);
void calendar_source_free(struct calendar_source *s);
/* Look at the file now. NULL is accepted. */
void calendar_source_refresh(struct calendar_source *s);

/* The name of this process's zone: of TZ, else of what /etc/localtime or
 * /etc/timezone says; NULL when none has one. The caller frees it. */
char *calendar_zone(void);

#endif
