#include "base/alloc.h"
#include "io/ssh-private.h"

enum {
	INPUT_MAX = 1 << 20,
	FEED_LOW = 64 * 1024,	/* the channel gets more below this */
	OUTPUT_MAX = 1 << 20,
	COMMAND_MAX = 30000,	/* libssh2 sends it in one packet */
};

struct ssh_exec {
	LIST_ENTRY(ssh_exec) link;
	struct ssh *ssh;
	char *command;
	struct buf input;
	bool end_input;		/* after what is in `input` */
	struct buf out, err;
	bool truncated;
	child_output_fn *output;
	child_done_fn *done;
	void *arg;
	struct loop_timer *deadline, *report;
	char *failure;		/* to be reported */
	struct ssh_channel *channel;
	struct child *child;
	bool finished;
};

static void
exec_free(struct ssh_exec *x)
{
	LIST_REMOVE(x, link);
	loop_timer_cancel(x->deadline);
	loop_timer_cancel(x->report);
	ssh_channel_cancel(x->channel);
	child_cancel(x->child);
	buf_release(&x->input);
	buf_release(&x->out);
	buf_release(&x->err);
	free(x->command);
	free(x->failure);
	free(x);
}

static void
finish(struct ssh_exec *x, struct child_result r)
{
	if (x->finished)
		return;
	x->finished = true;
	r.truncated |= x->truncated;
	r.out = buf_str(&x->out);
	r.out_len = x->out.len;
	r.err = buf_str(&x->err);
	r.err_len = x->err.len;
	x->done(&r, x->arg);
	exec_free(x);
}

static void
on_report(void *arg)
{
	struct ssh_exec *x = arg;

	x->report = NULL;
	finish(x, (struct child_result){.exit_code = -1, .error = x->failure});
}

/* Through the loop: `done` never comes from inside a call of the owner. */
static void
fail_soon(struct ssh_exec *x, const char *error)
{
	if (x->report)
		return;
	xstrset(&x->failure, error);
	x->report = loop_timer(x->ssh->loop, 0, on_report, x);
}

static void
on_deadline(void *arg)
{
	struct ssh_exec *x = arg;
	bool started = x->channel || x->child;

	x->deadline = NULL;
	finish(x, (struct child_result){
		.exit_code = -1,
		.timed_out = true,
		.error = started ? NULL : "the connection was not there in "
		    "time",
	});
}

/* --- on a channel of libssh2 --------------------------------------------- */

static void
feed(struct ssh_exec *x)
{
	size_t len = x->input.len;

	if (len && ssh_channel_queued(x->channel) < FEED_LOW) {
		if (len > FEED_LOW)
			len = FEED_LOW;
		ssh_channel_write(x->channel, x->input.data, len);
		buf_consume(&x->input, len);
	}
	if (!x->input.len && x->end_input)
		ssh_channel_end_input(x->channel);
}

static void
on_drained(void *arg)
{
	feed(arg);
}

static void
gather(struct ssh_exec *x, int which, const char *data, size_t len)
{
	struct buf *b = which == 1 ? &x->out : &x->err;
	size_t room = b->max - b->len;

	if (len > room) {
		x->truncated = true;
		len = room;
	}
	buf_add(b, data, len);
}

static void
on_data(int which, const char *data, size_t len, void *arg)
{
	struct ssh_exec *x = arg;

	if (x->output)
		x->output(which, data, len, x->arg);
	else
		gather(x, which, data, len);
}

static void
on_closed(const struct ssh_channel_end *end, void *arg)
{
	struct ssh_exec *x = arg;

	x->channel = NULL;
	if (end->lost && x->ssh->state == SSH_DOWN) {
		fail_soon(x, end->lost);
		return;
	}
	finish(x, (struct child_result){
		.exit_code = end->exit_code,
		.signal = end->signal,
		.error = end->refused ? end->refused : end->lost,
	});
}

static const struct ssh_channel_handler channel_handler = {
	.data = on_data,
	.drained = on_drained,
	.closed = on_closed,
};

/* --- through a control master -------------------------------------------- */

/* A client whose master went away says so and exits with 255. */
static bool
lost(const struct ssh_exec *x, const struct child_result *r)
{
	return r->exit_code == 255 && (x->ssh->state != SSH_UP ||
	    (r->err && strstr(r->err, "mux_client")));
}

static void
on_child_done(const struct child_result *result, void *arg)
{
	struct ssh_exec *x = arg;
	struct child_result r = *result;

	x->child = NULL;
	x->truncated = r.truncated;
	if (r.out_len)
		gather(x, 1, r.out, r.out_len);
	if (r.err_len)
		gather(x, 2, r.err, r.err_len);
	if (!r.error && lost(x, result))
		r.error = "connection lost";
	finish(x, r);
}

static void
start_child(struct ssh_exec *x)
{
	const char *argv[SSH_MASTER_ARGS + 2];
	size_t n = ssh_master_client(x->ssh->master, argv);

	argv[n++] = x->command;
	argv[n] = NULL;
	x->child = child_start(x->ssh->children, &(struct child_request){
		.argv = argv,
		.input = buf_str(&x->input),
		.input_len = x->input.len,
		.keep_input = !x->end_input,
		.output_max = x->out.max,
		.output = x->output ? on_data : NULL,
		.done = on_child_done,
		.arg = x,
	});
	buf_clear(&x->input);
}

/* --- for ssh.c ----------------------------------------------------------- */

static void
start(struct ssh_exec *x)
{
	if (x->channel || x->child || x->report || x->finished)
		return;
	if (x->ssh->master) {
		start_child(x);
		return;
	}
	x->channel = ssh_channel_exec(x->ssh->session, x->command,
	    &channel_handler, x);
	feed(x);
}

void
ssh_execs_start(struct ssh *s)
{
	struct ssh_exec *x;

	LIST_FOREACH(x, &s->execs, link)
		start(x);
}

void
ssh_execs_fail(struct ssh *s)
{
	struct ssh_exec *x;

	LIST_FOREACH(x, &s->execs, link) {
		child_cancel(x->child);
		x->child = NULL;
		fail_soon(x, s->error);
	}
}

void
ssh_execs_free(struct ssh *s)
{
	while (!LIST_EMPTY(&s->execs))
		exec_free(LIST_FIRST(&s->execs));
}

/* --- the interface ------------------------------------------------------- */

struct ssh_exec *
ssh_exec(struct ssh *s, const char *command, const struct child_request *r)
{
	struct ssh_exec *x = xcalloc(1, sizeof(*x));
	size_t max = r->output_max ? r->output_max : OUTPUT_MAX;

	x->ssh = s;
	x->command = xstrdup(command);
	x->output = r->output;
	x->done = r->done;
	x->arg = r->arg;
	x->end_input = !r->keep_input;
	buf_init(&x->input, INPUT_MAX + r->input_len);
	buf_add(&x->input, r->input, r->input_len);
	buf_init(&x->out, max);
	buf_init(&x->err, max);
	LIST_INSERT_HEAD(&s->execs, x, link);
	if (r->deadline_ms)
		x->deadline = loop_timer(s->loop, r->deadline_ms, on_deadline,
		    x);
	if (strlen(command) > COMMAND_MAX) {
		fail_soon(x, "the command is too long: hand it over through "
		    "standard input");
		return x;
	}
	ssh_want(s);
	if (s->state == SSH_UP)
		start(x);
	else if (s->state == SSH_DOWN)
		fail_soon(x, s->error);
	return x;
}

int
ssh_exec_write(struct ssh_exec *x, const char *data, size_t len)
{
	if (x->finished || x->end_input || x->report)
		return -1;
	if (x->child)
		return child_write(x->child, data, len);
	if (buf_add(&x->input, data, len) == -1)
		return -1;
	if (x->channel)
		feed(x);
	return 0;
}

void
ssh_exec_close_input(struct ssh_exec *x)
{
	x->end_input = true;
	if (x->child)
		child_close_input(x->child);
	else if (x->channel)
		feed(x);
}

void
ssh_exec_cancel(struct ssh_exec *x)
{
	if (x && !x->finished)
		exec_free(x);
}
