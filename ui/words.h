/*
 * The model's values as words for the screen, in the operator's language.
 * Buffers are the caller's; texts without one are borrowed.
 */
#ifndef UI_WORDS_H
#define UI_WORDS_H

#include "model/model.h"

const char *words_status(enum status s);
/* What to show as its name. */
const char *words_title(const struct environment *env);
/* "docmost", "docmost-2" for the second of several. */
void words_service_name(const struct service *s, struct buf *b);
/* The one word that says most: its health when it runs, else its state. */
void words_service(const struct service *s, struct buf *b);
const char *words_state(enum container_state s);
const char *words_health(enum container_health h);
const char *words_source(enum source_kind k);
/* "v1.4.0 9d20b11*"; "?" when nothing is known. */
void words_version(const struct version *v, struct buf *b);
/* Without the registry: "docmost/docmost:0.95". */
const char *words_image(const char *image);
/* Twelve digits of a digest or an id. */
void words_digest(const char *digest, struct buf *b);
/* "3h", "2d", with the language's letter. Returns text. */
const char *words_duration(int64_t ms, char text[CLOCK_TEXT_MAX]);
/* How long ago; "?" when unknown. */
void words_age(int64_t now, int64_t then, struct buf *b);
/* "12%", "0.4%"; "?" when unknown. */
void words_percent(double v, struct buf *b);
void words_bytes(int64_t bytes, struct buf *b);
/* The worst severity that the environment's causes give for that code. */
enum status words_cause_status(const struct environment *env,
    enum cause_code code);

/* words-history.c: pipelines, backups, readiness. */

/* A span to the second: "45s", "2m40s", "1h05m"; days as an age. */
const char *words_span(int64_t ms, char text[CLOCK_TEXT_MAX]);
/* "12d ago"; "at an unknown time". */
void words_ago(int64_t now, int64_t then, struct buf *b);
/* "99.8%" of the time; never rounded up to all of it. */
void words_share(int64_t part, int64_t whole, struct buf *b);
const char *words_rung(enum rung r);
const char *words_size(enum size_verdict v);
const char *words_run_state(enum run_state s);
/* What is wrong between us and GitHub, and so what to do; API_OK: "". */
const char *words_trouble(enum api_trouble t);
const char *words_mark(enum mark_word w);
const char *words_check(enum readiness_code c);

#endif
