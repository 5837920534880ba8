/*
 * A container's log, of any bytes and in any pieces: the lines are the same
 * however it is cut, and none is longer than the ceiling.
 */
#include "fuzz.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "source/log-frames.h"

#define LINE_CEILING 64

static void
keep(const struct log_frame_line *l, void *arg)
{
	struct buf *out = arg;

	if (l->len > LINE_CEILING)
		abort();
	buf_addf(out, "%lld %d %d ", (long long)l->at_ns, l->is_stderr,
	    l->cut);
	buf_add(out, l->text, l->len);
	buf_addc(out, '\n');
}

static void
run(const char *text, size_t size, size_t step, struct buf *out)
{
	struct log_frames f;
	size_t i;

	log_frames_init(&f, LINE_CEILING);
	for (i = 0; i < size; i += step)
		log_frames_feed(&f, text + i,
		    size - i < step ? size - i : step, keep, out);
	log_frames_end(&f, keep, out);
	log_frames_release(&f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole = BUF_INIT(64 << 20), pieces = BUF_INIT(64 << 20);

	run((const char *)data, size, size ? size : 1, &whole);
	run((const char *)data, size, 1, &pieces);
	if (strcmp(buf_str(&whole), buf_str(&pieces)) != 0 ||
	    whole.len != pieces.len)
		abort();
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
