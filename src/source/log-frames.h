/*
 * A container's log as the engine streams it (with timestamps=1), made into
 * lines. Without a terminal each message is framed: 8 bytes (stream, 0, 0, 0,
 * length big-endian), then the message; with a terminal it is bare text. Which
 * of the two is seen from the first byte, since a bare message begins with the
 * digit of its timestamp. The engine cuts a line into messages of 16 KiB, each
 * with a timestamp of its own: they are joined again.
 *
 * Pure: bytes in, lines out, memory bounded by two lines whatever comes. After
 * a damaged frame the next believable header is looked for.
 */
#ifndef SOURCE_LOG_FRAMES_H
#define SOURCE_LOG_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct log_frame_line {
	int64_t at_ns;		/* since 1970; TIME_UNKNOWN without a stamp */
	const char *text;	/* as it came, without its line break; borrowed */
	size_t len;
	bool is_stderr;
	bool cut;		/* was longer than the ceiling */
};

typedef void log_frame_fn(const struct log_frame_line *line, void *arg);

/* One of the two outputs of a container. */
struct log_frame_side {
	struct buf line;
	struct buf stamp;	/* the beginning of a message, until it is
				 * known whether it is a timestamp */
	int64_t at_ns;
	bool begun;		/* `line` belongs to a line under way */
	bool cut;
	bool stamped;		/* the present message's timestamp is read */
};

struct log_frames {
	enum { LOG_FRAMES_UNKNOWN, LOG_FRAMES_FRAMED, LOG_FRAMES_BARE } kind;
	unsigned char header[8];
	size_t header_len;
	size_t left;		/* bytes of the present message to come */
	int side;		/* of the present message */
	size_t damaged;		/* places where a header was not one */
	bool lost;		/* looking for the next header */
	size_t line_max;
	struct log_frame_side sides[2];
};

void log_frames_init(struct log_frames *f, size_t line_max);
void log_frames_release(struct log_frames *f);
void log_frames_feed(struct log_frames *f, const char *data, size_t len,
    log_frame_fn *fn, void *arg);
/* The stream has ended: what stands there without a line break. */
void log_frames_end(struct log_frames *f, log_frame_fn *fn, void *arg);

#endif
