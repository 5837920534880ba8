#include "io/ssh-session.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "io/ssh-session-private.h"

enum {
	QUIET_MS = 7000,	/* then we ask */
	ANSWER_MS = 8000,	/* and wait so long */
	READ_BUDGET = 512 * 1024,
	OUT_MAX = 16 * 1024 * 1024,
	GREETING_MAX = 64 * 1024,
};

/* --- the socket ---------------------------------------------------------- */

static ssize_t
on_send(libssh2_socket_t fd, const void *data, size_t len, int flags,
    void **abstract)
{
	struct ssh_session *s = *abstract;

	if (s->phase == PHASE_DEAD)
		return -EPIPE;
	return buf_add(&s->out, data, len) == 0 ? (ssize_t)len : -ENOBUFS;
}

static ssize_t
on_recv(libssh2_socket_t fd, void *data, size_t len, int flags,
    void **abstract)
{
	struct ssh_session *s = *abstract;
	ssize_t n;

	if (s->phase == PHASE_DEAD)
		return -ECONNRESET;
	s->readable = false;
	if (s->budget == 0)
		return -EAGAIN;
	n = recv(s->fd, data, len, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return -EAGAIN;
	if (n <= 0) {
		s->peer_closed = true;
		s->peer_errno = n == 0 ? 0 : errno;
		return n == 0 ? 0 : -errno;
	}
	if (s->phase == PHASE_HANDSHAKE)
		buf_add(&s->greeting, data, n);
	s->budget -= (size_t)n < s->budget ? (size_t)n : s->budget;
	s->heard = clock_mono();
	s->last_byte = clock_wall();
	s->again = true;
	return n;
}

static void
flush(struct ssh_session *s)
{
	ssize_t n;

	while (s->out.len && s->phase != PHASE_DEAD) {
		n = send(s->fd, s->out.data, s->out.len, MSG_NOSIGNAL);
		if (n > 0) {
			buf_consume(&s->out, n);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			session_die(s, SSH_END_LOST, "connection lost: %s",
			    strerror(errno));
		return;
	}
}

/* --- life and death ------------------------------------------------------ */

void
session_die(struct ssh_session *s, enum ssh_end why, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (s->phase == PHASE_DEAD)
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	s->phase = PHASE_DEAD;
	s->why = why;
	err_set(&s->error, "%s", text);
	free(text);
}

const char *
session_last_error(struct ssh_session *s)
{
	char *text;

	if (s->peer_closed)
		return s->peer_errno ? strerror(s->peer_errno) :
		    "the host closed the connection";
	libssh2_session_last_error(s->ssh, &text, NULL, 0);
	return text && *text ? text : "unknown error";
}

static void
on_liveness(void *arg)
{
	struct ssh_session *s = arg;
	int64_t now, quiet, due;

	s->liveness = NULL;
	/* What has arrived in the meantime counts, however late we look. */
	if (!session_pump(s))
		return;
	now = clock_mono();
	quiet = now - s->heard;
	due = QUIET_MS - quiet;
	if (quiet >= QUIET_MS && s->asked <= s->heard) {
		s->ping_wanted = !s->opening;
		s->asked = now;
		due = ANSWER_MS;
	} else if (quiet >= QUIET_MS) {
		due = s->asked + ANSWER_MS - now;
	}
	s->liveness = loop_timer(s->loop, due > 0 ? due : 1, on_liveness, s);
	if (quiet >= QUIET_MS && s->asked + ANSWER_MS <= now)
		session_die(s, SSH_END_LOST,
		    "no answer for %d s", (int)(quiet / 1000));
	session_pump(s);
}

/* --- handshake ----------------------------------------------------------- */

static void
judge_hostkey(struct ssh_session *s)
{
	const char *key, *digest;
	struct err e = {""};
	size_t len;
	int type;

	key = libssh2_session_hostkey(s->ssh, &len, &type);
	digest = libssh2_hostkey_hash(s->ssh, LIBSSH2_HOSTKEY_HASH_SHA256);
	if (!key || !digest)
		session_die(s, SSH_END_LOST, "the host has shown no key");
	else if (s->o.hostkey((const unsigned char *)key, len,
	    (const unsigned char *)digest, s->o.arg, &e) == -1)
		session_die(s, SSH_END_HOSTKEY, "%s", e.text);
	else
		s->phase = PHASE_AUTH;
}

static void
nothing_in_common(struct ssh_session *s)
{
	char *gap = ssh_kexinit_gap(
	    (const unsigned char *)buf_str(&s->greeting), s->greeting.len,
	    &s->offer);

	session_die(s, SSH_END_ALGORITHMS, "libssh2 %s cannot: %s",
	    libssh2_version(0), gap ? gap : session_last_error(s));
	free(gap);
}

static void
handshake(struct ssh_session *s)
{
	int rc = libssh2_session_handshake(s->ssh, s->fd);

	if (rc == LIBSSH2_ERROR_EAGAIN)
		return;
	if (rc == 0) {
		buf_release(&s->greeting);
		judge_hostkey(s);
		s->again = true;
		return;
	}
	/* When nothing is in common libssh2 says so itself; a host that hung
	 * up, or bytes that make no sense, are another matter. */
	if (!s->peer_closed && (rc == LIBSSH2_ERROR_KEX_FAILURE ||
	    rc == LIBSSH2_ERROR_METHOD_NOT_SUPPORTED ||
	    rc == LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE))
		nothing_in_common(s);
	else
		session_die(s, SSH_END_LOST, "SSH handshake failed: %s",
		    session_last_error(s));
}

/* --- the pump ------------------------------------------------------------ */

static void
step(struct ssh_session *s)
{
	switch (s->phase) {
	case PHASE_HANDSHAKE:
		handshake(s);
		break;
	case PHASE_AUTH:
		auth_step(s);
		if (s->phase == PHASE_UP) {
			s->heard = clock_mono();
			s->liveness = loop_timer(s->loop, QUIET_MS,
			    on_liveness, s);
			s->again = true;
			s->o.up(s->o.arg);
		}
		break;
	case PHASE_UP:
		channels_step(s);
		break;
	case PHASE_DEAD:
		break;
	}
}

static void
be_quiet(struct ssh_session *s)
{
	loop_unwatch(s->watch);
	loop_timer_cancel(s->kick);
	loop_timer_cancel(s->liveness);
	s->watch = NULL;
	s->kick = s->liveness = NULL;
}

bool
session_pump(struct ssh_session *s)
{
	if (s->pumping) {
		s->again = true;
		return true;
	}
	if (!s->watch)	/* the end was told */
		return false;
	s->pumping = true;
	s->budget = READ_BUDGET;
	do {
		s->again = false;
		step(s);
		if (s->readable && s->phase == PHASE_UP && !s->again)
			channels_drain(s);
		flush(s);
		channels_reap(s);
	} while (s->again && s->phase != PHASE_DEAD && s->budget);
	s->pumping = false;
	/* Packets that were read may wait for a channel that was stepped
	 * before they came: the socket alone would not wake us. */
	if (s->again && s->phase != PHASE_DEAD)
		session_kick(s);
	if (s->phase == PHASE_DEAD) {
		be_quiet(s);
		s->o.ended(s->why, s->error.text, s->o.arg);
		return false;
	}
	loop_watch_set(s->watch, LOOP_READ | (s->out.len ? LOOP_WRITE : 0));
	return true;
}

static void
on_socket(int fd, unsigned events, void *arg)
{
	struct ssh_session *s = arg;

	s->readable = events & LOOP_READ;
	session_pump(s);
}

static void
on_kick(void *arg)
{
	struct ssh_session *s = arg;

	s->kick = NULL;
	session_pump(s);
}

void
session_kick(struct ssh_session *s)
{
	if (s->pumping)
		s->again = true;
	else if (!s->kick && s->watch)
		s->kick = loop_timer(s->loop, 0, on_kick, s);
}

/* --- making one ---------------------------------------------------------- */

/* Those of a comma-separated list that libssh2 has, in the list's order: given
 * others it cuts them out itself, with a memcpy() that overlaps. */
static void
supported(struct ssh_session *s, int method, const char *list, struct buf *b)
{
	const char **names;
	size_t n;
	int count = libssh2_session_supported_algs(s->ssh, method, &names);

	for (; *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		for (int i = 0; i < count; i++)
			if (strlen(names[i]) == n &&
			    memcmp(names[i], list, n) == 0)
				buf_addf(b, "%s%s", b->len ? "," : "",
				    names[i]);
	}
	if (count > 0)
		libssh2_free(s->ssh, names);
}

static void
prefer(struct ssh_session *s)
{
	const struct {
		int method;
		const char *name, *list;
		const char **offered;
	} preferences[] = {
		{LIBSSH2_METHOD_HOSTKEY, "host key", s->o.hostkeys,
		 &s->offer.hostkey},
		{LIBSSH2_METHOD_KEX, "key exchange", s->o.kex, &s->offer.kex},
		{LIBSSH2_METHOD_CRYPT_CS, "cipher", s->o.ciphers,
		 &s->offer.cipher},
		{LIBSSH2_METHOD_CRYPT_SC, "cipher", s->o.ciphers, NULL},
		{LIBSSH2_METHOD_MAC_CS, "MAC", s->o.macs, &s->offer.mac},
		{LIBSSH2_METHOD_MAC_SC, "MAC", s->o.macs, NULL},
	};
	struct buf b = BUF_INIT(16 * 1024);

	for (size_t i = 0; i < sizeof(preferences) / sizeof(preferences[0]);
	    i++) {
		if (!preferences[i].list)
			continue;
		buf_clear(&b);
		supported(s, preferences[i].method, preferences[i].list, &b);
		if (!b.len || libssh2_session_method_pref(s->ssh,
		    preferences[i].method, buf_str(&b)) != 0)
			session_die(s, SSH_END_ALGORITHMS, "libssh2 has no %s "
			    "algorithm that the ssh configuration allows",
			    preferences[i].name);
		if (preferences[i].offered)
			*preferences[i].offered = xstrdup(buf_str(&b));
	}
	buf_release(&b);
}

static char *const *
copy_list(char *const *list)
{
	size_t n = 0;
	char **copy;

	while (list && list[n])
		n++;
	copy = xcalloc(n + 1, sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		copy[i] = xstrdup(list[i]);
	return copy;
}

struct ssh_session *
ssh_session_new(struct loop *l, struct children *c, const char *run_dir,
    int fd, const struct ssh_session_options *o)
{
	static bool ready;
	struct ssh_session *s = xcalloc(1, sizeof(*s));

	if (!ready)
		ready = libssh2_init(0) == 0;
	s->loop = l;
	s->children = c;
	s->run_dir = xstrdup(run_dir);
	s->o = *o;
	s->o.user = xstrdup(o->user);
	s->o.agent = xstrdup_or_null(o->agent);
	s->o.hostkeys = xstrdup_or_null(o->hostkeys);
	s->o.ciphers = xstrdup_or_null(o->ciphers);
	s->o.macs = xstrdup_or_null(o->macs);
	s->o.kex = xstrdup_or_null(o->kex);
	s->o.identities = copy_list(o->identities);
	s->fd = fd;
	s->last_byte = TIME_UNKNOWN;
	buf_init(&s->out, OUT_MAX);
	buf_init(&s->greeting, GREETING_MAX);
	s->chunk = xmalloc(CHUNK_MAX);
	s->watch = loop_watch(l, fd, LOOP_READ, on_socket, s);
	s->ssh = ready ? libssh2_session_init_ex(NULL, NULL, NULL, s) : NULL;
	session_kick(s);
	if (!s->ssh) {
		session_die(s, SSH_END_ALGORITHMS, "libssh2 does not start");
		return s;
	}
	libssh2_session_set_blocking(s->ssh, 0);
	libssh2_session_callback_set(s->ssh, LIBSSH2_CALLBACK_SEND, on_send);
	libssh2_session_callback_set(s->ssh, LIBSSH2_CALLBACK_RECV, on_recv);
	prefer(s);
	auth_init(s);
	return s;
}

static void
goodbye(struct ssh_session *s)
{
	if (s->phase != PHASE_DEAD) {
		libssh2_session_disconnect(s->ssh, "bye");
		flush(s);
	}
	/* From here libssh2 meets a broken socket and waits for nothing. */
	s->phase = PHASE_DEAD;
}

void
ssh_session_free(struct ssh_session *s)
{
	if (!s)
		return;
	be_quiet(s);
	if (s->ssh)
		goodbye(s);
	channels_lost(s, *s->error.text ? s->error.text : "closed");
	channels_free(s);
	auth_release(s);
	if (s->ssh)
		libssh2_session_free(s->ssh);
	close(s->fd);
	buf_release(&s->out);
	buf_release(&s->greeting);
	free((char *)s->offer.kex);
	free((char *)s->offer.hostkey);
	free((char *)s->offer.cipher);
	free((char *)s->offer.mac);
	free(s->chunk);
	free(s->run_dir);
	free((char *)s->o.user);
	free((char *)s->o.agent);
	free((char *)s->o.hostkeys);
	free((char *)s->o.ciphers);
	free((char *)s->o.macs);
	free((char *)s->o.kex);
	for (size_t i = 0; s->o.identities[i]; i++)
		free(s->o.identities[i]);
	free((char **)s->o.identities);
	free(s);
}

int64_t
ssh_session_last_byte(const struct ssh_session *s)
{
	return s->last_byte;
}
