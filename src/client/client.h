/*
 * A client of the server: one connection that keeps itself up, a copy of the
 * model that follows the server's, and requests with their answers. Used by
 * the console, the wall and every subcommand. The protocol is described in
 * vigie-protocol(7).
 *
 * When the server cannot be reached the client tries again (after 0.2 s at
 * first, 5 s at most) and keeps the last model; whoever shows it shows its age.
 */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include <stdbool.h>

#include "base/json.h"
#include "config/conf.h"
#include "io/loop.h"
#include "model/model.h"

struct client;

enum client_state {
	CLIENT_CONNECTING,	/* also: lost, and trying again */
	CLIENT_LIVE,		/* the model has been received */
	CLIENT_REFUSED,		/* not permitted, or another version; final */
};

struct client_handlers {
	/* The model has changed: its change bits say where. They are cleared
	 * when this returns. */
	void (*changed)(void *arg);
	/* The state has changed; see client_state() and client_text(). */
	void (*state)(void *arg);
	void *arg;
};

struct client_options {
	const char *socket;	/* path */
	const char *config;	/* path given to a server started on demand */
	bool start_server;	/* start one when nobody listens */
	bool read_only;		/* ask for the viewer's role */
	bool subscribe;		/* follow the model */
	struct client_handlers handlers;
};

/* Connects in the background; never fails. The texts of o are copied. */
struct client *client_new(struct loop *l, const struct client_options *o);
void client_free(struct client *c);

const struct model *client_model(const struct client *c);
enum client_state client_state(const struct client *c);
/* Whether there is a connection, the model received or not. */
bool client_connected(const struct client *c);
/* What there is to say of the state, in the operator's language: "the server
 * is not running: started one", "lost the server 12 s ago: …". Borrowed. */
const char *client_text(const struct client *c);
/* Wall ms when the server was last heard; TIME_UNKNOWN before. */
int64_t client_heard_at(const struct client *c);
enum role client_role(const struct client *c);
/* Refused because of who we are. */
bool client_denied(const struct client *c);

/* Every message that carries the request's id; the last one has final set. An
 * error is a final message of type "error" ("code", "text"); a lost connection
 * is reported as error with code "lost". Borrowed. */
typedef void client_reply_fn(void *arg, const struct json *message, bool final);

/* Send an operation with its arguments (an object that the call takes over, or
 * NULL). Returns the request's id (> 0). The callback is never called from
 * inside. Before the connection is up, requests wait for it. */
int client_request(struct client *c, const char *op, struct json *arguments,
    client_reply_fn *fn, void *arg);
/* No more answers to that request; tells the server. Unknown ids are fine. */
void client_cancel(struct client *c, int id);
/* Back-pressure for streams: stop reading from the server, and go on. */
void client_hold(struct client *c, bool hold);

#endif
