#include "source/log-frames.h"

#include "base/clock.h"

/* A message is 16 KiB at most from Docker; others may send whole lines. What
 * claims to be longer is no header. */
#define MESSAGE_MAX (16u << 20)
/* The longest timestamp, "2026-06-15T08:01:02.123456789+02:00 ". */
#define STAMP_MAX 40

void
log_frames_init(struct log_frames *f, size_t line_max)
{
	int i;

	*f = (struct log_frames){.line_max = line_max};
	for (i = 0; i < 2; i++) {
		buf_init(&f->sides[i].line, line_max);
		buf_init(&f->sides[i].stamp, STAMP_MAX);
		f->sides[i].at_ns = TIME_UNKNOWN;
	}
}

void
log_frames_release(struct log_frames *f)
{
	int i;

	for (i = 0; i < 2; i++) {
		buf_release(&f->sides[i].line);
		buf_release(&f->sides[i].stamp);
	}
}

/* Nanoseconds of a timestamp, or TIME_UNKNOWN. */
static int64_t
stamp_parse(const char *s)
{
	const char *dot = strchr(s, '.'), *p;
	int64_t ms, ns = 0, unit = 100000000;

	if (clock_parse_rfc3339(s, &ms) == -1 ||
	    ms > INT64_MAX / 1000000 || ms < 0)
		return TIME_UNKNOWN;
	for (p = dot ? dot + 1 : ""; *p >= '0' && *p <= '9'; p++) {
		ns += (*p - '0') * unit;
		unit /= 10;
	}
	return ms / 1000 * 1000000000 + ns;
}

static void
text_add(struct log_frame_side *s, const char *data, size_t len)
{
	size_t room = s->line.max - s->line.len;

	s->begun = true;
	if (len > room) {
		s->cut = true;
		len = room;
	}
	buf_add(&s->line, data, len);
}

static void
line_out(struct log_frames *f, int side, log_frame_fn *fn, void *arg)
{
	struct log_frame_side *s = &f->sides[side];
	struct log_frame_line l = {
		.at_ns = s->at_ns, .text = buf_str(&s->line),
		.len = s->line.len, .is_stderr = side == 1, .cut = s->cut,
	};

	if (l.len && l.text[l.len - 1] == '\r')
		l.len--;
	fn(&l, arg);
	buf_clear(&s->line);
	s->begun = s->cut = s->stamped = false;
	s->at_ns = TIME_UNKNOWN;
}

/* The beginning of a message: all up to the first space, when that is a time.
 * Gives the bytes used of data. */
static size_t
take_stamp(struct log_frame_side *s, const char *data, size_t len)
{
	size_t used = 0;

	while (used < len && s->stamp.len < STAMP_MAX && data[used] != '\n') {
		char c = data[used++];
		int64_t ns;

		buf_addc(&s->stamp, c);
		if (c != ' ')
			continue;
		s->stamp.data[--s->stamp.len] = '\0';
		ns = stamp_parse(buf_str(&s->stamp));
		if (ns == TIME_UNKNOWN) {
			text_add(s, s->stamp.data, s->stamp.len);
			text_add(s, " ", 1);
		} else if (!s->begun) {
			s->at_ns = ns;
			s->begun = true;
		}
		buf_clear(&s->stamp);
		s->stamped = true;
		return used;
	}
	if (s->stamp.len == STAMP_MAX || used < len) {
		text_add(s, buf_str(&s->stamp), s->stamp.len);
		buf_clear(&s->stamp);
		s->stamped = true;
	}
	return used;
}

static void
message(struct log_frames *f, int side, const char *data, size_t len,
    log_frame_fn *fn, void *arg)
{
	struct log_frame_side *s = &f->sides[side];

	while (len) {
		const char *end;
		size_t n;

		if (!s->stamped) {
			n = take_stamp(s, data, len);
			data += n;
			len -= n;
			continue;
		}
		end = memchr(data, '\n', len);
		n = end ? (size_t)(end - data) : len;
		text_add(s, data, n);
		data += n;
		len -= n;
		if (end) {
			line_out(f, side, fn, arg);
			data++;
			len--;
		}
	}
}

/* A message has ended: a timestamp that never came to its space is text, and
 * the next message begins with a timestamp, in the middle of a line or not. */
static void
message_end(struct log_frames *f, int side)
{
	struct log_frame_side *s = &f->sides[side];

	if (s->stamp.len) {
		text_add(s, s->stamp.data, s->stamp.len);
		buf_clear(&s->stamp);
	}
	s->stamped = false;
}

static size_t
header_length(const unsigned char *h)
{
	return (size_t)h[4] << 24 | (size_t)h[5] << 16 | (size_t)h[6] << 8 |
	    h[7];
}

/* Whether the bytes so far can be a header. */
static bool
header_likely(const unsigned char *h, size_t len)
{
	size_t i;

	if (h[0] > 2)
		return false;
	for (i = 1; i < len && i < 4; i++)
		if (h[i])
			return false;
	return len < 8 || header_length(h) <= MESSAGE_MAX;
}

/* One byte of a header; a wrong one shifts the window by one and looks on. */
static void
header_byte(struct log_frames *f, unsigned char c)
{
	f->header[f->header_len++] = c;
	while (f->header_len && !header_likely(f->header, f->header_len)) {
		if (!f->lost)
			f->damaged++;
		f->lost = true;
		memmove(f->header, f->header + 1, --f->header_len);
	}
	if (f->header_len == 8) {
		f->side = f->header[0] == 2;
		f->left = header_length(f->header);
		f->header_len = 0;
		f->lost = false;
	}
}

void
log_frames_feed(struct log_frames *f, const char *data, size_t len,
    log_frame_fn *fn, void *arg)
{
	if (f->kind == LOG_FRAMES_UNKNOWN && len)
		f->kind = (unsigned char)*data <= 2 ? LOG_FRAMES_FRAMED :
		    LOG_FRAMES_BARE;
	if (f->kind == LOG_FRAMES_BARE) {
		message(f, 0, data, len, fn, arg);
		return;
	}
	while (len) {
		size_t n = len < f->left ? len : f->left;

		if (!f->left) {
			header_byte(f, *data);
			data++;
			len--;
			continue;
		}
		message(f, f->side, data, n, fn, arg);
		data += n;
		len -= n;
		f->left -= n;
		if (!f->left)
			message_end(f, f->side);
	}
}

void
log_frames_end(struct log_frames *f, log_frame_fn *fn, void *arg)
{
	int i;

	for (i = 0; i < 2; i++) {
		message_end(f, i);
		if (f->sides[i].begun)
			line_out(f, i, fn, arg);
	}
}
