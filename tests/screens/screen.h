/*
 * A stage for the screen tests: the console runs on a pseudo-terminal whose
 * other end is libvterm, and talks to a server that this program plays from
 * fixture files. Nothing sleeps: stage_wait() turns both until the screen says
 * what was waited for, or a deadline passes and the screen is printed.
 *
 * Fixtures are the protocol's JSON, with "@-3h" and "@+24d" for times relative
 * to now (a future time gets half an hour more, so that its age is even).
 */
#ifndef TESTS_SCREENS_SCREEN_H
#define TESTS_SCREENS_SCREEN_H

#include <stdbool.h>

struct stage;

struct stage_options {
	const char *fixture;	/* tests/screens/data/NAME.json */
	const char *role;	/* NULL: operator */
	const char *view;	/* NULL: console */
	int rows, columns;	/* 0: 24 × 80 */
	const char *args[8];	/* more for run-ui, NULL-ended */
	const char *env[8];	/* "NAME=value", NULL-ended */
	bool french;
	bool no_server;		/* nobody listens at first */
};

struct stage *stage_new(const struct stage_options *o);
/* Ends the console if it still runs, and fails when it crashed. */
void stage_free(struct stage *s);

/* Bytes as a keyboard sends them. */
void stage_keys(struct stage *s, const char *bytes);
/* Until the text stands on some line of the screen, or does no more. */
void stage_wait(struct stage *s, const char *text);
void stage_wait_gone(struct stage *s, const char *text);
/* Until that line (0: the first) has the text. */
void stage_wait_line(struct stage *s, int line, const char *text);
/* Until the console has ended; its exit code. */
int stage_wait_exit(struct stage *s);
/* Until the bytes went to the terminal. */
void stage_wait_sent(struct stage *s, const char *bytes);
void stage_resize(struct stage *s, int rows, int columns);
/* The terminal goes away. */
void stage_hang_up(struct stage *s);

/* Lose every client and stop listening; listen again. */
void stage_server_stop(struct stage *s);
void stage_server_start(struct stage *s);
/* Send a "change" whose model is this JSON, times relative as in fixtures. */
void stage_change(struct stage *s, const char *model);
/* Lines for the open log stream: a JSON array. */
void stage_log(struct stage *s, const char *lines);
/* Until the client has sent that operation since the last call; see
 * player_asked(). */
void stage_wait_asked(struct stage *s, const char *op);

/* The whole screen, as lines without blanks at their ends. Times of day and
 * seconds are masked. Borrowed until the next call. */
const char *stage_text(struct stage *s);
/* Whether the cell has that attribute: "bold", "reverse", "color". */
bool stage_cell(struct stage *s, int row, int column, const char *attribute);
/* No cell of the screen has a colour. */
void stage_expect_no_color(struct stage *s);
/* Compare with tests/screens/ref/NAME.txt; with SCREEN_UPDATE=1 write it. */
void stage_expect(struct stage *s, const char *name);

#endif
