/*
 * Text from outside made safe, measured, cut and quoted. Everything that a
 * container, a host or a web service says passes text_clean() once, where it
 * enters the model; after that it may be shown, logged or sent.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* A copy that no terminal can obey: valid UTF-8 (each bad byte becomes
 * U+FFFD), without C0, C1 and DEL, without bidi controls, zero-width joiners
 * and variation selectors, without escape sequences (the whole sequence goes,
 * not only the ESC). Tabs and line breaks become single spaces. */
char *text_clean(const char *s, size_t len);

/* Decode one character at s (len > 0): its code point, U+FFFD when malformed,
 * and in *used the bytes it took (at least 1). */
uint32_t text_decode(const char *s, size_t len, size_t *used);
/* Columns that one code point takes on a terminal: 0, 1 or 2. One without a
 * known width counts 1. Independent of the locale. */
int text_char_width(uint32_t code_point);
/* Columns of a cleaned text. */
int text_width(const char *s);
/* Bytes of the longest prefix that fits in that many columns; *used, when not
 * NULL, gets the columns that it takes. */
size_t text_fit(const char *s, int columns, int *used);

/* Append s quoted as one word for a POSIX shell. The one place where this is
 * done. */
int text_shell_quote(struct buf *b, const char *s);

/* Whole decimal number within [lo, hi], nothing before or after it. */
int text_int(const char *s, int64_t lo, int64_t hi, int64_t *out);

/* "512 B" "1.2 KiB" "3.4 GiB"; negative gives "?". */
#define TEXT_BYTES_MAX 16
const char *text_bytes(int64_t bytes, char text[TEXT_BYTES_MAX]);

/* The candidate nearest to word by edit distance, or NULL when none is near
 * enough to be what was meant. Candidates end with NULL. */
const char *text_nearest(const char *word, const char *const *candidates);

/* needle in haystack, without regard to ASCII case. */
bool text_contains(const char *haystack, const char *needle);

#endif
