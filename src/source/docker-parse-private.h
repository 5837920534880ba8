/*
 * Pieces shared by the readers of an engine's replies. They take absent and
 * wrongly typed values calmly and answer with the unknown.
 */
#ifndef SOURCE_DOCKER_PARSE_PRIVATE_H
#define SOURCE_DOCKER_PARSE_PRIVATE_H

#include "base/json.h"
#include "source/docker-parse.h"

#define LABEL "com.docker.compose."

/* Cleaned and cut copies; NULL for what is absent or empty. */
char *parse_word(const struct json *v);
char *parse_label(const struct json *labels, const char *name);
/* Without the slash that engines put before it. */
char *parse_name(const char *s);
/* Ids go into URLs and command lines: nothing but what an engine makes. */
char *parse_id(const struct json *v);

int parse_int(const struct json *v, int fallback);
int parse_number(const char *s);		/* not negative; -1 */
int64_t parse_time(const struct json *v);	/* TIME_UNKNOWN */
bool parse_is_true(const char *s);		/* "True" and "true" */
/* The document; `what` is for the error. The caller frees it. */
struct json *parse_json(const char *text, size_t len, const char *what,
    struct err *e);

#endif
