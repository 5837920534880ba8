/*
 * A view is what fills the screen between the header and the footer: a small
 * table of functions over a struct that begins with struct view. Views stack:
 * what opens goes on top, what closes uncovers the one below. A view reads the
 * model and changes nothing but its own state.
 */
#ifndef UI_VIEW_H
#define UI_VIEW_H

#include "ui/draw.h"
#include "ui/list.h"

struct console;
struct view;

/* Where a command is in force: the `where` of a view and of the table. */
enum where {
	WHERE_OVERVIEW = 1,
	WHERE_ENVIRONMENT = 2,
	WHERE_LOG = 4,
	WHERE_EVENTS = 8,
	WHERE_HELP = 16,
	WHERE_WALL = 32,
	WHERE_RELEASES = 64,
	WHERE_PIPELINES = 128,
	WHERE_RUNS = 256,
	WHERE_BACKUPS = 512,
	WHERE_READINESS = 1024,
	WHERE_PLAN = 2048,
	WHERE_RUN = 4096,
	WHERE_RUN_LIST = 8192,
	WHERE_TEXT = 16384,
	WHERE_CONSOLE = 32735,	/* everywhere but the wall */
};

/* What the operator points at. Borrowed until the model changes. */
struct selection {
	const struct environment *environment;	/* or NULL */
	const struct service *service;		/* or NULL */
	const struct run *run;			/* or NULL */
	const char *text;	/* what `copy` takes; NULL: nothing */
};

struct view_ops {
	enum where where;
	/* Free it; it is off the stack already. */
	void (*close)(struct view *v);
	void (*draw)(struct view *v, struct draw *d, const struct area *a);
	/* The model has changed; the redraw follows by itself. */
	void (*changed)(struct view *v);
	/* False: not mine, and nothing moved. */
	bool (*move)(struct view *v, enum move m);
	void (*click)(struct view *v, int y, int x);
	void (*selection)(struct view *v, struct selection *out);
	/* The filter's or the search's text: read it (set NULL) or set it. */
	const char *(*filter)(struct view *v, const char *set);
	/* Scroll what stands beside or below the list, by halves of a page. */
	void (*scroll)(struct view *v, int by);
	/* Show that environment instead. */
	void (*environment)(struct view *v, const char *name);
};

struct view {
	const struct view_ops *ops;
	struct console *console;
	struct view *below;
};

struct view *view_overview_new(struct console *c);
struct view *view_environment_new(struct console *c, const char *environment,
    const char *container);
/* `service` NULL: all. */
struct view *view_log_new(struct console *c, const char *environment,
    const char *const *services);
/* `environment` NULL: all. */
struct view *view_events_new(struct console *c, const char *environment);
/* `tag` selected; NULL: the first. */
struct view *view_releases_new(struct console *c, const char *tag);
struct view *view_pipelines_new(struct console *c);
/* `run` selected; 0: the newest. */
struct view *view_runs_new(struct console *c, const char *workflow,
    int64_t run);
/* `environment` NULL: all. */
struct view *view_backups_new(struct console *c, const char *environment);
struct view *view_readiness_new(struct console *c, const char *environment);
struct view *view_run_new(struct console *c, const char *id);
struct view *view_help_new(struct console *c, enum where where);
struct view *view_wall_new(struct console *c, int page_seconds);

#endif
