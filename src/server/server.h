/*
 * The server: observes, judges, keeps history and serves clients, until it is
 * told to stop. One per socket; a second one finds the lock taken and says so.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <stdbool.h>

#include "base/err.h"

struct server_options {
	const char *config;	/* path of the configuration */
	bool foreground;	/* stay, and log to standard error */
	bool debug;		/* log more */
};

/* Returns the exit code of the process: 0 after an orderly stop. In the
 * background the parent returns 0 as soon as the socket accepts clients. */
int server_run(const struct server_options *o);

#endif
