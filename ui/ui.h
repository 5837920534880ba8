/*
 * The screen: the console and the wall. The only part that knows curses. Reads
 * the client's model and acts only by sending requests.
 */
#ifndef UI_UI_H
#define UI_UI_H

#include <stdbool.h>

#include "client/client.h"

struct ui_options {
	struct client_options client;	/* without handlers */
	const char *environment;	/* open this one, or NULL */
	const char *theme;		/* name or path; NULL: the default */
};

/* Both return an exit code of design.md §5 when the user quits or the terminal
 * goes away. */
int ui_console(const struct ui_options *o);
/* Pages change every page_seconds. */
int ui_wall(const struct ui_options *o, int page_seconds);

#endif
