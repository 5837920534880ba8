/*
 * A TCP connection for a protocol that is not HTTP, made by libcurl: names
 * resolved beside the loop, both address families raced, through the proxy of
 * ALL_PROXY (HTTP or SOCKS) where one is set. http_proxy is for web pages and
 * does not count.
 */
#ifndef IO_HTTP_CONNECT_H
#define IO_HTTP_CONNECT_H

#include "io/http.h"

struct http_connect;

/* Called once, never from inside http_connect(). fd: connected, non-blocking,
 * the callee's to close; or -1, and error says why (borrowed). */
typedef void http_connect_fn(int fd, const char *error, void *arg);

struct http_connect *http_connect(struct http *h, const char *host, int port,
    int64_t deadline_ms, http_connect_fn *fn, void *arg);
/* Before fn was called. NULL is accepted. */
void http_connect_cancel(struct http_connect *c);

#endif
