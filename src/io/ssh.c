#include "io/ssh.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "io/ssh-private.h"

#include <sys/random.h>

enum { RETRY_MIN_MS = 1000, RETRY_MAX_MS = 60000 };

static const struct ssh_attempt_handler attempt_handler;

/* --- state --------------------------------------------------------------- */

void
ssh_changed(struct ssh *s)
{
	if (s->change)
		s->change(s, s->arg);
}

static void
enter(struct ssh *s, enum ssh_state state)
{
	s->state = state;
	s->since = clock_wall();
	if (state != SSH_DOWN)
		s->next_try = TIME_UNKNOWN;
}

static void
connect_now(struct ssh *s)
{
	loop_timer_cancel(s->retry);
	s->retry = NULL;
	enter(s, SSH_CONNECTING);
	if (s->why || (s->force && strcmp(s->force, "openssh") == 0))
		attempt_handler.openssh(s, s->why ? s->why :
		    "the configuration says so");
	else
		s->attempt = ssh_attempt_start(s, &attempt_handler);
	ssh_changed(s);
}

static void
on_retry(void *arg)
{
	struct ssh *s = arg;

	s->retry = NULL;
	connect_now(s);
}

/* 1 s, doubling to 60 s; a random part keeps consoles from marching in step. */
static int64_t
next_delay(int failures)
{
	int64_t delay = RETRY_MIN_MS;
	uint16_t dice = 0;

	while (failures-- > 1 && delay < RETRY_MAX_MS)
		delay *= 2;
	if (delay > RETRY_MAX_MS)
		delay = RETRY_MAX_MS;
	if (getrandom(&dice, sizeof(dice), GRND_NONBLOCK) == -1)
		dice = 0;
	return delay * 3 / 4 + delay / 4 * dice / UINT16_MAX;
}

static void
down(struct ssh *s, const char *error)
{
	struct ssh_attempt *attempt = s->attempt;
	struct ssh_session *session = s->session;
	struct ssh_master *master = s->master;
	int64_t delay = next_delay(++s->failures);
	char *text = xstrdup(error);

	log_info("ssh %s: %s", s->host, text);
	xstrset(&s->error, text);
	free(text);
	s->attempt = NULL;
	s->session = NULL;
	s->master = NULL;
	enter(s, SSH_DOWN);
	s->next_try = s->since + delay;
	s->retry = loop_timer(s->loop, delay, on_retry, s);
	ssh_attempt_free(attempt);
	if (session)
		s->last_byte = ssh_session_last_byte(session);
	ssh_session_free(session);
	ssh_execs_fail(s);
	ssh_bridges_fail(s);
	ssh_master_free(master);
	child_cancel(s->proxy);
	s->proxy = NULL;
	ssh_changed(s);
}

static void
up(struct ssh *s)
{
	enter(s, SSH_UP);
	s->failures = 0;
	xstrset(&s->error, "");
	log_info("ssh %s: connected (%s)", s->host,
	    s->master ? "openssh" : "libssh2");
	ssh_execs_start(s);
	ssh_bridges_start(s);
	ssh_changed(s);
}

/* --- the attempt's ends -------------------------------------------------- */

static void
on_session(struct ssh *s, struct ssh_session *session)
{
	ssh_attempt_free(s->attempt);
	s->attempt = NULL;
	s->session = session;
	up(s);
}

static void
on_master_up(void *arg)
{
	up(arg);
}

static void
on_master_ended(const char *error, void *arg)
{
	down(arg, error);
}

static void
on_openssh(struct ssh *s, const char *why)
{
	char *text = xstrdup(why);

	if (xstrset(&s->why, text))
		log_info("ssh %s: using openssh: %s", s->host, text);
	free(text);
	ssh_attempt_free(s->attempt);
	s->attempt = NULL;
	child_cancel(s->proxy);
	s->proxy = NULL;
	s->master = ssh_master_new(s->loop, s->children, s->host, s->config,
	    s->run_dir, &(struct ssh_master_handler){
		.up = on_master_up,
		.ended = on_master_ended,
		.arg = s,
	});
}

static const struct ssh_attempt_handler attempt_handler = {
	.session = on_session,
	.openssh = on_openssh,
	.failed = down,
	.ended = down,
};

/* --- the interface ------------------------------------------------------- */

void
ssh_want(struct ssh *s)
{
	if (s->state == SSH_IDLE)
		connect_now(s);
}

struct ssh *
ssh_new(struct loop *l, struct children *c, struct http *h,
    const struct ssh_options *o, struct err *e)
{
	struct ssh *s;

	if (!*o->host || *o->host == '-') {
		err_set(e, "\"%s\" is not an ssh host", o->host);
		return NULL;
	}
	s = xcalloc(1, sizeof(*s));
	s->loop = l;
	s->children = c;
	s->http = h;
	s->host = xstrdup(o->host);
	s->config = xstrdup_or_null(o->config);
	s->run_dir = xstrdup(o->run_dir);
	s->force = xstrdup_or_null(o->force);
	s->change = o->change;
	s->arg = o->arg;
	s->error = xstrdup("");
	s->last_byte = TIME_UNKNOWN;
	buf_init(&s->proxy_words, 4096);
	LIST_INIT(&s->execs);
	LIST_INIT(&s->bridges);
	enter(s, SSH_IDLE);
	return s;
}

void
ssh_free(struct ssh *s)
{
	if (!s)
		return;
	ssh_execs_free(s);
	ssh_bridges_free(s);
	loop_timer_cancel(s->retry);
	ssh_attempt_free(s->attempt);
	ssh_session_free(s->session);
	ssh_master_free(s->master);
	child_cancel(s->proxy);
	buf_release(&s->proxy_words);
	free(s->host);
	free(s->config);
	free(s->run_dir);
	free(s->force);
	free(s->error);
	free(s->why);
	free(s);
}

struct ssh_status
ssh_status(const struct ssh *s)
{
	bool openssh = s->why ||
	    (s->force && strcmp(s->force, "openssh") == 0);

	return (struct ssh_status){
		.state = s->state,
		.transport = openssh ? "openssh" :
		    s->session ? "libssh2" : "",
		.why = s->why ? s->why : "",
		.error = s->error,
		.since = s->since,
		.next_try = s->next_try,
		.last_byte = s->session ? ssh_session_last_byte(s->session) :
		    s->last_byte,
	};
}

void
ssh_retry(struct ssh *s)
{
	if (s->state != SSH_DOWN)
		return;
	s->failures = 0;
	/* What made OpenSSH necessary may be mended. */
	xstrset(&s->why, NULL);
	connect_now(s);
}
