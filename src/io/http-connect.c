#include "io/http-connect.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "io/http-transfer.h"

struct http_connect {
	struct http_transfer *transfer;
	http_connect_fn *fn;
	void *arg;
};

/* libcurl closes its own when the transfer ends. */
static int
keep(int theirs)
{
	int fd = fcntl(theirs, F_DUPFD_CLOEXEC, 0), on = 1;

	if (fd == -1)
		return -1;
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static void
on_done(const struct http_reply *reply, void *arg)
{
	struct http_connect *c = arg;
	const char *error = reply->error;
	int fd = -1;

	if (!error) {
		fd = keep(reply->socket);
		if (fd == -1)
			error = strerror(errno);
	}
	c->fn(fd, error, c->arg);
	free(c);
}

struct http_connect *
http_connect(struct http *h, const char *host, int port, int64_t deadline_ms,
    http_connect_fn *fn, void *arg)
{
	struct http_connect *c = xcalloc(1, sizeof(*c));
	bool literal = strchr(host, ':') != NULL;
	char *url = xasprintf("http://%s%s%s:%d", literal ? "[" : "", host,
	    literal ? "]" : "", port);
	const char *proxy = getenv("ALL_PROXY");

	if (!proxy)
		proxy = getenv("all_proxy");
	c->fn = fn;
	c->arg = arg;
	c->transfer = http_start(h, &(struct http_request){
		.url = url,
		.connect_only = true,
		.deadline_ms = deadline_ms,
		.done = on_done,
		.arg = c,
	});
	/* Through a proxy that speaks TLS the bare socket would be no use. */
	if (proxy && strncmp(proxy, "https:", 6) != 0 && c->transfer->easy)
		curl_easy_setopt(c->transfer->easy, CURLOPT_PROXY, proxy);
	free(url);
	return c;
}

void
http_connect_cancel(struct http_connect *c)
{
	if (!c)
		return;
	http_cancel(c->transfer);
	free(c);
}
