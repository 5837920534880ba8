/* Life cycle: start, signals, configuration, stop. See internal.h. */
#include "server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/files.h"
#include "base/log.h"
#include "server/internal.h"
#include "source/backup-verify.h"

#define TICK_MS 1000
#define CONFIG_ERRORS_MAX (64 * 1024)

/* --- configuration -------------------------------------------------------- */

/* Changes whenever the file is replaced or edited; 0 when it is not there. */
static int64_t
config_stamp(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec +
	    (int64_t)st.st_ino;
}

int
server_reload(struct server *s, struct peer *by, struct err *e)
{
	struct buf errors = BUF_INIT(CONFIG_ERRORS_MAX);
	struct conf *fresh, *old = s->conf;
	char *text;

	/* Before it is read: what changes meanwhile is read next time. */
	s->config_mtime = config_stamp(s->config_path);
	fresh = conf_load(s->config_path, &errors);
	s->dirty = true;
	if (!fresh) {
		text = xasprintf("the new configuration is refused, the old "
		    "one stays in force: %.*s",
		    (int)strcspn(buf_str(&errors), "\n"), buf_str(&errors));
		log_error("%s", text);
		model_notice(&s->model, "config", STATUS_WARN, text);
		server_journal(s, by, "config-refused", NULL, text, NULL);
		err_set(e, "%s", text);
		free(text);
		buf_release(&errors);
		return -1;
	}
	buf_release(&errors);
	if (strcmp(fresh->socket, old->socket) != 0 ||
	    strcmp(fresh->state_dir, old->state_dir) != 0)
		log_warn("socket and state change at the next start only");
	runs_rest(s);
	s->conf = fresh;
	watch_configure(s);
	runs_wake(s);
	conf_free(old);
	peers_snapshot(s);
	log_info("configuration read again");
	server_journal(s, by, "config", NULL, "the configuration was read "
	    "again", NULL);
	return 0;
}

/* --- the loop's callbacks ------------------------------------------------- */

static void
tick(void *arg)
{
	struct server *s = arg;

	s->tick = loop_timer(s->loop, TICK_MS, tick, s);
	if (config_stamp(s->config_path) != s->config_mtime)
		server_reload(s, NULL, NULL);
	watch_tick(s);
}

static void
after_turn(void *arg)
{
	watch_publish(arg);
}

static void
on_signal(int signo, void *arg)
{
	struct server *s = arg;
	char text[64];

	if (signo == SIGHUP) {
		server_reload(s, NULL, NULL);
		return;
	}
	log_info("stopped by signal %d", signo);
	snprintf(text, sizeof(text), "the server was stopped by signal %d",
	    signo);
	server_journal(s, NULL, "server-stop", NULL, text, NULL);
	loop_stop(s->loop);
}

static void
on_connection(int fd, unsigned events, void *arg)
{
	(void)fd;
	(void)events;
	peer_accept(arg);
}

static void
on_changed(void *arg, const char *environment)
{
	struct server *s = arg;

	(void)environment;
	s->dirty = true;
}

static void
on_event(void *arg, const char *environment, const struct container_event *ev)
{
	streams_event(arg, environment, ev);
}

void
server_trouble(struct server *s, const char *key, enum status severity,
    const char *text)
{
	if (text) {
		log_warn("%s", text);
		model_notice(&s->model, key, severity, text);
	} else {
		model_notice_clear(&s->model, key);
	}
	s->dirty = true;
}

static void
on_history_trouble(void *arg, const char *text)
{
	server_trouble(arg, "history", STATUS_WARN, text);
}

static void
on_record_trouble(void *arg, const char *text)
{
	server_trouble(arg, "record", STATUS_CRIT, text);
}

static void
on_verdict(void *arg, const struct backup_verdict *v)
{
	struct server *s = arg;

	if (s->record)
		record_verdict(s->record, v);
	server_journal_verdict(s, v);
}

/* --- start and stop ------------------------------------------------------- */

static int
open_history(struct server *s)
{
	char *path = xasprintf("%s/history.db", s->conf->state_dir);
	struct err e;

	s->history = history_new(s->loop, &(struct history_options){
	    .path = path, .age_ms = s->conf->history_age_ms,
	    .max_bytes = s->conf->history_max_bytes,
	    .trouble = on_history_trouble, .arg = s}, &e);
	if (!s->history)
		log_warn("no history is kept: %s", e.text);
	free(path);
	return 0;
}

/* The world must be seen even when nothing can be put on record. */
static void
open_record(struct server *s)
{
	char *path = xasprintf("%s/record.db", s->conf->state_dir), *text;
	struct err e;

	s->record = record_new(s->loop, &(struct record_options){
	    .path = path, .trouble = on_record_trouble, .arg = s}, &e);
	if (!s->record) {
		text = xasprintf("nothing is put on record, no mark and no "
		    "lock holds: %s", e.text);
		on_record_trouble(s, text);
		free(text);
	}
	free(path);
}

static int
open_io(struct server *s, struct err *e)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGTERM};

	s->run_dir = xasprintf("%s/run", s->conf->state_dir);
	s->state_dir = xstrdup(s->conf->state_dir);
	if (files_make_directory(s->conf->state_dir, 0700, e) == -1 ||
	    files_make_directory(s->run_dir, 0700, e) == -1)
		return -1;
	/* The lock is ours: what lies there is a killed server's. */
	files_empty_directory(s->run_dir);
	verification_clean(s->state_dir);
	s->loop = loop_new(e);
	if (!s->loop || loop_signals(s->loop, signals, 3, on_signal, s, e) ==
	    -1)
		return -1;
	s->http = http_new(s->loop, e);
	s->children = s->http ? children_new(s->loop, e) : NULL;
	return s->children ? 0 : -1;
}

static void
server_free(struct server *s)
{
	size_t i;

	peers_free(s);
	runs_close(s);
	watch_stop(s);
	loop_timer_cancel(s->tick);
	loop_unwatch(s->listen_watch);
	listener_close(&s->listener);
	record_free(s->record);
	journal_free(s->journal);
	history_free(s->history);
	http_free(s->http);
	children_free(s->children);
	loop_free(s->loop);
	for (i = 0; i < s->event_count; i++)
		json_free(s->events[(s->event_head + i) % SERVER_EVENTS_MAX]);
	free(s->events);
	model_release(&s->model);
	conf_free(s->conf);
	free(s->config_path);
	free(s->run_dir);
	free(s->state_dir);
	free(s);
}

/* Tell whoever waits for the server: "+" when it is up, or what went wrong. */
static void
report(int fd, const char *text)
{
	if (fd == -1)
		return;
	(void)!write(fd, text, strlen(text));
	close(fd);
}

static void
serve(struct server *s)
{
	s->started_at = clock_wall();
	s->flushed_at = clock_mono();
	s->events = xcalloc(SERVER_EVENTS_MAX, sizeof(*s->events));
	s->world = (struct world){
		.loop = s->loop,
		.http = s->http,
		.children = s->children,
		.model = &s->model,
		.run_dir = s->run_dir,
		.state_dir = s->state_dir,
		.changed = on_changed,
		.verdict = on_verdict,
		.event = on_event,
		.arg = s,
	};
	s->listen_watch = loop_watch(s->loop, s->listener.fd, LOOP_READ,
	    on_connection, s);
	s->tick = loop_timer(s->loop, TICK_MS, tick, s);
	loop_after_turn(s->loop, after_turn, s);
	open_history(s);
	open_record(s);
	server_open_journal(s);
	watch_configure(s);
	runs_open(s);
	log_info("serving %s", s->listener.path);
	loop_run(s->loop);
}

/* The process that is the server. ready_fd: see report(). */
static int
run(struct conf *conf, int ready_fd)
{
	struct server *s = xcalloc(1, sizeof(*s));
	struct err e;
	int code = 2, opened;
	char *text;

	s->conf = conf;
	s->config_path = xstrdup(conf->path);
	s->config_mtime = config_stamp(s->config_path);
	s->listener = (struct listener){.fd = -1, .lock_fd = -1};
	model_init(&s->model);
	opened = listener_open(&s->listener, conf->socket, &e);
	if (opened == 0 && open_io(s, &e) == 0) {
		report(ready_fd, "+");
		serve(s);
		code = 0;
	} else if (opened == 1 && ready_fd != -1) {
		/* Two clients started a server at the same moment: one is
		 * enough. Who did so by hand is told. */
		text = xasprintf("+%s", e.text);
		report(ready_fd, text);
		free(text);
		code = 0;
	} else {
		log_error("%s", e.text);
		report(ready_fd, e.text);
	}
	server_free(s);
	return code;
}

/* Leave the terminal and the caller's process group for good. */
static void
detach(const struct conf *conf, bool debug)
{
	char *path = xasprintf("%s/server.log", conf->state_dir);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct err e;

	setsid();
	if (chdir("/") == -1)
		log_warn("cannot leave the working directory");
	if (files_make_directory(conf->state_dir, 0700, &e) == -1 ||
	    log_open(path, debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, &e) == -1)
		log_warn("%s", e.text);
	if (null != -1) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		close(null);
	}
	free(path);
}

/* Fork; the parent waits until the socket accepts, or tells why not. */
static int
run_in_background(struct conf *conf, bool debug)
{
	char text[ERR_TEXT_MAX];
	int fds[2];
	ssize_t n;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1 || (pid = fork()) == -1) {
		log_error("cannot start the server: %s", strerror(errno));
		return 2;
	}
	if (pid == 0) {
		close(fds[0]);
		detach(conf, debug);
		return run(conf, fds[1]);
	}
	close(fds[1]);
	do
		n = read(fds[0], text, sizeof(text) - 1);
	while (n == -1 && errno == EINTR);
	close(fds[0]);
	conf_free(conf);
	text[n > 0 ? n : 0] = '\0';
	if (text[0] == '+') {
		if (text[1])
			log_warn("%s", text + 1);
		return 0;
	}
	log_error("the server did not start: %s", n > 0 ? text :
	    "it ended at once, see server.log in the state directory");
	return 2;
}

int
server_run(const struct server_options *o)
{
	struct buf errors = BUF_INIT(CONFIG_ERRORS_MAX);
	struct conf *conf = conf_load(o->config, &errors);

	if (!conf) {
		fputs(buf_str(&errors), stderr);
		buf_release(&errors);
		return 2;
	}
	buf_release(&errors);
	if (!o->foreground)
		return run_in_background(conf, o->debug);
	log_open(NULL, o->debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, NULL);
	return run(conf, -1);
}
