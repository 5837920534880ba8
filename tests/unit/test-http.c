/* HTTP: replies of every kind, failures in words, streams, TLS. */
#include "unit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "http-server.h"
#include "io/child.h"
#include "io/http.h"

static struct loop *l;
static struct http *http;
static struct http_server server;

/* Times for who runs this under a tool that slows it down. */
static int64_t
slowed(int64_t ms)
{
	const char *factor = getenv("CK_TIMEOUT_MULTIPLIER");
	int64_t n = 1;

	if (factor)
		text_int(factor, 1, 100, &n);
	return ms * n;
}

/* What became of one transfer. */
struct got {
	int done;
	struct http_reply reply;
	char *error, *body, *header_a, *ip;
	struct buf stream;
	struct http_transfer *transfer;
	struct http_transfer *other;	/* to be cancelled */
	int64_t stop_at;		/* bytes after which data says stop */
	bool cancel, pause, next;	/* what data or done does */
	int calls;
};

static void
setup(void)
{
	server = http_server_start(NULL);
	l = loop_new(NULL);
	http = http_new(l, NULL);
}

static void
teardown(void)
{
	http_free(http);
	loop_free(l);
	http_server_stop(&server);
}

static void
release(struct got *g)
{
	free(g->error);
	free(g->body);
	free(g->header_a);
	free(g->ip);
	buf_release(&g->stream);
}

static void
on_done(const struct http_reply *r, void *arg)
{
	struct got *g = arg;

	g->done++;
	g->reply = *r;
	xstrset(&g->error, r->error);
	xstrset(&g->body, r->body);
	xstrset(&g->header_a, http_header(r, "X-a"));
	xstrset(&g->ip, r->remote_ip);
	http_cancel(g->other);
	http_cancel(g->transfer);
}

static struct got *
begin(struct got *g, const char *path, struct http_request r)
{
	char *url = path[0] == '/' ?
	    xasprintf("http://127.0.0.1:%d%s", server.port, path) :
	    xstrdup(path);

	r.url = url;
	r.done = on_done;
	r.arg = g;
	if (!r.deadline_ms && !r.data)
		r.deadline_ms = slowed(10000);
	buf_init(&g->stream, 1 << 26);
	g->transfer = http_start(http, &r);
	ck_assert_int_eq(g->done, 0);
	free(url);
	return g;
}

static void
wait_either(const int *a, const int *b)
{
	int64_t end = clock_mono() + slowed(20000);

	while (!*a && !*b && clock_mono() < end)
		loop_turn(l, 50);
}

static void
wait_done(struct got *g)
{
	wait_either(&g->done, &g->done);
	ck_assert_int_eq(g->done, 1);
}

static struct got *
get(struct got *g, const char *path, struct http_request r)
{
	wait_done(begin(g, path, r));
	return g;
}

#define REQUEST(...) ((struct http_request){__VA_ARGS__})

/* --- replies ------------------------------------------------------------- */

START_TEST(a_whole_reply)
{
	struct got g = {0};

	get(&g, "/hello", REQUEST(0));
	ck_assert_ptr_null(g.error);
	ck_assert_int_eq(g.reply.status, 200);
	ck_assert_str_eq(g.body, "hello\n");
	ck_assert_uint_eq(g.reply.body_len, 6);
	ck_assert_str_eq(g.header_a, "2");
	ck_assert_str_eq(g.ip, "127.0.0.1");
	ck_assert_int_ge(g.reply.first_byte_ms, 0);
	ck_assert_int_ge(g.reply.latency_ms, g.reply.first_byte_ms);
	ck_assert(g.reply.tls_expires == TIME_UNKNOWN);
	ck_assert_int_eq(g.reply.socket, -1);
	release(&g);
}
END_TEST

static const struct {
	const char *path;
	int status;
	const char *body;
} whole[] = {
	{"/chunked", 200, "abcdefg"},
	{"/continued", 200, "ok"},
	{"/missing", 404, "no such thing\n"},
	{"/gzip", 200, "hello\n"},
	{"/same", 302, "here"},
};

START_TEST(replies_of_other_shapes)
{
	struct got g = {0};

	get(&g, whole[_i].path, REQUEST(0));
	ck_assert_ptr_null(g.error);
	ck_assert_int_eq(g.reply.status, whole[_i].status);
	ck_assert_str_eq(g.body, whole[_i].body);
	release(&g);
}
END_TEST

START_TEST(a_made_up_reply_has_headers_too)
{
	struct http_reply r = {.headers = "A\0one\0B\0two\0a\0three\0"};

	ck_assert_str_eq(http_header(&r, "A"), "three");
	ck_assert_str_eq(http_header(&r, "b"), "two");
	ck_assert_ptr_null(http_header(&r, "c"));
	r.headers = NULL;
	ck_assert_ptr_null(http_header(&r, "A"));
}
END_TEST

START_TEST(what_is_sent)
{
	const char *headers[] = {"X-Token: secret", NULL};
	struct got get_it = {0}, post = {0}, empty = {0}, delete = {0},
	    head = {0};

	get(&get_it, "/echo", REQUEST(.headers = headers));
	ck_assert_ptr_nonnull(strstr(get_it.body, "GET /echo HTTP/1.1\r\n"));
	ck_assert_ptr_nonnull(strstr(get_it.body, "X-Token: secret\r\n"));
	ck_assert_ptr_nonnull(strstr(get_it.body, "User-Agent: vigie/"));
	get(&post, "/echo", REQUEST(.method = "POST", .body = "{\0}",
	    .body_len = 3));
	ck_assert_ptr_nonnull(strstr(post.body, "POST /echo HTTP/1.1\r\n"));
	ck_assert_ptr_nonnull(strstr(post.body, "Content-Length: 3\r\n"));
	ck_assert_ptr_null(strstr(post.body, "Content-Type"));
	get(&empty, "/echo", REQUEST(.method = "POST"));
	ck_assert_ptr_nonnull(strstr(empty.body, "Content-Length: 0\r\n"));
	get(&delete, "/echo", REQUEST(.method = "DELETE"));
	ck_assert_ptr_nonnull(strstr(delete.body, "DELETE /echo HTTP/1.1"));
	get(&head, "/hello", REQUEST(.method = "HEAD"));
	ck_assert_int_eq(head.reply.status, 200);
	ck_assert_str_eq(head.body, "");
	release(&get_it);
	release(&post);
	release(&empty);
	release(&delete);
	release(&head);
}
END_TEST

START_TEST(redirects_stay_within_their_origin)
{
	struct got same = {0}, across = {0}, file = {0}, around = {0};

	get(&same, "/same", REQUEST(.follow = true));
	ck_assert_int_eq(same.reply.status, 200);
	ck_assert_str_eq(same.body, "hello\n");
	get(&across, "/across", REQUEST(.follow = true));
	ck_assert_int_eq(across.reply.status, 302);
	ck_assert_ptr_null(across.error);
	get(&file, "/file", REQUEST(.follow = true));
	ck_assert_int_eq(file.reply.status, 302);
	get(&around, "/loop", REQUEST(.follow = true));
	ck_assert_ptr_nonnull(strstr(around.error,
	    "redirects more than 5 times"));
	release(&same);
	release(&across);
	release(&file);
	release(&around);
}
END_TEST

/* --- connections --------------------------------------------------------- */

START_TEST(a_connection_is_kept_but_not_for_what_changes_things)
{
	char path[] = "/tmp/vigie-test-XXXXXX", *sock;
	struct got g[5] = {0};
	struct http_server local;

	ck_assert_ptr_nonnull(mkdtemp(path));
	sock = xasprintf("%s/http.sock", path);
	local = http_server_start(sock);
	get(&g[0], "http://docker/which", REQUEST(.unix_socket = sock));
	get(&g[1], "http://docker/which", REQUEST(.unix_socket = sock));
	get(&g[2], "http://docker/which", REQUEST(.unix_socket = sock,
	    .method = "POST"));
	get(&g[3], "http://docker/goodbye", REQUEST(.unix_socket = sock));
	get(&g[4], "http://docker/hello", REQUEST(.unix_socket = sock));
	ck_assert_str_eq(g[0].body, "1");
	ck_assert_str_eq(g[1].body, "1");
	ck_assert_str_eq(g[2].body, "2");
	ck_assert_str_eq(g[3].body, "bye");
	ck_assert_str_eq(g[4].body, "hello\n");
	for (int i = 0; i < 5; i++)
		release(&g[i]);
	http_server_stop(&local);
	unlink(sock);
	rmdir(path);
	free(sock);
}
END_TEST

START_TEST(a_fresh_one_is_used_once)
{
	static const char *const numbers[] = {"1", "2", "1"};
	char path[] = "/tmp/vigie-test-XXXXXX", *sock;
	struct http_server local;
	struct got g;
	int i;

	ck_assert_ptr_nonnull(mkdtemp(path));
	sock = xasprintf("%s/http.sock", path);
	local = http_server_start(sock);
	for (i = 0; i < 3; i++) {
		g = (struct got){0};
		get(&g, "http://docker/which", REQUEST(.unix_socket = sock,
		    .fresh = i == 1));
		ck_assert_str_eq(g.body, numbers[i]);
		release(&g);
	}
	http_server_stop(&local);
	unlink(sock);
	rmdir(path);
	free(sock);
}
END_TEST

START_TEST(connect_only_lends_its_socket)
{
	struct got g = {0};

	get(&g, "/", REQUEST(.connect_only = true));
	ck_assert_ptr_null(g.error);
	ck_assert_int_eq(g.reply.status, 0);
	ck_assert_int_ge(g.reply.socket, 0);
	ck_assert_str_eq(g.ip, "127.0.0.1");
	release(&g);
}
END_TEST

/* --- failures ------------------------------------------------------------ */

static const struct {
	const char *path, *error;
	bool timed_out;
} failures[] = {
	{"/half", "closed the connection in the middle of its answer "
	    "(after 10 B)", false},
	{"/half-chunk", "closed the connection in the middle of its answer "
	    "(after 3 B)", false},
	{"/bad-chunk", "127.0.0.1:", false},
	{"/none", "closed the connection without an answer", false},
	{"/rubbish", "127.0.0.1:", false},
	{"/headers", "are longer than 256 KiB", false},
	{"/flood", "is longer than 1.0 MiB", false},
	{"/hang", "(was waiting for the first byte)", true},
	{"/stall", "(after 12 KiB)", true},
	{"http://127.0.0.1:1/", "cannot connect to 127.0.0.1:1: "
	    "Connection refused", false},
	{"ftp://127.0.0.1/", "\"ftp\" not supported", false},
	{"file:///etc/passwd", "", false},
	{"not a URL", "\"not a URL\" is not a URL", false},
	{"", "is not a URL", false},
};

START_TEST(failures_are_put_into_words)
{
	struct got g = {0};

	get(&g, failures[_i].path, REQUEST(.body_max = 1 << 20,
	    .deadline_ms = slowed(failures[_i].timed_out ? 300 : 10000)));
	ck_assert_ptr_nonnull(g.error);
	ck_assert_msg(strstr(g.error, failures[_i].error) != NULL, "%s: %s",
	    failures[_i].path, g.error);
	ck_assert_ptr_null(strchr(g.error, '\033'));
	ck_assert_int_eq(g.reply.timed_out, failures[_i].timed_out);
	release(&g);
}
END_TEST

START_TEST(a_socket_that_is_not_there)
{
	struct got g = {0};

	get(&g, "http://docker/", REQUEST(.unix_socket = "/no/where.sock"));
	ck_assert_str_eq(g.error, "cannot connect to /no/where.sock: "
	    "No such file or directory");
	release(&g);
}
END_TEST

START_TEST(a_host_that_does_not_answer)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM, 0), filler[4];
	struct got g = {0};
	char *url;

	/* A full queue makes Linux drop who comes next. */
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	ck_assert_int_eq(listen(fd, 0), 0);
	getsockname(fd, (struct sockaddr *)&in, &len);
	for (int i = 0; i < 4; i++) {
		filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(filler[i], (struct sockaddr *)&in, sizeof(in));
	}
	url = xasprintf("http://127.0.0.1:%d/", ntohs(in.sin_port));
	get(&g, url, REQUEST(.connect_timeout_ms = 250));
	ck_assert(g.reply.timed_out);
	ck_assert_ptr_nonnull(strstr(g.error, "within 250 ms "
	    "(was connecting)"));
	ck_assert_int_lt(g.reply.latency_ms, 2000);
	free(url);
	release(&g);
	close(fd);
	for (int i = 0; i < 4; i++)
		close(filler[i]);
}
END_TEST

START_TEST(a_body_has_a_ceiling)
{
	struct got g = {0}, exact = {0};

	get(&g, "/hello", REQUEST(.body_max = 5));
	ck_assert_ptr_nonnull(strstr(g.error, "is longer than 5 B"));
	get(&exact, "/hello", REQUEST(.body_max = 6));
	ck_assert_ptr_null(exact.error);
	release(&g);
	release(&exact);
}
END_TEST

/* --- streams ------------------------------------------------------------- */

static bool
on_data(const char *data, size_t len, void *arg)
{
	struct got *g = arg;

	g->calls++;
	buf_add(&g->stream, data, len);
	if (g->pause)
		http_pause(g->transfer, true);
	if (g->cancel)
		http_cancel(g->transfer);
	if (g->other)
		http_cancel(g->other);
	g->other = NULL;
	return !g->stop_at || (int64_t)g->stream.len < g->stop_at;
}

static void
wait_bytes(struct got *g, size_t bytes)
{
	int64_t end = clock_mono() + slowed(10000);

	while (g->stream.len < bytes && clock_mono() < end)
		loop_turn(l, 50);
	ck_assert_uint_ge(g->stream.len, bytes);
}

/* The lines of /flood, without a gap. */
static void
check_flood(const struct got *g)
{
	char line[24];

	for (size_t i = 0; i + 9 <= g->stream.len; i += 9) {
		snprintf(line, sizeof(line), "%08zu\n", i / 9);
		ck_assert_int_eq(memcmp(g->stream.data + i, line, 9), 0);
	}
}

START_TEST(a_stream_stops_when_told)
{
	struct got g = {.stop_at = 100000};

	begin(&g, "/flood", REQUEST(.data = on_data));
	wait_done(&g);
	ck_assert_str_eq(g.error, "stopped");
	ck_assert_str_eq(g.body, "");
	ck_assert_int_eq(g.reply.status, 200);
	check_flood(&g);
	release(&g);
}
END_TEST

START_TEST(a_refused_stream_has_a_body)
{
	struct got g = {0};

	get(&g, "/missing", REQUEST(.data = on_data));
	ck_assert_ptr_null(g.error);
	ck_assert_int_eq(g.reply.status, 404);
	ck_assert_str_eq(g.body, "no such thing\n");
	ck_assert_int_eq(g.calls, 0);
	release(&g);
}
END_TEST

/* Turn for ms; says how often the loop woke. */
static int
turn_for(int64_t ms)
{
	int64_t end = clock_mono() + ms;
	int turns = 0;

	while (clock_mono() < end) {
		loop_turn(l, end - clock_mono());
		turns++;
	}
	return turns;
}

START_TEST(a_paused_stream_is_not_read)
{
	struct got g = {.pause = _i};
	size_t before;

	begin(&g, "/flood", REQUEST(.data = on_data));
	wait_bytes(&g, 1);
	if (!g.pause)
		http_pause(g.transfer, true);
	for (int i = 0; i < 3; i++) {
		/* Not a byte more, and nothing that wakes the loop. */
		before = g.stream.len;
		ck_assert_int_le(turn_for(100), 10);
		ck_assert_uint_eq(g.stream.len, before);
		http_pause(g.transfer, false);
		wait_bytes(&g, before + 1);
		if (!g.pause)
			http_pause(g.transfer, true);
	}
	g.pause = false;
	http_pause(g.transfer, false);
	wait_bytes(&g, g.stream.len + 2000000);
	check_flood(&g);
	http_cancel(g.transfer);
	loop_turn(l, 0);
	ck_assert_int_eq(g.done, 0);
	release(&g);
}
END_TEST

START_TEST(a_stream_that_falls_silent)
{
	struct got g = {0}, hang = {0}, paused = {0};

	get(&g, "/quiet", REQUEST(.data = on_data, .idle_timeout_ms = slowed(500)));
	ck_assert(g.reply.timed_out);
	ck_assert_ptr_nonnull(strstr(g.error, "(after 3 B)"));
	ck_assert_uint_eq(g.stream.len, 3);
	ck_assert_int_ge(g.reply.latency_ms, slowed(500));
	get(&hang, "/hang", REQUEST(.data = on_data, .idle_timeout_ms = slowed(500)));
	ck_assert_ptr_nonnull(strstr(hang.error,
	    "(was waiting for the first byte)"));
	/* Nobody reads: that is not the far side's silence. */
	begin(&paused, "/quiet", REQUEST(.data = on_data,
	    .idle_timeout_ms = 200));
	wait_bytes(&paused, 3);
	http_pause(paused.transfer, true);
	turn_for(500);
	ck_assert_int_eq(paused.done, 0);
	http_pause(paused.transfer, false);
	wait_done(&paused);
	ck_assert(paused.reply.timed_out);
	release(&g);
	release(&hang);
	release(&paused);
}
END_TEST

START_TEST(others_go_on_beside_a_flood)
{
	struct got flood = {0}, g[20] = {0};

	begin(&flood, "/flood", REQUEST(.data = on_data));
	wait_bytes(&flood, 1);
	for (int i = 0; i < 20; i++) {
		get(&g[i], "/hello", REQUEST(0));
		ck_assert_str_eq(g[i].body, "hello\n");
		buf_clear(&flood.stream);
		release(&g[i]);
	}
	release(&flood);
}
END_TEST

/* --- cancelling ---------------------------------------------------------- */

START_TEST(cancel_inside_the_data_callback)
{
	struct got g = {.cancel = true}, other = {0};

	begin(&other, "/hang", REQUEST(0));
	g.other = other.transfer;
	begin(&g, "/flood", REQUEST(.data = on_data));
	wait_bytes(&g, 1);
	turn_for(50);
	ck_assert_int_eq(g.calls, 1);
	ck_assert_int_eq(g.done, 0);
	ck_assert_int_eq(other.done, 0);
	http_cancel(NULL);
	release(&g);
	release(&other);
}
END_TEST

START_TEST(two_that_cancel_each_other_when_done)
{
	struct got a = {0}, b = {0};

	begin(&a, "/hello", REQUEST(0));
	begin(&b, "/hello", REQUEST(0));
	a.other = b.transfer;
	b.other = a.transfer;
	wait_either(&a.done, &b.done);
	turn_for(50);
	ck_assert_int_eq(a.done + b.done, 1);
	release(&a);
	release(&b);
}
END_TEST

static struct got second;

static void
start_second(const struct http_reply *r, void *arg)
{
	on_done(r, arg);
	begin(&second, "/which", REQUEST(0));
}

static bool
start_second_in_data(const char *data, size_t len, void *arg)
{
	if (!second.transfer)
		begin(&second, "/which", REQUEST(0));
	return on_data(data, len, arg);
}

START_TEST(a_request_started_inside_a_callback)
{
	struct got g = {0};
	char *url = xasprintf("http://127.0.0.1:%d/which", server.port);
	struct http_request r = {.url = url, .done = start_second, .arg = &g,
	    .deadline_ms = 5000};

	memset(&second, 0, sizeof(second));
	if (_i == 0) {
		g.transfer = http_start(http, &r);
		wait_done(&g);
	} else
		begin(&g, "/flood", REQUEST(.data = start_second_in_data));
	if (_i == 1)
		wait_bytes(&g, 1);
	wait_done(&second);
	ck_assert_str_eq(second.body, _i == 0 ? "1" : "2");
	release(&g);
	release(&second);
	free(url);
}
END_TEST

START_TEST(freeing_the_engine_cancels_in_silence)
{
	struct got g[4] = {0};

	begin(&g[0], "/hang", REQUEST(0));
	begin(&g[1], "/flood", REQUEST(.data = on_data));
	wait_bytes(&g[1], 1);
	begin(&g[2], "not a URL", REQUEST(0));
	begin(&g[3], "/hello", REQUEST(0));
	http_cancel(g[3].transfer);
	http_free(http);
	http = NULL;
	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(g[i].done, 0);
		release(&g[i]);
	}
}
END_TEST

/* --- TLS ----------------------------------------------------------------- */

static struct children *children;
static struct child *openssl;
static struct buf openssl_says;
static int tls_port;

static void
on_openssl(int which, const char *data, size_t len, void *arg)
{
	char *at;
	int64_t port;

	(void)arg;
	if (which != 1 || tls_port)
		return;
	buf_add(&openssl_says, data, len);
	at = strstr(openssl_says.data, "ACCEPT 127.0.0.1:");
	if (!at || !strchr(at, '\n'))
		return;
	at += strlen("ACCEPT 127.0.0.1:");
	at[strcspn(at, "\n")] = '\0';
	if (text_int(at, 1, 65535, &port) == 0)
		tls_port = port;
}

static char *
data_file(const char *name)
{
	const char *dir = getenv("VIGIE_TEST_DATA");

	return xasprintf("%s/tls/%s", dir ? dir : "tests/data", name);
}

static void
on_openssl_end(const struct child_result *r, void *arg)
{
	(void)arg;
	ck_abort_msg("openssl s_server: %s", r->error ? r->error : "ended");
}

static void
tls_setup(const char *certificate)
{
	char *key = data_file("key.pem"), *file = data_file(certificate);
	const char *argv[] = {"openssl", "s_server", "-accept",
	    "127.0.0.1:0", "-www", "-key", key, "-cert", file, NULL};
	int64_t end = clock_mono() + slowed(10000);

	children = children_new(l, NULL);
	buf_init(&openssl_says, 1 << 16);
	tls_port = 0;
	openssl = child_start(children, &(struct child_request){.argv = argv,
	    .output = on_openssl, .done = on_openssl_end, .keep_input = true});
	while (!tls_port && clock_mono() < end)
		loop_turn(l, 50);
	ck_assert_int_ne(tls_port, 0);
	free(key);
	free(file);
}

static void
tls_get(struct got *g, const char *host, struct http_request r)
{
	char *url = xasprintf("https://%s:%d/", host, tls_port);

	get(g, url, r);
	free(url);
}

static void
tls_teardown(void)
{
	child_cancel(openssl);
	children_free(children);
	buf_release(&openssl_says);
}

#define EXPIRY_VALID 4948945783000	/* 2126-10-29T11:09:43Z */
#define EXPIRY_PAST 1580515200000	/* 2020-02-01T00:00:00Z */

START_TEST(a_trusted_certificate)
{
	struct got g = {0}, look = {0}, name = {0}, self = {0};
	char *ca = data_file("valid.pem");

	tls_setup("valid.pem");
	tls_get(&g, "127.0.0.1", REQUEST(.ca_file = ca));
	ck_assert_msg(g.error == NULL, "%s", g.error);
	ck_assert_int_eq(g.reply.status, 200);
	ck_assert_int_eq(g.reply.tls_expires, EXPIRY_VALID);
	tls_get(&look, "127.0.0.1", REQUEST(.connect_only = true,
	    .insecure = true));
	ck_assert_msg(look.error == NULL, "%s", look.error);
	ck_assert_int_eq(look.reply.tls_expires, EXPIRY_VALID);
	ck_assert_int_eq(look.reply.status, 0);
	ck_assert_int_eq(look.reply.socket, -1);
	tls_get(&name, "localhost", REQUEST(.ca_file = ca));
	ck_assert(name.reply.untrusted);
	ck_assert_ptr_nonnull(strstr(name.error, "localhost"));
	tls_get(&self, "127.0.0.1", REQUEST(0));
	ck_assert_msg(strstr(self.error, "is refused: it is self-signed") !=
	    NULL, "%s", self.error);
	ck_assert(self.reply.untrusted);
	tls_teardown();
	release(&g);
	release(&look);
	release(&name);
	release(&self);
	free(ca);
}
END_TEST

START_TEST(an_expired_certificate)
{
	struct got g = {0}, look = {0};
	char *ca = data_file("expired.pem");

	tls_setup("expired.pem");
	tls_get(&g, "127.0.0.1", REQUEST(.ca_file = ca));
	ck_assert(g.reply.untrusted);
	ck_assert_ptr_nonnull(strstr(g.error, "it has expired"));
	ck_assert_int_eq(g.reply.status, 0);
	tls_get(&look, "127.0.0.1", REQUEST(.connect_only = true,
	    .insecure = true));
	ck_assert_msg(look.error == NULL, "%s", look.error);
	ck_assert_int_eq(look.reply.tls_expires, EXPIRY_PAST);
	tls_teardown();
	release(&g);
	release(&look);
	free(ca);
}
END_TEST

START_TEST(tls_with_who_speaks_none)
{
	struct got g = {0};
	char *url = xasprintf("https://127.0.0.1:%d/hello", server.port);

	get(&g, url, REQUEST(.deadline_ms = slowed(300)));
	ck_assert_msg(strstr(g.error, "(was in the TLS handshake)") != NULL,
	    "%s", g.error);
	ck_assert(g.reply.timed_out);
	free(url);
	release(&g);
}
END_TEST

#define LOOPED(t, test, table) \
	tcase_add_loop_test(t, test, 0, sizeof(table) / sizeof((table)[0]))

START_TEST(origins_are_compared)
{
	static const struct {
		const char *a, *b;
		bool same;
	} table[] = {
		{"https://a.example/x", "https://A.example:443/y?z", true},
		{"http://a.example", "http://user@a.example/", true},
		{"http://[::1]:5000/", "http://[::1]:5000/v2/", true},
		{"https://a.example", "http://a.example", false},
		{"https://a.example", "https://a.example:8443", false},
		{"https://a.example", "https://a.example.org", false},
		{"https://a.example", "https://a.example@b.example/", false},
		{"https://a.example", "no url", false},
		{"no url", "no url", false},
	};
	size_t i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		ck_assert_msg(http_same_origin(table[i].a, table[i].b) ==
		    table[i].same, "%s %s", table[i].a, table[i].b);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("http");
	TCase *t = tcase_create("http");

	tcase_set_timeout(t, 30);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, origins_are_compared);
	tcase_add_test(t, a_whole_reply);
	LOOPED(t, replies_of_other_shapes, whole);
	tcase_add_test(t, a_made_up_reply_has_headers_too);
	tcase_add_test(t, what_is_sent);
	tcase_add_test(t, redirects_stay_within_their_origin);
	tcase_add_test(t,
	    a_connection_is_kept_but_not_for_what_changes_things);
	tcase_add_test(t, a_fresh_one_is_used_once);
	tcase_add_test(t, connect_only_lends_its_socket);
	LOOPED(t, failures_are_put_into_words, failures);
	tcase_add_test(t, a_socket_that_is_not_there);
	tcase_add_test(t, a_host_that_does_not_answer);
	tcase_add_test(t, a_body_has_a_ceiling);
	tcase_add_test(t, a_stream_stops_when_told);
	tcase_add_test(t, a_refused_stream_has_a_body);
	tcase_add_loop_test(t, a_paused_stream_is_not_read, 0, 2);
	tcase_add_test(t, a_stream_that_falls_silent);
	tcase_add_test(t, others_go_on_beside_a_flood);
	tcase_add_test(t, cancel_inside_the_data_callback);
	tcase_add_test(t, two_that_cancel_each_other_when_done);
	tcase_add_loop_test(t, a_request_started_inside_a_callback, 0, 2);
	tcase_add_test(t, freeing_the_engine_cancels_in_silence);
	tcase_add_test(t, a_trusted_certificate);
	tcase_add_test(t, an_expired_certificate);
	tcase_add_test(t, tls_with_who_speaks_none);
	suite_add_tcase(s, t);
	return unit_run(s);
}
