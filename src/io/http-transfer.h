/*
 * One transfer, as the files of io/http*.c share it: http.c moves it through
 * the loop, http-transfer.c turns a request into options and bytes into a
 * reply, http-error.c puts failures into words. Nobody else includes this.
 */
#ifndef IO_HTTP_TRANSFER_H
#define IO_HTTP_TRANSFER_H

#include <curl/curl.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/http.h"

/* Certificates seen, by origin: a request on a kept connection sees none. */
struct http_origin {
	LIST_ENTRY(http_origin) link;
	char *name;
	int64_t tls_expires;
};

struct http {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer *curl_timer;	/* libcurl's */
	struct loop_timer *settle;	/* what could not be done at once */
	bool inside;			/* libcurl is calling us */
	LIST_HEAD(, http_transfer) transfers;
	LIST_HEAD(, http_origin) origins;
};

struct http_transfer {
	struct http *http;
	LIST_ENTRY(http_transfer) link;
	CURL *easy;
	struct curl_slist *headers;
	bool added;		/* to the multi handle */
	bool dead;		/* reported or cancelled: to be freed */
	bool paused;		/* as asked; curl_paused: as libcurl knows */
	bool curl_paused;

	/* of the request */
	char *place;		/* "wiki.example:443" or the socket's path */
	bool unix_socket;
	bool tls;
	bool connect_only;
	bool follow;
	int64_t connect_timeout_ms, deadline_ms, idle_timeout_ms;
	http_data_fn *data;
	http_done_fn *done;
	void *arg;

	/* of the reply */
	struct http_reply reply;
	struct buf body;
	struct buf header;
	char ip[64];
	char curl_error[CURL_ERROR_SIZE];
	char *error;		/* a cleaned text, once it has failed */
	bool requested;		/* connected, the request goes out */
	bool stopped;		/* the data callback wants no more */
	bool too_many_headers;
	int redirects;
	int64_t started, first_byte, last_byte;	/* clock_mono() */
	int64_t received;	/* bytes of body */
	struct loop_timer *idle;
};

/* http-transfer.c */
struct http_transfer *transfer_new(struct http *h,
    const struct http_request *r);
void transfer_free(struct http_transfer *t);
/* Fill t->reply after the end; it borrows from t. */
void transfer_reply(struct http_transfer *t);
/* Whether a redirect of the same origin is to be followed; if so the transfer
 * is ready to be added again. */
bool transfer_redirect(struct http_transfer *t);

/* http-error.c */
/* Set t->error (and timed_out, untrusted) from libcurl's result. */
void transfer_failed(struct http_transfer *t, CURLcode code);
/* No byte for idle_timeout_ms. */
void transfer_idle(struct http_transfer *t);
void transfer_error(struct http_transfer *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
