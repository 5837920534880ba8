/*
 * The text of a failure, carried from where it happened to who shows it. An
 * error says what failed, on what, why, and what the operator can do. The
 * memory is the caller's, usually on the stack; a NULL struct err * is
 * accepted everywhere and means that nobody wants the text.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/* Long enough for a sentence with a path and a mending command in it. A longer
 * text is cut at a character boundary: an error is read, not parsed. */
#define ERR_TEXT_MAX 1024

struct err {
	char text[ERR_TEXT_MAX];
};

/* Set the text; returns -1, so that "return err_set(…)" reads well. */
int err_set(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Put "context: " before the present text; returns -1. */
int err_prefix(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Set the text to "<formatted>: <strerror(errno)>"; returns -1. */
int err_errno(struct err *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
