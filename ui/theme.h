/*
 * Themes: which colour and attributes each role of the screen has, at 256, 8
 * and no colours. Read from a YAML file, or built in.
 *
 * A style is written "[fg] [on bg] [bold] [dim] [italic] [underline]
 * [reverse]"; a colour is a number, a name of the eight, or "default".
 */
#ifndef UI_THEME_H
#define UI_THEME_H

#include <stdbool.h>

#include "base/err.h"

/* What is written with: text of some meaning. */
enum ink {
	INK_TEXT, INK_DIM, INK_STALE, INK_TITLE, INK_ACCENT, INK_BORDER,
	INK_OK, INK_WARN, INK_CRIT, INK_UNKNOWN,
	INK_PRODUCTION,		/* the badge */
	INK_PRODUCTION_BORDER,
	INK_KEY, INK_SPARK, INK_MATCH,
	/* What is written on: only their backgrounds and attributes count. */
	INK_SELECTED, INK_BAR, INK_BAR_PRODUCTION, INK_ALARM,
	INK_COUNT,
	INK_NONE = INK_COUNT,	/* no background of its own */
};

enum {
	STYLE_BOLD = 1, STYLE_DIM = 2, STYLE_ITALIC = 4,
	STYLE_UNDERLINE = 8, STYLE_REVERSE = 16,
};

#define COLOR_UNSET -2		/* nothing said; shows as the default */

struct style {
	int fg, bg;		/* 0–255, -1 default, COLOR_UNSET */
	unsigned attributes;	/* STYLE_ bits */
};

struct theme {
	char name[32];
	struct style styles[INK_COUNT];
};

/* The role's name in a theme file: "production-border". */
const char *ink_name(enum ink i);

/* The built-in theme for that many colours (256, 8, 0). */
void theme_builtin(struct theme *t, int colors);
/* A theme by name, looked up in $XDG_CONFIG_HOME/vigie/themes (or ~/.config),
 * then $VIGIE_DATADIR/themes or PKGDATADIR/themes; or by path when the name
 * has a slash. *t is untouched on failure; *e then has file:line. */
int theme_load(struct theme *t, const char *name, int colors, struct err *e);
/* From memory; `file` is for messages. */
int theme_parse(struct theme *t, const char *text, size_t len,
    const char *file, int colors, struct err *e);
/* Parse one style; -1 leaves *s untouched. */
int style_parse(struct style *s, const char *text);

#endif
