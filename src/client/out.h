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

/* What GitHub, the backups and the readiness commands print (out-pipelines.c,
 * out-backups.c, out-readiness.c). */
void out_pipelines(const struct out *o, struct buf *b);
void out_backups(const struct out *o, struct buf *b);
void out_readiness(const struct out *o, struct buf *b);

/* For people: a status' glyph; a text in a column of that width, cut or filled,
 * and a space; how long ago, "?" when nobody knows. */
void out_mark(const struct out *o, struct buf *b, enum status s);
void out_column(struct buf *b, const char *s, int width);
void out_age(const struct out *o, struct buf *b, int64_t at, int width);

/* Whether the environment is among those to write. */
bool out_wants(const struct out *o, const struct environment *env);
/* The worst status of those. */
enum status out_status(const struct out *o);

#endif
