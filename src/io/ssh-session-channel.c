#include <signal.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "io/ssh-session-private.h"

enum channel_state {
	CHANNEL_QUEUED,		/* for its turn to be opened */
	CHANNEL_OPENING,
	CHANNEL_STARTING,	/* the command is being asked for */
	CHANNEL_OPEN,
	CHANNEL_LEAVING,	/* libssh2 still has to free it */
	CHANNEL_GONE,
};

struct ssh_channel {
	struct ssh_channel *next, *prev;
	struct ssh_session *session;
	LIBSSH2_CHANNEL *ch;
	enum channel_state state;
	bool command;		/* else a Unix socket */
	char *text;		/* command line or path */
	struct buf out;
	size_t stuck;		/* length libssh2 insists to be given again */
	bool end_input, eof_sent, eof_seen, paused;
	bool silent;		/* cancelled, or told: no more callbacks */
	const struct ssh_channel_handler *handler;
	void *arg;
};

/* --- what the owner is told ---------------------------------------------- */

static void
tell_closed(struct ssh_channel *c, const struct ssh_channel_end *end)
{
	if (c->silent)
		return;
	c->silent = true;
	c->handler->closed(end, c->arg);
}

static int
signal_number(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} signals[] = {	/* RFC 4254 §6.10 */
		{"ABRT", SIGABRT}, {"ALRM", SIGALRM}, {"FPE", SIGFPE},
		{"HUP", SIGHUP}, {"ILL", SIGILL}, {"INT", SIGINT},
		{"KILL", SIGKILL}, {"PIPE", SIGPIPE}, {"QUIT", SIGQUIT},
		{"SEGV", SIGSEGV}, {"TERM", SIGTERM}, {"USR1", SIGUSR1},
		{"USR2", SIGUSR2},
	};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (strcmp(signals[i].name, name) == 0)
			return signals[i].number;
	return SIGTERM;
}

static void
leave(struct ssh_channel *c)
{
	c->state = CHANNEL_LEAVING;
	c->session->again = true;
}

static void
finish(struct ssh_channel *c)
{
	struct ssh_channel_end end = {.exit_code = -1};
	char *name = NULL;

	libssh2_channel_get_exit_signal(c->ch, &name, NULL, NULL, NULL, NULL,
	    NULL);
	if (name)
		end.signal = signal_number(name);
	else if (c->command)
		end.exit_code = libssh2_channel_get_exit_status(c->ch);
	if (name)
		libssh2_free(c->session->ssh, name);
	leave(c);
	tell_closed(c, &end);
}

/* --- opening ------------------------------------------------------------- */

static LIBSSH2_CHANNEL *
ask(struct ssh_session *s, const char *type, const struct buf *message)
{
	return libssh2_channel_open_ex(s->ssh, type, strlen(type),
	    CHANNEL_WINDOW, LIBSSH2_CHANNEL_PACKET_DEFAULT,
	    message->len ? message->data : NULL, message->len);
}

/* A refusal while other commands run is MaxSessions: wait for one to end. */
static void
refused(struct ssh_channel *c)
{
	struct ssh_session *s = c->session;

	if (c->command && s->commands > 0) {
		s->command_limit = s->commands;
		c->state = CHANNEL_QUEUED;
		return;
	}
	c->state = CHANNEL_GONE;
	tell_closed(c, &(struct ssh_channel_end){
		.exit_code = -1,
		.refused = session_last_error(s),
	});
}

static void
step_opening(struct ssh_session *s)
{
	struct ssh_channel *c = s->opening;
	struct buf message = BUF_INIT(64 * 1024);
	int rc;

	if (!c->command) {
		ssh_put_string(&message, c->text, strlen(c->text));
		ssh_put_string(&message, "", 0);
		ssh_put_u32(&message, 0);
	}
	c->ch = ask(s, c->command ? "session" :
	    "direct-streamlocal@openssh.com", &message);
	buf_release(&message);
	rc = c->ch ? 0 : libssh2_session_last_errno(s->ssh);
	if (rc == LIBSSH2_ERROR_EAGAIN)
		return;
	s->opening = NULL;
	s->again = true;
	if (c->ch) {
		s->commands += c->command;
		c->state = c->command ? CHANNEL_STARTING : CHANNEL_OPEN;
		if (c->silent)
			leave(c);
		else if (!c->command && c->handler->opened)
			c->handler->opened(c->arg);
	} else if (rc == LIBSSH2_ERROR_CHANNEL_FAILURE) {
		refused(c);
	} else {
		c->state = CHANNEL_GONE;
		session_die(s, SSH_END_LOST, "connection lost: %s",
		    session_last_error(s));
		tell_closed(c, &(struct ssh_channel_end){
			.exit_code = -1,
			.lost = s->error.text,
		});
	}
}

static void
step_ping(struct ssh_session *s)
{
	struct buf nothing = BUF_INIT(0);
	LIBSSH2_CHANNEL *ch = ask(s, "ping@vigie", &nothing);
	int rc = ch ? 0 : libssh2_session_last_errno(s->ssh);

	if (rc == LIBSSH2_ERROR_EAGAIN)
		return;
	s->pinging = false;
	s->again = true;
	if (ch)		/* a host that grants anything */
		libssh2_channel_free(ch);
	else if (rc != LIBSSH2_ERROR_CHANNEL_FAILURE)
		session_die(s, SSH_END_LOST, "connection lost: %s",
		    session_last_error(s));
}

static void
open_next(struct ssh_session *s)
{
	struct ssh_channel *c;
	bool room = !s->command_limit || s->commands < s->command_limit;

	if (s->opening || s->pinging)
		return;
	if (s->ping_wanted) {
		s->ping_wanted = false;
		s->pinging = true;
		return;
	}
	for (c = s->first; c; c = c->next)
		if (c->state == CHANNEL_QUEUED && (!c->command || room))
			break;
	if (!c)
		return;
	c->state = CHANNEL_OPENING;
	s->opening = c;
}

static void
step_starting(struct ssh_channel *c)
{
	struct ssh_session *s = c->session;
	int rc = libssh2_channel_process_startup(c->ch, "exec", 4, c->text,
	    strlen(c->text));

	if (rc == LIBSSH2_ERROR_EAGAIN)
		return;
	s->again = true;
	if (rc == 0) {
		c->state = CHANNEL_OPEN;
		if (!c->silent && c->handler->opened)
			c->handler->opened(c->arg);
		return;
	}
	if (s->peer_closed) {
		session_die(s, SSH_END_LOST, "connection lost: %s",
		    session_last_error(s));
		return;
	}
	leave(c);
	tell_closed(c, &(struct ssh_channel_end){
		.exit_code = -1,
		.refused = session_last_error(s),
	});
}

/* --- data ---------------------------------------------------------------- */

static bool
reading(const struct ssh_channel *c)
{
	return c->state == CHANNEL_OPEN && !c->paused && !c->silent &&
	    c->session->phase == PHASE_UP;
}

static void
step_read(struct ssh_channel *c, int which)
{
	struct ssh_session *s = c->session;
	ssize_t n;

	/* A few pieces a pass, so that nobody is starved. */
	for (int i = 0; i < 4 && reading(c); i++) {
		n = libssh2_channel_read_ex(c->ch, which == 2, s->chunk,
		    CHUNK_MAX);
		if (n == 0 || n == LIBSSH2_ERROR_EAGAIN)
			return;
		if (n < 0) {
			session_die(s, SSH_END_LOST, "connection lost: %s",
			    session_last_error(s));
			return;
		}
		s->again = true;
		if (c->handler->data)
			c->handler->data(which, s->chunk, n, c->arg);
	}
}

static void
step_write(struct ssh_channel *c)
{
	struct ssh_session *s = c->session;
	bool wrote = false;
	size_t len;
	ssize_t n;

	while (c->out.len && s->out.len < OUT_HIGH) {
		len = c->stuck ? c->stuck :
		    c->out.len < CHUNK_MAX ? c->out.len : CHUNK_MAX;
		n = libssh2_channel_write_ex(c->ch, 0, c->out.data, len);
		if (n == LIBSSH2_ERROR_EAGAIN)
			c->stuck = len;
		if (n == 0 || n == LIBSSH2_ERROR_EAGAIN)
			break;
		c->stuck = 0;
		if (n < 0 && s->peer_closed) {
			session_die(s, SSH_END_LOST, "connection lost: %s",
			    session_last_error(s));
			return;
		}
		/* The far side does not want more: what is left is void. */
		buf_consume(&c->out, n < 0 ? c->out.len : (size_t)n);
		s->again = wrote = true;
	}
	if (c->out.len == 0 && c->end_input && !c->eof_sent &&
	    libssh2_channel_send_eof(c->ch) != LIBSSH2_ERROR_EAGAIN)
		c->eof_sent = s->again = true;
	if (wrote && c->out.len == 0 && c->handler->drained && !c->silent)
		c->handler->drained(c->arg);
}

static void
step_open(struct ssh_channel *c)
{
	step_write(c);
	step_read(c, 1);
	step_read(c, 2);
	if (c->state != CHANNEL_OPEN || c->silent ||
	    c->session->phase != PHASE_UP)
		return;
	if (!c->eof_seen && libssh2_channel_eof(c->ch) == 1) {
		c->eof_seen = true;
		if (c->handler->eof)
			c->handler->eof(c->arg);
	}
	if (c->state == CHANNEL_OPEN && c->eof_seen && !c->silent &&
	    libssh2_channel_wait_closed(c->ch) == 0)
		finish(c);
}

static void
step_leaving(struct ssh_channel *c)
{
	struct ssh_session *s = c->session;

	if (libssh2_channel_free(c->ch) == LIBSSH2_ERROR_EAGAIN)
		return;
	c->ch = NULL;
	c->state = CHANNEL_GONE;
	s->commands -= c->command;
	if (s->commands == 0)
		s->command_limit = 0;
	s->again = true;
}

/* --- all of them --------------------------------------------------------- */

void
channels_step(struct ssh_session *s)
{
	open_next(s);
	if (s->pinging)
		step_ping(s);
	if (s->opening)
		step_opening(s);
	for (struct ssh_channel *c = s->first;
	    c && s->phase == PHASE_UP; c = c->next) {
		if (c->state == CHANNEL_STARTING)
			step_starting(c);
		if (c->state == CHANNEL_OPEN)
			step_open(c);
		if (c->state == CHANNEL_LEAVING)
			step_leaving(c);
	}
}

void
channels_drain(struct ssh_session *s)
{
	/* Waiting for an end of file reads the socket and, unlike reading
	 * the channel, leaves the window as it is. */
	for (struct ssh_channel *c = s->first; c; c = c->next)
		if (c->state == CHANNEL_OPEN && !c->eof_seen) {
			libssh2_channel_wait_eof(c->ch);
			if (s->peer_closed)
				session_die(s, SSH_END_LOST,
				    "connection lost: %s",
				    session_last_error(s));
			if (!s->readable)
				return;
		}
	/* Nobody to read through: ask for something. */
	if (!s->opening && !s->pinging && !s->ping_wanted) {
		s->ping_wanted = true;
		s->again = true;
	}
}

static void
unlink_channel(struct ssh_channel *c)
{
	struct ssh_session *s = c->session;

	*(c->prev ? &c->prev->next : &s->first) = c->next;
	*(c->next ? &c->next->prev : &s->last) = c->prev;
	buf_release(&c->out);
	free(c->text);
	free(c);
}

void
channels_reap(struct ssh_session *s)
{
	struct ssh_channel *c, *next;

	for (c = s->first; c; c = next) {
		next = c->next;
		if (c->state == CHANNEL_GONE)
			unlink_channel(c);
	}
}

void
channels_lost(struct ssh_session *s, const char *why)
{
	/* A callback may cancel others or ask for more. */
	for (struct ssh_channel *c = s->first; c; c = c->next)
		tell_closed(c, &(struct ssh_channel_end){
			.exit_code = -1,
			.lost = why,
		});
}

void
channels_free(struct ssh_session *s)
{
	while (s->first)	/* libssh2_session_free() frees its part */
		unlink_channel(s->first);
}

/* --- the owner's side ---------------------------------------------------- */

static struct ssh_channel *
channel_new(struct ssh_session *s, bool command, const char *text,
    const struct ssh_channel_handler *h, void *arg)
{
	struct ssh_channel *c = xcalloc(1, sizeof(*c));

	c->session = s;
	c->command = command;
	c->text = xstrdup(text);
	buf_init(&c->out, SSH_CHANNEL_QUEUE_MAX);
	c->handler = h;
	c->arg = arg;
	c->prev = s->last;
	*(s->last ? &s->last->next : &s->first) = c;
	s->last = c;
	session_kick(s);
	return c;
}

struct ssh_channel *
ssh_channel_exec(struct ssh_session *s, const char *command,
    const struct ssh_channel_handler *h, void *arg)
{
	return channel_new(s, true, command, h, arg);
}

struct ssh_channel *
ssh_channel_streamlocal(struct ssh_session *s, const char *path,
    const struct ssh_channel_handler *h, void *arg)
{
	return channel_new(s, false, path, h, arg);
}

int
ssh_channel_write(struct ssh_channel *c, const char *data, size_t len)
{
	if (c->end_input || c->silent || buf_add(&c->out, data, len) == -1)
		return -1;
	session_kick(c->session);
	return 0;
}

size_t
ssh_channel_queued(const struct ssh_channel *c)
{
	return c->out.len;
}

void
ssh_channel_end_input(struct ssh_channel *c)
{
	c->end_input = true;
	session_kick(c->session);
}

void
ssh_channel_pause(struct ssh_channel *c, bool paused)
{
	if (c->paused == paused)
		return;
	c->paused = paused;
	if (!paused)
		session_kick(c->session);
}

void
ssh_channel_cancel(struct ssh_channel *c)
{
	if (!c)
		return;
	c->silent = true;
	switch (c->state) {
	case CHANNEL_QUEUED:
		c->state = CHANNEL_GONE;
		break;
	case CHANNEL_STARTING:
	case CHANNEL_OPEN:
		c->state = CHANNEL_LEAVING;
		break;
	case CHANNEL_OPENING:
	case CHANNEL_LEAVING:
	case CHANNEL_GONE:
		break;
	}
	session_kick(c->session);
}
