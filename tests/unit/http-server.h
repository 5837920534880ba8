/*
 * A server in a process of its own that answers by path, in every way a
 * server can: whole, in chunks, half, never, without end. The table in
 * http-server.c lists the paths.
 */
#ifndef TESTS_UNIT_HTTP_SERVER_H
#define TESTS_UNIT_HTTP_SERVER_H

#include <sys/types.h>

#include "base/buf.h"

struct http_server {
	pid_t pid;
	int port;	/* on 127.0.0.1, or 0 */
};

/* On a free port, or on a Unix socket when path is not NULL. */
struct http_server http_server_start(const char *path);
/* One that answers what a function of the test writes: head and body, from the
 * request as it came. It returns 0 to go on with the connection, -1 to close
 * it. It runs in the server's process. */
typedef int http_script_fn(const char *request, struct buf *reply);
struct http_server http_server_script(http_script_fn *fn);
void http_server_stop(struct http_server *s);

#endif
