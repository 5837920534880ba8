/*
 * The page that comes before every act: what would happen, on what it rests,
 * and what has to be typed. See view-plan.c.
 */
#ifndef UI_VIEW_PLAN_H
#define UI_VIEW_PLAN_H

#include "ui/keymap.h"

/* What to ask a plan for. Texts are copied; NULL where nothing is wished. */
struct plan_wish {
	const char *act;	/* "deploy", "rollback" */
	const char *environment, *version, *via, *reason;
};

struct view *view_plan_new(struct console *c, const struct plan_wish *w);

/* Enter: ask for the word, and for the reason where one is needed. */
int run_plan_confirm(struct console *c, const struct action *self,
    const char *argument, struct err *e);
/* y: enough where it is not production. */
int run_plan_yes(struct console *c, const struct action *self,
    const char *argument, struct err *e);
/* The other way, or the one named: "github", "ssh". */
int run_plan_via(struct console *c, const struct action *self,
    const char *argument, struct err *e);
int run_plan_again(struct console *c, const struct action *self,
    const char *argument, struct err *e);

#endif
