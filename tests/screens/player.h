/*
 * The server that the screen tests play: it speaks the protocol of
 * vigie-protocol(7) from fixture files, and does what it is told and no more.
 */
#ifndef TESTS_SCREENS_PLAYER_H
#define TESTS_SCREENS_PLAYER_H

#include <poll.h>
#include <stdbool.h>

#define PLAYER_FDS 8

struct player;

/* `fixture` is the path of the model; logs.json and events.json beside it. */
struct player *player_new(const char *socket, const char *fixture,
    const char *role);
void player_free(struct player *p);
void player_listen(struct player *p);
void player_stop(struct player *p);
/* Fill at most PLAYER_FDS; returns how many. */
int player_polls(struct player *p, struct pollfd *fds);
void player_turn(struct player *p, const struct pollfd *fds, int count);
void player_change(struct player *p, const char *model);
void player_log(struct player *p, const char *lines);
/* Whether that operation was asked for since the last time it was seen; with
 * its arguments that are texts, in the order sent: "lock environment=prod
 * reason=why". */
bool player_asked(struct player *p, const char *op);

#endif
