/*
 * The console: a stack of views over the client's model, one command table, a
 * prompt. Keys come in, changes come in, and once per turn of the loop, when
 * something is dirty, the picture is drawn again.
 */
#ifndef UI_CONSOLE_H
#define UI_CONSOLE_H

#include "client/client.h"
#include "ui/prompt.h"
#include "ui/screen.h"
#include "ui/ui.h"
#include "ui/view.h"

struct shell;

struct console {
	struct loop *loop;
	struct client *client;
	struct screen *screen;
	struct theme theme;
	struct draw draw;
	struct view *view;	/* the top of the stack; never NULL */
	struct prompt prompt;
	struct shell *shell;	/* in the foreground, or NULL */
	struct loop_timer *tick;
	bool read_only;		/* asked for on the command line */
	bool dirty;		/* draw at the end of this turn */
	bool whole;		/* … and much has changed */
	unsigned status_words;	/* of all environments, as last told */
	bool done;
	char *open;		/* environment to open once it is known */
	char *message;		/* the last thing said, in the footer */
	enum status message_status;
	int64_t message_until;	/* monotonic */
};

const struct model *console_model(const struct console *c);
/* Of that name, or NULL. */
const struct environment *console_environment(const struct console *c,
    const char *name);

void console_dirty(struct console *c);
/* Say something in the footer, for a while. */
void console_say(struct console *c, enum status severity, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void console_push(struct console *c, struct view *v);
/* Close the top view; the lowest stays. */
void console_pop(struct console *c);
void console_quit(struct console *c);
void console_selection(struct console *c, struct selection *s);

/* The header and what is wrong with the picture; the rest is the body. The
 * footer comes last, over whatever the body drew (frame.c). */
struct area frame_draw(struct console *c, struct draw *d);
void frame_footer(struct console *c, struct draw *d);

/* Run a program on the terminal, and come back (shell.c). Takes argv over:
 * each word and the array are freed. */
void shell_start(struct console *c, char **argv);
/* Every second while it runs: wake it when it was stopped. */
void shell_tick(struct console *c);
void shell_release(struct console *c);

#endif
