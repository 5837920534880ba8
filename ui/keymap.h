/*
 * The one command table behind the keys, the prompt, the help screen, the
 * footer's hints and the manual's key list. A flag in the entry says that a
 * command asks first, so a key and the prompt ask alike.
 */
#ifndef UI_KEYMAP_H
#define UI_KEYMAP_H

#include "base/buf.h"
#include "base/err.h"
#include "ui/view.h"

enum {
	ACTION_CONFIRM = 1,	/* asks y/n first */
	ACTION_OPERATOR = 2,	/* a viewer is refused by the server */
	ACTION_KEY_ARGUMENT = 4,	/* the key itself is the argument */
	ACTION_NAMELESS = 8,	/* keys only: no use at the prompt */
};

enum arguments {
	ARGUMENTS_NONE, ARGUMENTS_ENVIRONMENT, ARGUMENTS_SERVICES,
	ARGUMENTS_COMMAND, ARGUMENTS_TEXT,
};

struct action {
	const char *name;
	const char *keys;	/* names separated by spaces, or "" */
	enum arguments arguments;
	const char *usage;	/* "[environment]", or NULL */
	const char *help;
	const char *hint;	/* a word for the footer, or NULL */
	unsigned where, flags;
	int value;		/* for run */
	/* Whether the hint is worth its place; NULL: always. */
	bool (*worth)(const struct model *m);
	int (*run)(struct console *c, const struct action *self,
	    const char *argument, struct err *e);
};

/* Ends with an entry without a name. */
extern const struct action actions[];

/* The entry in force there; NULL: not bound. */
const struct action *action_by_key(enum where w, const char *key);
/* By name or by a prefix that only one has. */
const struct action *action_by_name(enum where w, const char *name,
    struct err *e);
/* Run it, after asking when its flag says so. */
void action_run(struct console *c, const struct action *cmd,
    const char *argument);
/* What a prompt's line says. */
void action_line(struct console *c, const char *line);
/* For the prompt: what the line's last word may become. */
size_t action_complete(void *console, const char *line, char **out,
    size_t max);
/* Open the ":" prompt. */
void action_prompt(struct console *c);
/* The whole table, a tab between name, keys, usage and help: for the manual
 * and for tests. */
void actions_print(struct buf *b);

#endif
