/*
 * An entry of the journal as one line of JSON, always the same bytes for the
 * same entry, so that a hash over it can be checked by anybody: the members in
 * the order of struct journal_entry, no space, times in RFC 3339 (UTC, with
 * milliseconds), null for what is not there, and in texts no escape but \" and
 * \\. Texts are cleaned here, and cut to JOURNAL_TEXT_MAX bytes.
 */
#ifndef SERVER_JOURNAL_LINE_H
#define SERVER_JOURNAL_LINE_H

#include "base/buf.h"
#include "server/journal.h"

#define JOURNAL_TEXT_MAX 4096
/* No entry's line is longer. */
#define JOURNAL_LINE_MAX (128 * 1024)

/* A copy of s as the journal keeps texts; NULL in, NULL out. */
char *journal_text(const char *s);
/* Append the line without its line feed; its texts come from journal_text(). */
void journal_line(const struct journal_entry *e, struct buf *b);

#endif
