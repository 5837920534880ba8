/*
 * What the files of the log view share.
 *
 *   view-log.c          the stream, moving about, the view's functions
 *   view-log-draw.c     how lines are laid on the screen
 *   view-log-actions.c  its commands
 */
#ifndef UI_VIEW_LOG_PRIVATE_H
#define UI_VIEW_LOG_PRIVATE_H

#include "ui/console.h"
#include "ui/loglines.h"

struct log_view {
	struct view view;
	char *environment;
	char **services;	/* NULL-ended; empty: all */
	struct log_lines lines;
	int request;		/* 0: none is open */
	bool ended;		/* the far side has nothing more */
	bool let_go;		/* the ring was full while staying */
	bool follow, wrap, times;
	enum severity least;
	char *search;
	uint64_t cursor, top;	/* serials */
	int shift;		/* columns to the left when not wrapped */
	struct area rows;
	char *copy;
};

#define NOWHERE SIZE_MAX

/* Whether line i passes the severity filter. */
bool log_shown(const struct log_view *v, size_t i);
/* Where the line with that serial is, or the nearest one kept. */
size_t log_index(const struct log_view *v, uint64_t serial);
/* The next line shown after i in that direction; NOWHERE past the ends. */
size_t log_step(const struct log_view *v, size_t i, int by);
/* The nearest line shown from i on, in that direction. */
size_t log_nearest(const struct log_view *v, size_t i, int by);

/* Stay on the selected line; follow the newest. */
void log_stay(struct log_view *v);
void log_follow(struct log_view *v);

/* The entry drawn at that row of the screen; NOWHERE beside them. */
size_t log_at_row(const struct log_view *v, int y);
void log_draw(struct view *view, struct draw *d, const struct area *a);

#endif
