/*
 * The events that the server tells: followed, kept (the newest of them), and
 * written as lines. Used by the events view and by the overview.
 */
#ifndef UI_EVENTS_H
#define UI_EVENTS_H

#include "ui/draw.h"

#define EVENTS_MAX 2000

struct console;

struct event {
	int64_t at;
	char *environment, *service, *container, *action;
	int exit_code;		/* -1 */
};

struct events;

/* `environment` NULL: of all. */
struct events *events_new(struct console *c, const char *environment);
void events_free(struct events *ev);
/* Ask again when the stream has ended and the server is there. */
void events_check(struct events *ev);
size_t events_count(const struct events *ev);
/* i from 0 (oldest). */
const struct event *events_at(const struct events *ev, size_t i);
/* Why there are none, or NULL. */
const char *events_error(const struct events *ev);

/* How much an event is worth a look. */
enum status events_status(const struct event *ev);
/* As one line of plain text. */
void events_text(const struct event *ev, struct buf *b);

struct events_widths {
	int environment, service;
};

void events_measure(const struct event *ev, struct events_widths *w);
/* A frame with the newest of them. */
#define EVENTS_PANE_LEAST 5
void events_pane(const struct events *ev, struct draw *d,
    const struct area *a, enum frame f, bool with_environment);
void events_draw(struct row *r, const struct event *ev,
    const struct events_widths *w, bool with_environment);

#endif
