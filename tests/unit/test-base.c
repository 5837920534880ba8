/* The base library: buffers, text, times, JSON. */
#include "unit.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/text.h"

START_TEST(buf_has_a_ceiling)
{
	struct buf b = BUF_INIT(5);

	ck_assert_int_eq(buf_adds(&b, "abc"), 0);
	ck_assert_int_eq(buf_adds(&b, "def"), -1);
	ck_assert(b.over);
	ck_assert_str_eq(buf_str(&b), "abc");
	ck_assert_int_eq(buf_addf(&b, "%d", 42), 0);
	ck_assert_str_eq(buf_str(&b), "abc42");
	buf_consume(&b, 2);
	ck_assert_str_eq(buf_str(&b), "c42");
	buf_release(&b);
	ck_assert_str_eq(buf_str(&b), "");
}
END_TEST

static const struct {
	const char *in, *out;
} cleanings[] = {
	{"plain", "plain"},
	{"caf\xc3\xa9 \xe6\x97\xa5", "caf\xc3\xa9 \xe6\x97\xa5"},
	{"a\tb\nc\rd", "a b cd"},
	{"red \033[31mred\033[0m", "red red"},
	{"title \033]0;owned\007 set", "title  set"},
	{"title \033]0;owned\033\\ set", "title  set"},
	{"unfinished \033]0;owned", "unfinished "},
	{"cut \033[", "cut "},
	{"charset \033(0x", "charset x"},
	{"c1 \xc2\x9b" "31m", "c1 31m"},
	{"bidi \xe2\x80\xae" "evil", "bidi evil"},
	{"zwj \xe2\x80\x8dx\xef\xb8\x8f", "zwj x"},
	{"bad \xff\xc3", "bad \xef\xbf\xbd\xef\xbf\xbd"},
	{"overlong \xc0\xaf", "overlong \xef\xbf\xbd\xef\xbf\xbd"},
	{"surrogate \xed\xa0\x80",
	 "surrogate \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
};

START_TEST(cleaned_text_cannot_command)
{
	char *s = text_clean(cleanings[_i].in, strlen(cleanings[_i].in));

	ck_assert_str_eq(s, cleanings[_i].out);
	free(s);
}
END_TEST

START_TEST(text_is_measured_in_columns)
{
	int used;

	ck_assert_int_eq(text_width("abc"), 3);
	ck_assert_int_eq(text_width("\xe6\x97\xa5\xe6\x9c\xac"), 4);
	ck_assert_int_eq(text_width("e\xcc\x81"), 1);
	ck_assert_int_eq(text_width("\xf0\x9f\x90\xb3"), 2);
	ck_assert_uint_eq(text_fit("\xe6\x97\xa5\xe6\x9c\xac", 3, &used), 3);
	ck_assert_int_eq(used, 2);
	ck_assert_uint_eq(text_fit("ab", 10, &used), 2);
}
END_TEST

START_TEST(shell_quoting_survives_quotes)
{
	struct buf b = BUF_INIT(100);

	text_shell_quote(&b, "it's $(rm) `x`");
	ck_assert_str_eq(buf_str(&b), "'it'\\''s $(rm) `x`'");
	buf_release(&b);
}
END_TEST

START_TEST(nearest_word)
{
	static const char *const words[] = {"environments", "operators",
					    "socket", NULL};

	ck_assert_str_eq(text_nearest("enviroments", words), "environments");
	ck_assert_str_eq(text_nearest("sokcet", words), "socket");
	ck_assert_ptr_null(text_nearest("zebra", words));
}
END_TEST

START_TEST(times_go_both_ways)
{
	char text[CLOCK_TEXT_MAX];
	int64_t t = 7;

	ck_assert_int_eq(clock_parse_rfc3339(
	    "2026-06-15T10:01:02.345678901+02:00", &t), 0);
	ck_assert_str_eq(clock_rfc3339(t, text), "2026-06-15T08:01:02.345Z");
	ck_assert_int_eq(clock_parse_rfc3339("0001-01-01T00:00:00Z", &t), -1);
	ck_assert_int_eq(clock_parse_rfc3339("2026-06-15T10:01:02", &t), -1);
	ck_assert_int_eq(clock_parse_rfc3339("2026-13-15T10:01:02Z", &t), -1);
	ck_assert_int_eq(clock_parse_rfc3339("1969-12-31T23:59:59.5Z", &t), 0);
	ck_assert_int_eq(t, -500);
	ck_assert_str_eq(clock_rfc3339(t, text), "1969-12-31T23:59:59.500Z");
	ck_assert_str_eq(clock_rfc3339(TIME_UNKNOWN, text), "");
}
END_TEST

START_TEST(ages_and_durations)
{
	char text[CLOCK_TEXT_MAX];
	int64_t ms = 7;

	ck_assert_str_eq(clock_age(-5, text), "0s");
	ck_assert_str_eq(clock_age(59999, text), "59s");
	ck_assert_str_eq(clock_age(121000, text), "2m");
	ck_assert_str_eq(clock_age(26 * 3600 * 1000, text), "26h");
	ck_assert_str_eq(clock_age(INT64_C(12) * 86400 * 1000, text), "12d");
	ck_assert_str_eq(clock_age(TIME_UNKNOWN, text), "?");
	ck_assert_int_eq(clock_parse_duration("30m", &ms), 0);
	ck_assert_int_eq(ms, 1800000);
	ck_assert_int_eq(clock_parse_duration("30", &ms), -1);
	ck_assert_int_eq(clock_parse_duration("-3s", &ms), -1);
	ck_assert_int_eq(clock_parse_duration("3 s", &ms), -1);
}
END_TEST

START_TEST(sizes_for_people)
{
	char text[TEXT_BYTES_MAX];

	ck_assert_str_eq(text_bytes(512, text), "512 B");
	ck_assert_str_eq(text_bytes(1536, text), "1.5 KiB");
	ck_assert_str_eq(text_bytes(INT64_C(300) << 20, text), "300 MiB");
	ck_assert_str_eq(text_bytes(-1, text), "?");
}
END_TEST

START_TEST(json_reads_calmly)
{
	const char *text = "{\"a\":{\"b\":[1,2.5,\"x\",null,true]},\"n\":12}";
	struct json *v = json_parse(text, strlen(text), NULL);
	const struct json *item;

	ck_assert_ptr_nonnull(v);
	ck_assert_int_eq(json_int(json_get(v, "n"), -1), 12);
	ck_assert_int_eq(json_int(json_get(v, "a"), -1), -1);
	ck_assert_uint_eq(json_count(json_path(v, "a.b")), 5);
	item = json_first(json_path(v, "a.b"));
	item = json_next(item);
	ck_assert_int_eq(json_int(item, -1), -1);
	ck_assert_double_eq(json_number(item, 0), 2.5);
	ck_assert_ptr_null(json_path(v, "a.b.c.d"));
	ck_assert_ptr_null(json_text(json_path(v, "n"), NULL));
	json_free(v);
}
END_TEST

START_TEST(json_prints_what_reads_back)
{
	static const struct {
		double n;
		const char *text;
	} numbers[] = {
		{0, "0"}, {-0.0, "0"}, {7, "7"}, {-12, "-12"}, {99.4, "99.4"},
		{0.05, "0.05"}, {-0.5, "-0.5"}, {1.25, "1.25"},
		{9007199254740992.0, "9007199254740992"},
		{25276510208.0, "25276510208"}, {0.1 + 0.2,
		"0.30000000000000004"}, {1e300, "1e+300"}, {0.125, "0.125"},
	};
	struct json *v = json_array(), *o = json_object();
	struct buf b = BUF_INIT(4096), small = BUF_INIT(8);
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct json *n = json_double(numbers[i].n);

		buf_clear(&b);
		ck_assert_int_eq(json_print(n, &b), 0);
		ck_assert_str_eq(buf_str(&b), numbers[i].text);
		ck_assert(strtod(buf_str(&b), NULL) == numbers[i].n);
		json_free(n);
	}
	json_append(v, json_string("a\"\\\n\x01\xc3\xa9"));
	json_append(v, json_double(NAN));
	json_set_bool(o, "t", true);
	json_set_null(o, "n");
	json_append(v, o);
	buf_clear(&b);
	ck_assert_int_eq(json_print(v, &b), 0);
	ck_assert_str_eq(buf_str(&b), "[\"a\\\"\\\\\\n\\u0001\xc3\xa9\","
	    "null,{\"t\":true,\"n\":null}]");
	ck_assert_int_eq(json_print(v, &small), -1);
	ck_assert_uint_eq(small.len, 0);
	json_free(v);
	buf_release(&small);
	buf_release(&b);
}
END_TEST

START_TEST(json_refuses_depth_and_rubbish)
{
	char deep[20000];
	struct err e;

	memset(deep, '[', sizeof(deep));
	ck_assert_ptr_null(json_parse(deep, sizeof(deep), &e));
	ck_assert_ptr_nonnull(strstr(e.text, "nested deeper than 64"));
	ck_assert_ptr_null(json_parse("{\"a\":", 5, &e));
	ck_assert_ptr_null(json_parse("{} x", 4, &e));
	ck_assert_ptr_null(json_parse("", 0, &e));
}
END_TEST

START_TEST(errors_gather_context)
{
	struct err e;

	ck_assert_int_eq(err_set(&e, "no such file"), -1);
	err_prefix(&e, "cannot read %s", "x.yaml");
	ck_assert_str_eq(e.text, "cannot read x.yaml: no such file");
	ck_assert_int_eq(err_set(NULL, "nobody listens"), -1);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("base");
	TCase *t = tcase_create("base");

	tcase_add_test(t, buf_has_a_ceiling);
	tcase_add_loop_test(t, cleaned_text_cannot_command, 0,
	    sizeof(cleanings) / sizeof(cleanings[0]));
	tcase_add_test(t, text_is_measured_in_columns);
	tcase_add_test(t, shell_quoting_survives_quotes);
	tcase_add_test(t, nearest_word);
	tcase_add_test(t, times_go_both_ways);
	tcase_add_test(t, ages_and_durations);
	tcase_add_test(t, sizes_for_people);
	tcase_add_test(t, json_reads_calmly);
	tcase_add_test(t, json_refuses_depth_and_rubbish);
	tcase_add_test(t, json_prints_what_reads_back);
	tcase_add_test(t, errors_gather_context);
	suite_add_tcase(s, t);
	return unit_run(s);
}
