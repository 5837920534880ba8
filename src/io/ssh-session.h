/*
 * One SSH connection on libssh2, never blocking: handshake, the host's key,
 * authentication, and channels that call back. Everything goes through one
 * pump, which steps all channels until none has anything left to do; bytes to
 * the peer pass a buffer of our own, since libssh2 mixes channels up when a
 * write is cut short.
 *
 * A peer that stays silent for 7 s is asked for a channel of a type nobody has
 * (its refusal costs it one packet) and given up 8 s later.
 */
#ifndef IO_SSH_SESSION_H
#define IO_SSH_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"

struct ssh_session;
struct ssh_channel;

enum ssh_end {
	SSH_END_LOST,		/* the connection broke or went silent */
	SSH_END_HOSTKEY,	/* the hostkey callback refused */
	SSH_END_ALGORITHMS,	/* nothing in common with the host */
	SSH_END_AUTH,		/* the host took none of our keys */
	SSH_END_AUTH_OPENSSH,	/* the same, but OpenSSH might know a way */
};

struct ssh_session_options {
	const char *user;
	/* Comma-separated preferences, or NULL for libssh2's own. */
	const char *hostkeys, *ciphers, *macs, *kex;
	const char *agent;		/* socket path of an agent, or NULL */
	char *const *identities;	/* key files; NULL-ended */
	bool identities_only;
	bool gssapi;			/* OpenSSH could use Kerberos */
	/* The raw public key and its SHA-256: 0, or -1 with *e. */
	int (*hostkey)(const unsigned char *key, size_t len,
	    const unsigned char digest[32], void *arg, struct err *e);
	void (*up)(void *arg);
	/* Once, and the last call: free the session, in it or later; its
	 * channels are told then. */
	void (*ended)(enum ssh_end why, const char *error, void *arg);
	void *arg;
};

struct children;

/* Takes over fd, a connected stream. run_dir (0700) may get a socket. The
 * options' strings are copied. */
struct ssh_session *ssh_session_new(struct loop *l, struct children *c,
    const char *run_dir, int fd, const struct ssh_session_options *o);
/* Says goodbye, and tells channels that the connection is gone. Not from
 * inside a channel's callback. */
void ssh_session_free(struct ssh_session *s);
/* Wall ms when the peer was last heard. */
int64_t ssh_session_last_byte(const struct ssh_session *s);

struct ssh_channel_end {
	const char *refused;	/* never opened: why; else NULL */
	const char *lost;	/* the connection went: why; else NULL */
	int exit_code;		/* -1 when none was told */
	int signal;		/* that ended the command, or 0 */
};

/* Any may be NULL except closed. */
struct ssh_channel_handler {
	void (*opened)(void *arg);
	/* which: 1 or 2. */
	void (*data)(int which, const char *data, size_t len, void *arg);
	/* All that was queued has left. */
	void (*drained)(void *arg);
	/* No more data will come. */
	void (*eof)(void *arg);
	/* Once, and the last call; the channel is gone. */
	void (*closed)(const struct ssh_channel_end *end, void *arg);
};

/* No callback comes from inside these. Commands that the host has no room for
 * (MaxSessions) wait until another ends. */
struct ssh_channel *ssh_channel_exec(struct ssh_session *s,
    const char *command, const struct ssh_channel_handler *h, void *arg);
struct ssh_channel *ssh_channel_streamlocal(struct ssh_session *s,
    const char *path, const struct ssh_channel_handler *h, void *arg);
/* Queue; -1 when SSH_CHANNEL_QUEUE_MAX bytes are waiting. */
enum { SSH_CHANNEL_QUEUE_MAX = 1 << 20 };
int ssh_channel_write(struct ssh_channel *c, const char *data, size_t len);
size_t ssh_channel_queued(const struct ssh_channel *c);
/* EOF once the queue is empty. */
void ssh_channel_end_input(struct ssh_channel *c);
/* Take no more data: the window makes the far side wait. */
void ssh_channel_pause(struct ssh_channel *c, bool paused);
/* Close it; no more callbacks. NULL is accepted. */
void ssh_channel_cancel(struct ssh_channel *c);

#endif
