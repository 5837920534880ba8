/*
 * What the three ssh-session files share. Only they know libssh2.
 */
#ifndef IO_SSH_SESSION_PRIVATE_H
#define IO_SSH_SESSION_PRIVATE_H

#include <libssh2.h>

#include "base/buf.h"
#include "io/child.h"
#include "io/ssh-agent.h"
#include "io/ssh-key.h"
#include "io/ssh-kexinit.h"
#include "io/ssh-keyring.h"
#include "io/ssh-session.h"

/* Bytes a channel may have under way to us: what one stalled local reader
 * costs in memory. */
enum { CHANNEL_WINDOW = 256 * 1024 };
/* Channels write only while less than this waits for the socket. */
enum { OUT_HIGH = 256 * 1024 };

enum phase { PHASE_HANDSHAKE, PHASE_AUTH, PHASE_UP, PHASE_DEAD };

enum auth_step {
	AUTH_METHODS,		/* what does the host accept? */
	AUTH_AGENT,		/* ask an agent what it has */
	AUTH_WAIT,		/* until it has answered */
	AUTH_TRY,		/* offer the next key */
	AUTH_KEYRING,		/* identity files, through an agent of ours */
	AUTH_REFUSED,
};

struct auth {
	enum auth_step step;
	bool keyring_used;		/* the agent is ours */
	struct ssh_agent *agent;
	struct ssh_keyring *keyring;
	struct ssh_pubkeys wanted;	/* of identity files */
	char **files;			/* private, not encrypted; NULL-ended */
	size_t file_count;
	char *encrypted;		/* one that is, for the message */
	struct ssh_pubkeys keys;	/* what the agent has, best first */
	size_t next;			/* in keys */
	struct ssh_pubkeys tried;
	bool openssh_might;		/* a kind of key only it can use */
	char *remark;			/* of ssh-add, or NULL */
	unsigned char *sent;		/* public key as it is offered */
	size_t sent_len;
	enum { SIGN_IDLE, SIGN_ASKED, SIGN_READY, SIGN_FAILED } sign;
	unsigned char *signature;
	size_t signature_len;
};

struct ssh_session {
	struct loop *loop;
	struct children *children;
	char *run_dir;
	struct ssh_session_options o;	/* strings: the session's own copies */
	int fd;
	struct loop_watch *watch;
	struct loop_timer *kick, *liveness;
	LIBSSH2_SESSION *ssh;
	enum phase phase;

	struct buf out;			/* for the socket */
	char *chunk;			/* CHUNK_MAX bytes, for reading */
	size_t budget;			/* bytes this turn may still read */
	struct buf greeting;		/* what came during the handshake */
	struct ssh_offer offer;		/* ours; the strings are too */
	bool pumping, again;
	bool readable;			/* and nobody has read it yet */
	bool peer_closed;
	int peer_errno;

	struct ssh_channel *first, *last;
	struct ssh_channel *opening;	/* one at a time in libssh2 */
	bool ping_wanted, pinging;
	int commands, command_limit;	/* channels of type "session"; 0: none
					 * known */
	int64_t heard, asked;		/* clock_mono() */
	int64_t last_byte;		/* clock_wall() */

	struct auth auth;
	enum ssh_end why;
	struct err error;
};

enum { CHUNK_MAX = 32 * 1024 };

/* The connection is over; the pump tells once it is done. */
void session_die(struct ssh_session *s, enum ssh_end why, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Pump soon. */
void session_kick(struct ssh_session *s);
/* False when the session has ended and may be gone. */
bool session_pump(struct ssh_session *s);
/* libssh2's word for the last failure. */
const char *session_last_error(struct ssh_session *s);

void auth_init(struct ssh_session *s);
void auth_step(struct ssh_session *s);
void auth_release(struct ssh_session *s);

/* One pass over all channels. */
void channels_step(struct ssh_session *s);
void channels_reap(struct ssh_session *s);
/* Read the socket though no channel wants data. */
void channels_drain(struct ssh_session *s);
void channels_lost(struct ssh_session *s, const char *why);
void channels_free(struct ssh_session *s);

#endif
