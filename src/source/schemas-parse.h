/*
 * The script that asks for a schema, and what comes of it. Pure functions.
 */
#ifndef SOURCE_SCHEMAS_PARSE_H
#define SOURCE_SCHEMAS_PARSE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

/* Append the script for the host's shell: `command`, a shell's command line, is
 * run in that container of the engine at that socket, or on the host itself
 * when `container` is NULL. */
void schemas_script(struct buf *b, const char *engine, const char *container,
    const char *command);

/* The fingerprint of what the command printed; -1 when it failed or printed
 * nothing, with the beginning of what it said. */
int schemas_parse(const char *text, size_t len, char fingerprint[HASH_TEXT_MAX],
    struct err *e);

#endif
