/*
 * The terminal: taken with newterm(), given back on every way out. Owns the
 * curses state (which is one per process), the size, what the terminal can do,
 * and the decoding of input into keys. Draws nothing: that is draw.h.
 */
#ifndef UI_SCREEN_H
#define UI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct screen;

enum key_kind {
	KEY_IS_NONE,	/* nothing waits */
	KEY_IS_NAMED,	/* has a name: "j", "C-l", "Up", "Enter" */
	KEY_IS_PASTE,	/* text between paste brackets */
	KEY_IS_CLICK,	/* at y, x */
	KEY_IS_WHEEL,	/* at y, x; amount -1 is up, 1 is down */
	KEY_IS_HANGUP,	/* the terminal has gone */
};

#define KEY_NAME_MAX 24

struct key {
	enum key_kind kind;
	char name[KEY_NAME_MAX];
	bool text;		/* a character that a line editor takes */
	int y, x, amount;
	const char *paste;	/* borrowed until the next screen_key() */
};

/* NULL when there is no terminal, or one that cannot address its cursor. */
struct screen *screen_new(struct err *e);
/* Give the terminal back. NULL is accepted. */
void screen_free(struct screen *s);

/* Give the terminal back for a while, and take it again. */
void screen_suspend(struct screen *s);
void screen_resume(struct screen *s);
bool screen_suspended(const struct screen *s);

/* The descriptor that becomes readable when keys wait. */
int screen_fd(const struct screen *s);
/* The next key, KEY_IS_NONE when there is none. Never waits longer than it
 * takes to tell ESC from a sequence (25 ms). */
void screen_key(struct screen *s, struct key *k);
/* After a readable descriptor that gave no key: whether it is gone. */
bool screen_gone(const struct screen *s);

/* Take the window's size again (after SIGWINCH). */
void screen_resized(struct screen *s);
void screen_size(const struct screen *s, int *rows, int *columns);
bool screen_utf8(const struct screen *s);
int screen_colors(const struct screen *s);	/* 256, 8 or 0 */

/* Start a new picture, and show it. `whole` says that much may have changed:
 * the terminal is asked to show it at once. */
void screen_begin(struct screen *s);
void screen_show(struct screen *s, bool whole);
/* The next picture is sent whole (Ctrl-L). */
void screen_redraw(struct screen *s);
/* Put the cursor there and show it; y < 0 hides it. */
void screen_cursor(struct screen *s, int y, int x);

/* Hand a text to the operator's clipboard (OSC 52). */
void screen_copy(struct screen *s, const char *text);

#endif
