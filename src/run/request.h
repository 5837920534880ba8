/*
 * One HTTP request of a runbook: sent, judged, and what it captures.
 */
#ifndef RUN_REQUEST_H
#define RUN_REQUEST_H

#include "run/verb.h"

/* Keys of a request: method, url, headers, json, body, status, field, equals,
 * contains, ca, capture. */
extern const struct verb_argument request_arguments[];
extern const char *const request_methods[];	/* ended by NULL */

struct request;

struct request_handlers {
	/* A value that it captured: secret, borrowed. */
	void (*captured)(void *arg, const char *name, const char *value);
	/* Once, never from inside request_start(); error NULL: it is as
	 * expected. The request is gone then. */
	void (*done)(void *arg, const char *error);
	void *arg;
};

/* spec: an object of the keys above; `values` stand before the step's own. Both
 * are used during the call only but for spec, which must outlive it. NULL with
 * the reason when it cannot be sent. */
struct request *request_start(struct step *s, const struct json *spec,
    const struct book_value *values, const struct request_handlers *h,
    struct err *e);
/* `done` is not called. NULL is accepted. */
void request_cancel(struct request *r);
/* It changes nothing there: it may be sent again. */
bool request_is_safe(const struct json *spec);
/* As a line for a shell. */
void request_paper(const struct step *s, const struct json *spec,
    struct buf *b);

#endif
