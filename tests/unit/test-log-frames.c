/* A container's log: frames and bare text made into lines. */
#include "unit.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "data.h"
#include "source/log-frames.h"

#define LINE_MAX_HERE 1000
#define STAMP "2026-06-15T08:01:02.123456789Z "
#define STAMP_NS INT64_C(1781510462123456789)

static void
frame(struct buf *b, int stream, const char *text, size_t len)
{
	char h[8] = {stream, 0, 0, 0, len >> 24, len >> 16, len >> 8, len};

	buf_add(b, h, sizeof(h));
	buf_add(b, text, len);
}

static void
frames(struct buf *b, int stream, const char *text)
{
	frame(b, stream, text, strlen(text));
}

/* Lines as "o text|e text|…", with "!" after a cut one. */
static void
gather(const struct log_frame_line *l, void *arg)
{
	struct buf *out = arg;

	buf_addf(out, "%c%s ", l->is_stderr ? 'e' : 'o',
	    l->at_ns == TIME_UNKNOWN ? "?" : "");
	buf_add(out, l->text, l->len);
	buf_adds(out, l->cut ? "!|" : "|");
}

static void
check_stream(const char *in, size_t len, const char *expected)
{
	size_t step;

	/* However the bytes are cut, the lines are the same. */
	for (step = 1; step <= len + 1; step = step * 3 + 1) {
		struct buf out = BUF_INIT(1 << 20);
		struct log_frames f;
		size_t i, n;

		log_frames_init(&f, LINE_MAX_HERE);
		for (i = 0; i < len; i += n) {
			n = len - i < step ? len - i : step;
			log_frames_feed(&f, in + i, n, gather, &out);
		}
		log_frames_end(&f, gather, &out);
		ck_assert_str_eq(buf_str(&out), expected);
		log_frames_release(&f);
		buf_release(&out);
	}
}

START_TEST(frames_become_lines)
{
	struct buf b = BUF_INIT(1 << 20);

	frames(&b, 1, STAMP "one\n");
	frames(&b, 2, STAMP "two\r\n");
	frames(&b, 1, STAMP "\n");
	frames(&b, 1, STAMP "a b  c\n");
	check_stream(b.data, b.len, "o one|e two|o |o a b  c|");
	buf_release(&b);
}
END_TEST

START_TEST(cut_messages_are_joined)
{
	struct buf b = BUF_INIT(1 << 20);

	frames(&b, 1, STAMP "begin ");
	frames(&b, 2, STAMP "between\n");
	frames(&b, 1, STAMP "middle ");
	frames(&b, 1, STAMP "end\n");
	frames(&b, 1, STAMP "not ended");
	check_stream(b.data, b.len,
	    "e between|o begin middle end|o not ended|");
	buf_release(&b);
}
END_TEST

START_TEST(a_terminal_speaks_bare)
{
	static const char text[] = STAMP "one\r\n" STAMP "two\r\n" STAMP;

	check_stream(text, strlen(text), "o one|o two|o |");
}
END_TEST

START_TEST(without_stamps_the_text_stays_whole)
{
	struct buf b = BUF_INIT(1 << 20);

	frames(&b, 1, "no stamp here\n");
	frames(&b, 1, "short\n");
	frames(&b, 1, "averyveryveryveryverylongwordwithoutanyspacein\n");
	check_stream(b.data, b.len, "o? no stamp here|o? short|"
	    "o? averyveryveryveryverylongwordwithoutanyspacein|");
	buf_release(&b);
}
END_TEST

static void
keep_time(const struct log_frame_line *l, void *arg)
{
	*(int64_t *)arg = l->at_ns;
}

START_TEST(stamps_keep_their_nanoseconds)
{
	struct buf b = BUF_INIT(1 << 20);
	struct log_frames f;
	int64_t at = 0;

	frames(&b, 1, STAMP "x\n");
	log_frames_init(&f, LINE_MAX_HERE);
	log_frames_feed(&f, b.data, b.len, keep_time, &at);
	ck_assert(at == STAMP_NS);
	log_frames_release(&f);
	buf_release(&b);
}
END_TEST

START_TEST(long_lines_are_cut)
{
	struct buf b = BUF_INIT(32 << 20), expected = BUF_INIT(1 << 20);
	struct buf out = BUF_INIT(1 << 20);
	struct log_frames f;
	char *piece = xmalloc(16384);
	int i;

	memset(piece, 'x', 16384);
	memcpy(piece, STAMP, strlen(STAMP));
	for (i = 0; i < 640; i++)
		frame(&b, 1, piece, 16384);
	frames(&b, 1, STAMP "\n");
	frames(&b, 1, STAMP "after\n");
	log_frames_init(&f, LINE_MAX_HERE);
	log_frames_feed(&f, b.data, b.len, gather, &out);
	buf_adds(&expected, "o ");
	for (i = 0; i < LINE_MAX_HERE; i++)
		buf_addc(&expected, 'x');
	buf_adds(&expected, "!|o after|");
	ck_assert_str_eq(buf_str(&out), buf_str(&expected));
	ck_assert(f.sides[0].line.cap <= 4 * LINE_MAX_HERE);
	log_frames_release(&f);
	free(piece);
	buf_release(&b);
	buf_release(&expected);
	buf_release(&out);
}
END_TEST

START_TEST(a_damaged_frame_costs_what_it_hides)
{
	struct buf b = BUF_INIT(1 << 20);

	frames(&b, 1, STAMP "one\n");
	buf_add(&b, "\x07rubbish\xff", 9);
	frames(&b, 2, STAMP "two\n");
	buf_add(&b, "\x01\0\0\0\xff\xff\xff\xff", 8);
	frames(&b, 1, STAMP "three\n");
	check_stream(b.data, b.len, "o one|e two|o three|");
	buf_release(&b);
}
END_TEST

START_TEST(log_as_recorded)
{
	struct buf b = data_load("docker", "logs-framed.bin");
	struct buf out = BUF_INIT(1 << 20);
	struct log_frames f;
	int lines = 0;
	const char *p;

	log_frames_init(&f, 16384);
	log_frames_feed(&f, b.data, b.len, gather, &out);
	for (p = buf_str(&out); (p = strstr(p, "o {\"level\"")); p++)
		lines++;
	ck_assert_int_eq(lines, 3);
	ck_assert_int_eq(f.damaged, 0);
	log_frames_release(&f);
	buf_release(&b);
	buf_release(&out);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("log-frames");
	TCase *t = tcase_create("log-frames");

	tcase_add_test(t, frames_become_lines);
	tcase_add_test(t, cut_messages_are_joined);
	tcase_add_test(t, a_terminal_speaks_bare);
	tcase_add_test(t, without_stamps_the_text_stays_whole);
	tcase_add_test(t, stamps_keep_their_nanoseconds);
	tcase_add_test(t, long_lines_are_cut);
	tcase_add_test(t, a_damaged_frame_costs_what_it_hides);
	tcase_add_test(t, log_as_recorded);
	suite_add_tcase(s, t);
	return unit_run(s);
}
