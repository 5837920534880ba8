#include "unit.h"

#include "http-server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"

struct request {
	struct buf text;	/* as it came */
	char *path;		/* in text */
	size_t head;		/* bytes up to and with the empty line */
	size_t body;
	int connection;		/* which one since the start */
};

/* 0 to go on with this connection, -1 to close it. */
typedef int answer_fn(int fd, struct request *r);

static int
send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n == -1 && errno != EINTR)
			return -1;
		if (n > 0) {
			data += n;
			len -= n;
		}
	}
	return 0;
}

static int
send_body(int fd, const char *headers, const char *body, size_t len)
{
	struct buf b = BUF_INIT(1 << 26);
	int result;

	buf_addf(&b, "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n",
	    headers, len);
	buf_add(&b, body, len);
	result = send_all(fd, b.data, b.len);
	buf_release(&b);
	return result;
}

/* The request itself. */
static int
answer_echo(int fd, struct request *r)
{
	return send_body(fd, "", r->text.data, r->head + r->body);
}

/* The number of the connection. */
static int
answer_which(int fd, struct request *r)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", r->connection);
	return send_body(fd, "", text, strlen(text));
}

/* Eight digits and a line feed, counting, for ever. */
static int
answer_flood(int fd, struct request *r)
{
	const char *head = "HTTP/1.1 200 OK\r\n\r\n";
	struct buf b = BUF_INIT(1 << 16);
	unsigned line = 0;

	(void)r;
	if (send_all(fd, head, strlen(head)) == -1)
		return -1;
	do {
		buf_clear(&b);
		for (int i = 0; i < 1000; i++)
			buf_addf(&b, "%08u\n", line++);
	} while (send_all(fd, b.data, b.len) == 0);
	buf_release(&b);
	return -1;
}

static int
answer_headers(int fd, struct request *r)
{
	struct buf b = BUF_INIT(1 << 20);
	int result;

	(void)r;
	buf_adds(&b, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 5000; i++)
		buf_addf(&b, "X-%d: %0100d\r\n", i, i);
	buf_adds(&b, "Content-Length: 0\r\n\r\n");
	result = send_all(fd, b.data, b.len);
	buf_release(&b);
	return result;
}

/* 12 KiB of 100 000 bytes. */
static int
answer_stall(int fd, struct request *r)
{
	struct buf b = BUF_INIT(1 << 20);
	int result;

	(void)r;
	buf_adds(&b, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
	for (int i = 0; i < 12 * 1024; i++)
		buf_addc(&b, 'x');
	result = send_all(fd, b.data, b.len);
	buf_release(&b);
	return result;
}

static int
answer_gzip(int fd, struct request *r)
{
	static const char packed[] =
	    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcb\x48\xcd\xc9\xc9\xe7"
	    "\x02\x00\x20\x30\x3a\x36\x06\x00\x00\x00";

	if (!text_contains(buf_str(&r->text), "accept-encoding: gzip"))
		return send_body(fd, "", "plain\n", 6);
	return send_body(fd, "Content-Encoding: gzip\r\n", packed,
	    sizeof(packed) - 1);
}

static const struct {
	const char *path;
	const char *reply;	/* or: */
	answer_fn *answer;
	int close;
} answers[] = {
	{.path = "/hello", .reply = "HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a:  2 \r\n"
	    "Content-Length: 6\r\n\r\nhello\n"},
	{.path = "/chunked", .reply = "HTTP/1.1 200 OK\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n"
	    "0\r\n\r\n"},
	{.path = "/continued", .reply = "HTTP/1.1 100 Continue\r\nX-Early: 1"
	    "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"},
	{.path = "/missing", .reply = "HTTP/1.1 404 Not Found\r\n"
	    "Content-Length: 14\r\n\r\nno such thing\n"},
	{.path = "/goodbye", .reply = "HTTP/1.1 200 OK\r\n"
	    "Content-Length: 3\r\n\r\nbye", .close = 1},
	{.path = "/same", .reply = "HTTP/1.1 302 Found\r\n"
	    "Location: /hello\r\nContent-Length: 4\r\n\r\nhere"},
	{.path = "/across", .reply = "HTTP/1.1 302 Found\r\n"
	    "Location: http://other.invalid/\r\nContent-Length: 0\r\n\r\n"},
	{.path = "/file", .reply = "HTTP/1.1 302 Found\r\n"
	    "Location: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"},
	{.path = "/loop", .reply = "HTTP/1.1 302 Found\r\n"
	    "Location: /loop\r\nContent-Length: 0\r\n\r\n"},
	{.path = "/half", .reply = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n"
	    "\r\n0123456789", .close = 1},
	{.path = "/half-chunk", .reply = "HTTP/1.1 200 OK\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n64\r\nabc", .close = 1},
	{.path = "/bad-chunk", .reply = "HTTP/1.1 200 OK\r\n"
	    "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc", .close = 1},
	{.path = "/none", .reply = "", .close = 1},
	{.path = "/rubbish", .reply = "\033]0;owned\007 what?\r\n\r\n",
	    .close = 1},
	{.path = "/hang", .reply = ""},
	{.path = "/quiet", .reply = "HTTP/1.1 200 OK\r\n\r\nabc"},
	{.path = "/login", .reply = "HTTP/1.1 200 OK\r\n"
	    "Set-Cookie: lang=fr\r\n"
	    "Set-Cookie: authToken=cookie-secret; Path=/; HttpOnly\r\n"
	    "Set-Cookie: theme=dark\r\nContent-Length: 71\r\n\r\n"
	    "{\"status\":\"ok\",\"data\":{\"id\":\"p1\",\"items\":[{\"id\":"
	    "\"item-secret\"}]},\"n\":3}"},
	{.path = "/stall", .answer = answer_stall},
	{.path = "/echo", .answer = answer_echo},
	{.path = "/which", .answer = answer_which},
	{.path = "/flood", .answer = answer_flood},
	{.path = "/headers", .answer = answer_headers},
	{.path = "/gzip", .answer = answer_gzip},
	/* A bucket's objects. */
	{.path = "/backups/good.dump", .reply = "HTTP/1.1 200 OK\r\n"
	    "ETag: \"8332094ad496b015fd84aba01f2dae6d\"\r\n"
	    "Content-Length: 18\r\n\r\nPGDMP\nrow\nrow\nEND\n"},
	{.path = "/backups/bad.dump", .reply = "HTTP/1.1 200 OK\r\n"
	    "ETag: \"00000000000000000000000000000000\"\r\n"
	    "Content-Length: 18\r\n\r\nPGDMP\nrow\nrow\nEND\n"},
	{.path = "/backups/parts.dump", .reply = "HTTP/1.1 200 OK\r\n"
	    "ETag: \"00000000000000000000000000000000-2\"\r\n"
	    "Content-Length: 18\r\n\r\nPGDMP\nrow\nrow\nEND\n"},
	{.path = "/backups/parts.dump.sha256", .reply = "HTTP/1.1 200 OK\r\n"
	    "Content-Length: 77\r\n\r\n"
	    "c1e7872d544adac412b95ad47efbaa09a0c385a1dc9bb6970d8b9155578daf49"
	    "  parts.dump\n"},
	{.path = "/backups/half.dump", .reply = "HTTP/1.1 200 OK\r\n"
	    "Content-Length: 18\r\n\r\nPGDMP\nrow", .close = 1},
	{.path = "/backups/gone.dump", .reply = "HTTP/1.1 404 Not Found\r\n"
	    "Content-Length: 44\r\n\r\n"
	    "<Error><Code>NoSuchKey</Code></Error>       "},
	{.path = "/backups/denied.dump", .reply = "HTTP/1.1 403 Forbidden\r\n"
	    "Content-Length: 56\r\n\r\n"
	    "<Error><Code>SignatureDoesNotMatch</Code></Error>       "},
};

static http_script_fn *script;

static int
answer_script(int fd, struct request *r)
{
	struct buf reply = BUF_INIT(1 << 26);
	int result = script(r->text.data, &reply);

	if (send_all(fd, buf_str(&reply), reply.len) == -1)
		result = -1;
	buf_release(&reply);
	return result;
}

static int
answer(int fd, struct request *r)
{
	size_t n = strcspn(r->path, " ");

	if (script)
		return answer_script(fd, r);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (strncmp(answers[i].path, r->path, n) != 0 ||
		    answers[i].path[n])
			continue;
		if (answers[i].answer)
			return answers[i].answer(fd, r);
		if (send_all(fd, answers[i].reply,
		    strlen(answers[i].reply)) == -1)
			return -1;
		return answers[i].close ? -1 : 0;
	}
	return -1;
}

static int
read_request(int fd, struct request *r)
{
	char data[4096], *end, *length;
	int64_t body = 0;
	ssize_t n;

	for (;;) {
		end = strstr(buf_str(&r->text), "\r\n\r\n");
		if (end) {
			length = strcasestr(r->text.data, "\r\nContent-Length:");
			body = length ? strtol(length + 17, NULL, 10) : 0;
			r->head = end + 4 - r->text.data;
			r->body = body;
			if (r->text.len >= r->head + r->body)
				break;
		}
		n = recv(fd, data, sizeof(data), 0);
		if (n <= 0 || buf_add(&r->text, data, n) == -1)
			return -1;
	}
	r->path = strchr(r->text.data, ' ');
	return r->path++ ? 0 : -1;
}

static void
serve(int listener)
{
	struct request r = {.text = BUF_INIT(1 << 24)};
	int fd;

	/* One process a connection; none survives the test. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	while ((fd = accept(listener, NULL, NULL)) != -1) {
		r.connection++;
		if (fork() != 0) {
			close(fd);
			continue;
		}
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(listener);
		while (read_request(fd, &r) == 0 && answer(fd, &r) == 0)
			buf_consume(&r.text, r.head + r.body);
		_exit(0);
	}
	_exit(0);
}

struct http_server
http_server_start(const char *path)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(in);
	struct http_server s = {0};
	int fd = socket(path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC,
	    0);

	if (path) {
		snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
		ck_assert_int_eq(bind(fd, (struct sockaddr *)&un, sizeof(un)),
		    0);
	} else {
		ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, sizeof(in)),
		    0);
		getsockname(fd, (struct sockaddr *)&in, &len);
		s.port = ntohs(in.sin_port);
	}
	ck_assert_int_eq(listen(fd, 64), 0);
	s.pid = fork();
	if (s.pid == 0)
		serve(fd);
	close(fd);
	return s;
}

struct http_server
http_server_script(http_script_fn *fn)
{
	struct http_server s;

	script = fn;
	s = http_server_start(NULL);
	script = NULL;
	return s;
}

void
http_server_stop(struct http_server *s)
{
	if (!s->pid)
		return;
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	s->pid = 0;
}
