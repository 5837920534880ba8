/* The commands of the view of a run, and of the list of runs. */
#ifndef UI_VIEW_RUN_H
#define UI_VIEW_RUN_H

#include "ui/keymap.h"

/* What is pointed at in the view of a run; NULL where nothing is. Valid until
 * the model changes. */
struct run_point {
	const struct run *run;
	const struct run_step *step;
	const struct checklist_item *item;
};

/* The run that a command is about: the selected one, else the one under way in
 * the selected environment. NULL with *e. */
const struct run *view_run_point(struct console *c, struct run_point *out,
    struct err *e);

int run_run_follow(struct console *c, const struct action *self,
    const char *argument, struct err *e);
int run_run_output(struct console *c, const struct action *self,
    const char *argument, struct err *e);
int run_run_paper(struct console *c, const struct action *self,
    const char *argument, struct err *e);

/* view-run-list.c */
int run_runs(struct console *c, const struct action *self,
    const char *argument, struct err *e);

/* run-acts.c: pause, resume, abort, retry, skip and tick, by the action's name;
 * the argument is the reason. */
int run_run_act(struct console *c, const struct action *self,
    const char *argument, struct err *e);
int run_run_tick(struct console *c, const struct action *self,
    const char *argument, struct err *e);

#endif
