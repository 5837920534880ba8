/*
 * HTTP requests that never block, on libcurl's multi interface: TCP, TLS and
 * Unix sockets. A request is described by a struct http_request (borrowed only
 * during http_start()), reported once to `done`, and known by its handle in
 * between. Streams deliver bytes as they come and can be paused, which makes
 * the far side wait.
 */
#ifndef IO_HTTP_H
#define IO_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/loop.h"

struct http;		/* the engine: connections, pools */
struct http_transfer;	/* one request under way */

struct http_reply {
	int status;		/* HTTP status; 0 when none was received */
	const char *error;	/* NULL, or what failed, on what, and why;
				 * borrowed, cleaned */
	bool timed_out;		/* the deadline passed */
	bool untrusted;		/* the certificate was refused */
	const char *body;	/* whole, NUL-terminated; "" for a stream,
				 * unless its status was not 2xx */
	size_t body_len;
	const char *headers;	/* for http_header(): name, NUL, value, NUL, …;
				 * ended by an empty name. NULL: none */
	int64_t latency_ms;	/* start to the last byte */
	int64_t first_byte_ms;	/* start to the first byte of the reply, or
				 * TIME_UNKNOWN */
	int64_t tls_expires;	/* wall ms, end-entity certificate's notAfter;
				 * TIME_UNKNOWN without TLS */
	const char *remote_ip;	/* "" when not connected */
	int socket;		/* connect_only without TLS: the connected
				 * descriptor, closed after `done`; dup() it to
				 * keep it. Otherwise -1 */
};

/* Value of a response header by name without regard to case (the last one of
 * its name), or NULL. Valid inside `done`. */
const char *http_header(const struct http_reply *r, const char *name);

/* Whether both URLs lead to one scheme, host and port. */
bool http_same_origin(const char *a, const char *b);

/* Called once, never from inside http_start(). The transfer is freed after
 * it returns. */
typedef void http_done_fn(const struct http_reply *reply, void *arg);
/* Bytes of a stream, of a 2xx reply only. Return false to end the transfer
 * (`done` follows, with error "stopped"). */
typedef bool http_data_fn(const char *data, size_t len, void *arg);

struct http_request {
	const char *url;		/* "http://docker/v1.41/…" */
	const char *unix_socket;	/* path, or NULL for TCP */
	const char *method;		/* NULL: GET. What is neither GET nor
					 * HEAD is sent once at most, on a
					 * connection of its own */
	const char *const *headers;	/* "Name: value", NULL-ended, or NULL */
	const char *body;		/* NULL: none */
	size_t body_len;
	const char *user, *password;	/* basic authentication, or NULL */
	const char *sigv4;		/* sign with user and password as keys:
					 * "aws:amz:REGION:s3"; or NULL */
	const char *ca_file;		/* NULL: the system's */
	bool insecure;			/* look at the certificate, trust any:
					 * for expiry dates only */
	bool fresh;			/* a connection of its own, closed
					 * afterwards, without a resumed TLS
					 * session: the whole way is tried */
	bool connect_only;		/* connect, with TLS when the URL is
					 * https; no request */
	bool follow;			/* follow the redirects of a GET or
					 * HEAD within its origin; any other
					 * is the reply */
	size_t body_max;		/* ceiling of the reply's body;
					 * 0: 16 MiB. Past it: an error */
	int64_t connect_timeout_ms;	/* 0: the deadline */
	int64_t deadline_ms;		/* whole transfer; 0 only for streams */
	int64_t idle_timeout_ms;	/* streams: no byte for so long is an
					 * error; 0: never */
	http_data_fn *data;		/* NULL: gather the body */
	http_done_fn *done;
	void *arg;
};

struct http *http_new(struct loop *l, struct err *e);
/* Cancels what is under way, without calling `done`. Not from a callback. */
void http_free(struct http *h);

struct http_transfer *http_start(struct http *h, const struct http_request *r);
/* End it now; `done` is not called. NULL is accepted. */
void http_cancel(struct http_transfer *t);
/* Stop reading a stream, and go on. */
void http_pause(struct http_transfer *t, bool paused);

#endif
