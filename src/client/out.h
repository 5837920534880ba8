/*
 * The model written for people and for programs: one data set, many writers.
 */
#ifndef CLIENT_OUT_H
#define CLIENT_OUT_H

#include <stdbool.h>

#include "base/buf.h"
#include "model/model.h"

struct out {
	const struct model *model;
	const char *environment;	/* only this one, or NULL: all */
	int64_t now;			/* wall ms */
	bool colour, utf8;		/* for people */
};

/* Each appends to b. */
void out_text(const struct out *o, struct buf *b);
void out_plain(const struct out *o, struct buf *b);
void out_json(const struct out *o, struct buf *b);
void out_prometheus(const struct out *o, struct buf *b);
void out_plugin(const struct out *o, struct buf *b);

/* Whether the environment is among those to write. */
bool out_wants(const struct out *o, const struct environment *env);
/* The worst status of those. */
enum status out_status(const struct out *o);

#endif
