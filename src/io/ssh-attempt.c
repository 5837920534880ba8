#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"
#include "io/http-connect.h"
#include "io/ssh-config.h"
#include "io/ssh-hostkey.h"
#include "io/ssh-private.h"

/*
 * One try to reach a host: ssh -G, then ssh-keygen -F for each known_hosts
 * file, then TCP or a proxy command, then the session. Each step starts the
 * next one from its callback.
 */

enum {
	PROGRAM_MS = 10000,	/* Match exec may take its time */
	CONNECT_MS = 15000,	/* TCP, handshake and authentication */
	LAST_WORDS_MS = 1000,	/* of a proxy that failed */
	FILES_MAX = 16,
};

struct lookup {
	struct ssh_attempt *attempt;
	struct child *child;
	const char *file;	/* in target */
};

struct ssh_attempt {
	struct ssh *ssh;
	const struct ssh_attempt_handler *h;
	struct child *config;
	bool have_target;
	struct ssh_target target;
	struct lookup lookups[FILES_MAX];
	size_t lookup_count, lookups_left;
	struct ssh_knowns knowns;
	struct http_connect *connect;
	struct ssh_session *session;
	struct loop_timer *deadline, *last_words;
	int deadline_ms;
	const char *doing;
	char *failure;		/* while a proxy's last words are awaited */
};

static void
fail(struct ssh_attempt *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
fail(struct ssh_attempt *a, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	a->h->failed(a->ssh, text);
	free(text);
}

/* --- the host's key ------------------------------------------------------ */

static void
add_ssh_command(struct buf *b, const struct ssh *s)
{
	buf_adds(b, "ssh ");
	if (s->config) {
		buf_adds(b, "-F ");
		text_shell_quote(b, s->config);
		buf_addc(b, ' ');
	}
	text_shell_quote(b, s->host);
	buf_adds(b, " true");
}

static void
explain(struct ssh_attempt *a, enum ssh_hostkey_verdict verdict,
    const struct ssh_known *known, struct buf *b)
{
	const char *name = a->target.known_as;

	switch (verdict) {
	case SSH_HOSTKEY_UNKNOWN:
		buf_adds(b, ") is not known: compare it with the host's own, "
		    "then accept it once with: ");
		add_ssh_command(b, a->ssh);
		break;
	case SSH_HOSTKEY_CHANGED:
		buf_addf(b, ") HAS CHANGED, %s holds another: somebody may be "
		    "listening in. If the change is wanted: ssh-keygen -R ",
		    known->file);
		text_shell_quote(b, name);
		buf_adds(b, " -f ");
		text_shell_quote(b, known->file);
		buf_adds(b, " && ");
		add_ssh_command(b, a->ssh);
		break;
	case SSH_HOSTKEY_REVOKED:
		buf_addf(b, ") is revoked in %s: do not connect; find out why",
		    known->file);
		break;
	case SSH_HOSTKEY_OK:
		break;
	}
}

static int
on_hostkey(const unsigned char *key, size_t len,
    const unsigned char digest[32], void *arg, struct err *e)
{
	struct ssh *s = arg;
	struct ssh_attempt *a = s->attempt;
	const struct ssh_known *known;
	enum ssh_hostkey_verdict verdict =
	    ssh_hostkey_judge(&a->knowns, key, len, &known);
	struct buf b = BUF_INIT(ERR_TEXT_MAX);
	char *type;

	a->doing = "authentication";
	if (verdict == SSH_HOSTKEY_OK)
		return 0;
	type = ssh_blob_type(key, len);
	buf_addf(&b, "the host key of %s (%s ", a->target.known_as,
	    type ? type : "?");
	ssh_fingerprint(&b, digest);
	explain(a, verdict, known, &b);
	err_set(e, "%s", buf_str(&b));
	buf_release(&b);
	free(type);
	return -1;
}

/* --- the session --------------------------------------------------------- */

static void
report_failure(struct ssh_attempt *a)
{
	char *words = text_clean(buf_str(&a->ssh->proxy_words),
	    a->ssh->proxy_words.len);

	if (*words)
		fail(a, "%s (the proxy says: %s)", a->failure, words);
	else
		fail(a, "%s", a->failure);
	free(words);
}

static void
on_last_words(void *arg)
{
	struct ssh_attempt *a = arg;

	a->last_words = NULL;
	report_failure(a);
}

/* A proxy that failed may still be about to say why. */
static void
fail_session(struct ssh_attempt *a, const char *error)
{
	xstrset(&a->failure, error);
	loop_timer_cancel(a->deadline);
	a->deadline = NULL;
	if (a->ssh->proxy)
		a->last_words = loop_timer(a->ssh->loop, LAST_WORDS_MS,
		    on_last_words, a);
	else
		report_failure(a);
}

static void
on_up(void *arg)
{
	struct ssh *s = arg;
	struct ssh_attempt *a = s->attempt;
	struct ssh_session *session = a->session;

	a->session = NULL;
	a->h->session(s, session);
}

static void
on_ended(enum ssh_end end, const char *error, void *arg)
{
	struct ssh *s = arg;
	struct ssh_attempt *a = s->attempt;
	struct ssh_session *session;
	bool openssh = !s->force &&
	    (end == SSH_END_ALGORITHMS || end == SSH_END_AUTH_OPENSSH);
	char *text;

	if (!a || !a->session) {	/* it was handed over */
		s->handler->ended(s, error);
		return;
	}
	session = a->session;
	a->session = NULL;
	text = xstrdup(error);
	ssh_session_free(session);
	if (openssh)
		a->h->openssh(s, text);
	else
		fail_session(a, text);
	free(text);
}

static void
start_session(struct ssh_attempt *a, int fd)
{
	struct ssh *s = a->ssh;
	char *hostkeys = ssh_hostkey_algorithms(&a->knowns,
	    a->target.hostkey_algorithms);

	a->doing = "the SSH handshake";
	a->session = ssh_session_new(s->loop, s->children, s->run_dir, fd,
	    &(struct ssh_session_options){
		.user = a->target.user,
		.hostkeys = hostkeys,
		.ciphers = a->target.ciphers,
		.macs = a->target.macs,
		.kex = a->target.kex,
		.agent = a->target.agent,
		.identities = a->target.identities,
		.identities_only = a->target.identities_only,
		.gssapi = a->target.gssapi,
		.hostkey = on_hostkey,
		.up = on_up,
		.ended = on_ended,
		.arg = s,
	});
	free(hostkeys);
}

/* --- the wire ------------------------------------------------------------ */

static void
on_deadline(void *arg)
{
	struct ssh_attempt *a = arg;

	a->deadline = NULL;
	fail(a, "%s port %d: no answer within %d s (%s)", a->target.hostname,
	    a->target.port, a->deadline_ms / 1000, a->doing);
}

static void
on_connected(int fd, const char *error, void *arg)
{
	struct ssh_attempt *a = arg;

	a->connect = NULL;
	if (fd == -1)
		fail(a, "%s", error);
	else
		start_session(a, fd);
}

static void
on_proxy_output(int which, const char *data, size_t len, void *arg)
{
	struct ssh *s = arg;

	if (which == 2)
		buf_add(&s->proxy_words, data, len);
}

static void
on_proxy_done(const struct child_result *r, void *arg)
{
	struct ssh *s = arg;
	struct ssh_attempt *a = s->attempt;

	s->proxy = NULL;
	if (r->error)
		buf_adds(&s->proxy_words, r->error);
	if (a && a->last_words) {
		loop_timer_cancel(a->last_words);
		a->last_words = NULL;
		report_failure(a);
	}
}

static void
start_proxy(struct ssh_attempt *a, const char *const *argv)
{
	struct ssh *s = a->ssh;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1) {
		fail(a, "socketpair: %s", strerror(errno));
		return;
	}
	fcntl(pair[0], F_SETFL, O_NONBLOCK);
	child_cancel(s->proxy);
	buf_clear(&s->proxy_words);
	s->proxy = child_start(s->children, &(struct child_request){
		.argv = argv,
		.socket = pair[1],
		.output = on_proxy_output,
		.done = on_proxy_done,
		.arg = s,
	});
	close(pair[1]);
	start_session(a, pair[0]);
}

/* ssh's own way for ProxyJump: the last jump carries us, the others it. */
static void
start_jump(struct ssh_attempt *a)
{
	const struct ssh *s = a->ssh;
	const char *jumps = a->target.proxy_jump, *comma, *last;
	const char *argv[24];
	size_t n = 0;
	char *before, *to, *jump;

	comma = strrchr(jumps, ',');
	last = comma ? comma + 1 : jumps;
	before = comma ? xstrndup(jumps, comma - jumps) : NULL;
	to = xasprintf("[%s]:%d", a->target.hostname, a->target.port);
	jump = strncmp(last, "ssh://", 6) == 0 ? xstrdup(last) :
	    xasprintf("ssh://%s", last);
	argv[n++] = "ssh";
	if (s->config) {
		argv[n++] = "-F";
		argv[n++] = s->config;
	}
	argv[n++] = "-oBatchMode=yes";
	argv[n++] = "-oStrictHostKeyChecking=yes";
	argv[n++] = "-oUpdateHostKeys=no";
	argv[n++] = "-oConnectTimeout=15";
	if (before) {
		argv[n++] = "-J";
		argv[n++] = before;
	}
	argv[n++] = "-W";
	argv[n++] = to;
	argv[n++] = "--";
	argv[n++] = jump;
	argv[n] = NULL;
	start_proxy(a, argv);
	free(before);
	free(to);
	free(jump);
}

static void
start_command(struct ssh_attempt *a)
{
	char *line = xasprintf("exec %s", a->target.proxy_command);
	const char *argv[] = {"/bin/sh", "-c", line, NULL};

	start_proxy(a, argv);
	free(line);
}

static void
connect_it(struct ssh_attempt *a)
{
	struct ssh *s = a->ssh;

	if (!s->force && ssh_knowns_certificates_only(&a->knowns)) {
		a->h->openssh(s, "known_hosts trusts this host's certificate");
		return;
	}
	a->doing = "connecting";
	a->deadline_ms = CONNECT_MS;
	if (a->target.connect_timeout &&
	    a->target.connect_timeout < CONNECT_MS / 1000)
		a->deadline_ms = a->target.connect_timeout * 1000;
	a->deadline = loop_timer(s->loop, a->deadline_ms, on_deadline, a);
	if (a->target.proxy_command)
		start_command(a);
	else if (a->target.proxy_jump)
		start_jump(a);
	else
		a->connect = http_connect(s->http, a->target.hostname,
		    a->target.port, a->deadline_ms, on_connected, a);
}

/* --- known hosts --------------------------------------------------------- */

static void
on_lookup(const struct child_result *r, void *arg)
{
	struct lookup *l = arg;
	struct ssh_attempt *a = l->attempt;

	l->child = NULL;
	if (r->error || r->timed_out) {
		fail(a, "ssh-keygen -F: %s", r->error ? r->error :
		    "no answer within 10 s");
		return;
	}
	/* Exit codes: 0 found, 1 not there, 255 no such file. */
	if (r->exit_code == 0)
		ssh_knowns_add(&a->knowns, l->file, r->out, r->out_len);
	if (--a->lookups_left == 0)
		connect_it(a);
}

static void
look_up(struct ssh_attempt *a)
{
	char **files = a->target.known_hosts;

	for (size_t i = 0; files[i] && a->lookup_count < FILES_MAX; i++)
		if (access(files[i], R_OK) == 0)
			a->lookups[a->lookup_count++] = (struct lookup){
				.attempt = a,
				.file = files[i],
			};
	a->lookups_left = a->lookup_count;
	if (!a->lookup_count) {
		connect_it(a);
		return;
	}
	for (size_t i = 0; i < a->lookup_count; i++) {
		struct lookup *l = &a->lookups[i];
		const char *argv[] = {"ssh-keygen", "-F", a->target.known_as,
		    "-f", l->file, NULL};

		l->child = child_start(a->ssh->children,
		    &(struct child_request){
			.argv = argv,
			.deadline_ms = PROGRAM_MS,
			.done = on_lookup,
			.arg = l,
		});
	}
}

/* --- configuration ------------------------------------------------------- */

static int
parse(struct ssh_attempt *a, const struct child_result *r, struct err *e)
{
	struct passwd *pw = getpwuid(getuid());
	char hostname[256] = "";
	struct ssh_local who = {
		.home = pw ? pw->pw_dir : "/",
		.user = pw ? pw->pw_name : "",
		.hostname = hostname,
		.auth_sock = getenv("SSH_AUTH_SOCK"),
	};

	gethostname(hostname, sizeof(hostname) - 1);
	return ssh_target_parse(&a->target, a->ssh->host, r->out, r->out_len,
	    &who, e);
}

static void
on_config(const struct child_result *r, void *arg)
{
	struct ssh_attempt *a = arg;
	struct ssh *s = a->ssh;
	struct err e;
	char *words;

	a->config = NULL;
	if (r->error || r->timed_out) {
		fail(a, "ssh -G: %s", r->error ? r->error :
		    "no answer within 10 s (a Match exec?)");
		return;
	}
	if (r->exit_code != 0) {
		words = text_clean(r->err, r->err_len);
		fail(a, "ssh -G %s: %s", s->host, words);
		free(words);
		return;
	}
	if (parse(a, r, &e) == -1) {
		fail(a, "%s", e.text);
		return;
	}
	a->have_target = true;
	if (!s->force && a->target.openssh_only)
		a->h->openssh(s, a->target.openssh_only);
	else
		look_up(a);
}

struct ssh_attempt *
ssh_attempt_start(struct ssh *s, const struct ssh_attempt_handler *h)
{
	struct ssh_attempt *a = xcalloc(1, sizeof(*a));
	const char *argv[8];
	size_t n = 0;

	a->ssh = s;
	a->h = h;
	s->handler = h;
	argv[n++] = "ssh";
	argv[n++] = "-G";
	if (s->config) {
		argv[n++] = "-F";
		argv[n++] = s->config;
	}
	argv[n++] = "--";
	argv[n++] = s->host;
	argv[n] = NULL;
	a->config = child_start(s->children, &(struct child_request){
		.argv = argv,
		.deadline_ms = PROGRAM_MS,
		.done = on_config,
		.arg = a,
	});
	return a;
}

void
ssh_attempt_free(struct ssh_attempt *a)
{
	if (!a)
		return;
	child_cancel(a->config);
	for (size_t i = 0; i < a->lookup_count; i++)
		child_cancel(a->lookups[i].child);
	http_connect_cancel(a->connect);
	ssh_session_free(a->session);
	loop_timer_cancel(a->deadline);
	loop_timer_cancel(a->last_words);
	if (a->have_target)
		ssh_target_release(&a->target);
	ssh_knowns_release(&a->knowns);
	free(a->failure);
	free(a);
}
