/*
 * A text that the server has, to read and to save: what a step wrote, or a run
 * on paper.
 */
#ifndef UI_VIEW_TEXT_H
#define UI_VIEW_TEXT_H

#include "ui/keymap.h"

/* Everything that was kept of a step's output. */
struct view *view_output_new(struct console *c, const struct run *run,
    const struct run_step *step);
/* The commands that are left of a run. */
struct view *view_paper_new(struct console *c, const struct run *run);

int run_text_save(struct console *c, const struct action *self,
    const char *argument, struct err *e);
int run_text_again(struct console *c, const struct action *self,
    const char *argument, struct err *e);

#endif
