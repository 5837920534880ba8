/*
 * Requests as a hostile peer would send them: any lines at all after a correct
 * hello, to a server that observes nothing.
 */
#include "fuzz.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/log.h"
#include "server/internal.h"

#define HELLO "{\"id\":1,\"op\":\"hello\",\"protocol\":1}\n"
#define SIZE_LIMIT (32 * 1024)

static const char configuration[] =
    "project: fuzz\n"
    "environments:\n"
    "  local: {engine: /nonexistent/docker.sock}\n";

static struct server the_server;

static void
start(void)
{
	struct server *s = &the_server;
	struct buf errors = BUF_INIT(4096);
	char dir[] = "/tmp/vigie-fuzz-XXXXXX", path[64];
	struct err e;

	log_open("/dev/null", LOG_LEVEL_ERROR, NULL);
	s->conf = conf_parse(configuration, strlen(configuration), "fuzz.yaml",
	    &errors);
	s->loop = loop_new(&e);
	s->config_path = xstrdup("/nonexistent/vigie.yaml");
	s->events = xcalloc(SERVER_EVENTS_MAX, sizeof(*s->events));
	model_init(&s->model);
	if (!s->conf || !s->loop || !mkdtemp(dir))
		abort();
	snprintf(path, sizeof(path), "%s/s", dir);
	if (listener_open(&s->listener, path, &e) != 0)
		abort();
}

static int
dial(void)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s",
	    the_server.listener.path);
	if (fd == -1 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == -1)
		abort();
	return fd;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char sink[4096];
	int fd, turns;

	if (!the_server.loop)
		start();
	if (size > SIZE_LIMIT)
		return 0;
	fd = dial();
	peer_accept(&the_server);
	(void)!write(fd, HELLO, strlen(HELLO));
	(void)!write(fd, data, size);
	(void)!write(fd, "\n", 1);
	shutdown(fd, SHUT_WR);
	/* Until the server has read to the end and let the peer go. */
	for (turns = 0; the_server.peers && turns < 1000; turns++) {
		loop_turn(the_server.loop, 10);
		while (read(fd, sink, sizeof(sink)) > 0)
			continue;
	}
	close(fd);
	peers_free(&the_server);
	loop_turn(the_server.loop, 0);
	return 0;
}
