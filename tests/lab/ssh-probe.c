/*
 * One ssh host (io/ssh.h) driven by lines on standard input, so that a test in
 * another language can ask for anything and see every answer:
 *
 *   exec TAG DEADLINE_MS COMMAND     open TAG COMMAND (standard input stays)
 *   write TAG TEXT   eof TAG   cancel TAG
 *   get TAG SOCKET URL               stream TAG SOCKET URL
 *   pause TAG 0|1    stop TAG
 *   status   retry   quit
 *
 * Answers are one line each: a word, the tag, NAME=VALUE…, with the value of
 * the last name running to the end of the line.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/queue.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "io/ssh.h"

struct job {
	LIST_ENTRY(job) link;
	char *tag;
	struct ssh_exec *exec;
	struct http_transfer *transfer;
	int64_t started, bytes;
};

struct probe {
	struct loop *loop;
	struct children *children;
	struct http *http;
	struct ssh *ssh;
	struct buf input;
	LIST_HEAD(, job) jobs;
};

static struct job *
job_new(struct probe *p, const char *tag)
{
	struct job *j = xcalloc(1, sizeof(*j));

	j->tag = xstrdup(tag);
	j->started = clock_mono();
	LIST_INSERT_HEAD(&p->jobs, j, link);
	return j;
}

static void
job_free(struct job *j)
{
	LIST_REMOVE(j, link);
	free(j->tag);
	free(j);
}

static struct job *
job_find(struct probe *p, const char *tag)
{
	struct job *j;

	LIST_FOREACH(j, &p->jobs, link)
		if (strcmp(j->tag, tag) == 0)
			return j;
	return NULL;
}

/* --- answers ------------------------------------------------------------- */

static void
print_text(const char *s, size_t len)
{
	char *clean = text_clean(s, len);

	printf("%s\n", clean);
	free(clean);
}

static void
on_exec_done(const struct child_result *r, void *arg)
{
	struct job *j = arg;
	struct buf b = BUF_INIT(64 * 1024);

	printf("done %s exit=%d signal=%d timed_out=%d truncated=%d ms=%lld "
	    "bytes=%zu text=", j->tag, r->exit_code, r->signal, r->timed_out,
	    r->truncated, (long long)(clock_mono() - j->started), r->out_len);
	if (r->error)
		buf_addf(&b, "error: %s", r->error);
	else
		buf_add(&b, r->out, r->out_len < 4096 ? r->out_len : 4096);
	if (r->err_len)
		buf_addf(&b, " stderr: %.4096s", r->err);
	print_text(buf_str(&b), b.len);
	buf_release(&b);
	job_free(j);
}

static void
on_output(int which, const char *data, size_t len, void *arg)
{
	struct job *j = arg;

	printf("output %s which=%d text=", j->tag, which);
	print_text(data, len);
}

static void
on_reply(const struct http_reply *r, void *arg)
{
	struct job *j = arg;

	printf("reply %s status=%d ms=%lld bytes=%zu text=%s%.60s\n", j->tag,
	    r->status, (long long)(clock_mono() - j->started), r->body_len,
	    r->error ? "error: " : "", r->error ? r->error : r->body);
	job_free(j);
}

static bool
on_stream(const char *data, size_t len, void *arg)
{
	struct job *j = arg;

	j->bytes += len;
	printf("data %s total=%lld\n", j->tag, (long long)j->bytes);
	return true;
}

static const char *const states[] = {
	[SSH_IDLE] = "idle",
	[SSH_CONNECTING] = "connecting",
	[SSH_UP] = "up",
	[SSH_DOWN] = "down",
};

static void
print_status(struct probe *p)
{
	struct ssh_status s = ssh_status(p->ssh);
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	printf("state %s ms=%lld cpu_ms=%ld rss_kb=%ld transport=%s why=%s "
	    "error=%s\n", states[s.state], (long long)clock_mono(),
	    u.ru_utime.tv_sec * 1000 + u.ru_utime.tv_usec / 1000 +
	    u.ru_stime.tv_sec * 1000 + u.ru_stime.tv_usec / 1000,
	    u.ru_maxrss, s.transport, s.why, s.error);
}

static void
on_change(struct ssh *s, void *arg)
{
	print_status(arg);
}

/* --- questions ----------------------------------------------------------- */

static void
start_exec(struct probe *p, const char *tag, const char *command,
    int64_t deadline_ms, bool open)
{
	struct job *j = job_new(p, tag);

	j->exec = ssh_exec(p->ssh, command, &(struct child_request){
		.keep_input = open,
		.deadline_ms = deadline_ms,
		.output = open ? on_output : NULL,
		.done = on_exec_done,
		.arg = j,
	});
}

static void
start_get(struct probe *p, const char *tag, const char *remote,
    const char *url, bool stream)
{
	struct job *j = job_new(p, tag);

	j->transfer = http_start(p->http, &(struct http_request){
		.url = url,
		.unix_socket = ssh_socket(p->ssh, remote),
		.deadline_ms = stream ? 0 : 30000,
		.data = stream ? on_stream : NULL,
		.done = on_reply,
		.arg = j,
	});
}

/* Cut the next word off *rest. */
static char *
word(char **rest)
{
	char *w = *rest;
	size_t n = strcspn(w, " ");

	*rest = w + n + (w[n] == ' ');
	w[n] = '\0';
	return w;
}

static void
act_on_job(struct probe *p, const char *verb, char *rest)
{
	struct job *j = job_find(p, word(&rest));
	char *line;

	if (!j)
		return;
	if (strcmp(verb, "write") == 0) {
		line = xasprintf("%s\n", rest);
		printf("written %s rc=%d\n", j->tag,
		    ssh_exec_write(j->exec, line, strlen(line)));
		free(line);
	} else if (strcmp(verb, "eof") == 0) {
		ssh_exec_close_input(j->exec);
	} else if (strcmp(verb, "cancel") == 0) {
		ssh_exec_cancel(j->exec);
		job_free(j);
	} else if (strcmp(verb, "pause") == 0) {
		http_pause(j->transfer, *rest == '1');
	} else if (strcmp(verb, "stop") == 0) {
		http_cancel(j->transfer);
		job_free(j);
	}
}

static void
on_line(struct probe *p, char *line)
{
	char *verb = word(&line), *tag, *remote;
	int64_t ms;

	if (strcmp(verb, "exec") == 0) {
		tag = word(&line);
		if (text_int(word(&line), 0, INT32_MAX, &ms) == 0)
			start_exec(p, tag, line, ms, false);
	} else if (strcmp(verb, "open") == 0) {
		tag = word(&line);
		start_exec(p, tag, line, 0, true);
	} else if (strcmp(verb, "get") == 0 || strcmp(verb, "stream") == 0) {
		tag = word(&line);
		remote = word(&line);
		start_get(p, tag, remote, line, *verb == 's');
	} else if (strcmp(verb, "status") == 0) {
		print_status(p);
	} else if (strcmp(verb, "retry") == 0) {
		ssh_retry(p->ssh);
	} else if (strcmp(verb, "quit") == 0) {
		loop_stop(p->loop);
	} else {
		act_on_job(p, verb, line);
	}
}

static void
on_input(int fd, unsigned events, void *arg)
{
	struct probe *p = arg;
	char chunk[4096], *eol;
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR)) {
		loop_stop(p->loop);
		return;
	}
	buf_add(&p->input, chunk, n > 0 ? n : 0);
	while (p->input.len &&
	    (eol = memchr(p->input.data, '\n', p->input.len))) {
		size_t len = eol - p->input.data;
		char *line = xstrndup(p->input.data, len);

		buf_consume(&p->input, len + 1);
		on_line(p, line);
		free(line);
	}
}

int
main(int argc, char **argv)
{
	struct probe p = {.input = BUF_INIT(1 << 20)};
	struct ssh_options o = {.change = on_change, .arg = &p};
	struct loop_watch *watch;
	struct err e;
	int c;

	while ((c = getopt(argc, argv, "F:d:f:")) != -1)
		switch (c) {
		case 'F':
			o.config = optarg;
			break;
		case 'd':
			o.run_dir = optarg;
			break;
		case 'f':
			o.force = optarg;
			break;
		default:
			return 64;
		}
	o.host = argv[optind];
	if (!o.host || !o.run_dir) {
		fprintf(stderr, "usage: ssh-probe [-F config] [-f transport] "
		    "-d directory host\n");
		return 64;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	p.loop = loop_new(&e);
	p.children = p.loop ? children_new(p.loop, &e) : NULL;
	p.http = p.children ? http_new(p.loop, &e) : NULL;
	p.ssh = p.http ? ssh_new(p.loop, p.children, p.http, &o, &e) : NULL;
	if (!p.ssh) {
		fprintf(stderr, "ssh-probe: %s\n", e.text);
		return 2;
	}
	watch = loop_watch(p.loop, 0, LOOP_READ, on_input, &p);
	loop_run(p.loop);
	loop_unwatch(watch);
	http_free(p.http);
	ssh_free(p.ssh);
	children_free(p.children);
	while (!LIST_EMPTY(&p.jobs))
		job_free(LIST_FIRST(&p.jobs));
	loop_free(p.loop);
	buf_release(&p.input);
	return 0;
}
