/*
 * Pieces of the SSH formats that the transports need: strings on the wire,
 * base64, the readable head of an identity file, and the messages of an agent
 * (draft-miller-ssh-agent). Pure, and fed with bytes from outside.
 */
#ifndef IO_SSH_KEY_H
#define IO_SSH_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* --- the wire (RFC 4251 §5) --- */

struct ssh_reader {
	const unsigned char *p;
	size_t left;
	bool bad;	/* ran over the end; stays set */
};

uint32_t ssh_read_u32(struct ssh_reader *r);
/* Borrowed; NULL and *len 0 when it does not fit. */
const unsigned char *ssh_read_string(struct ssh_reader *r, size_t *len);
void ssh_put_u32(struct buf *b, uint32_t n);
void ssh_put_string(struct buf *b, const void *data, size_t len);

/* The caller frees both. Decoding skips white space; NULL when malformed. */
char *ssh_base64(const unsigned char *data, size_t len);
unsigned char *ssh_base64_decode(const char *s, size_t len, size_t *out_len);

/* --- public keys --- */

struct ssh_pubkey {
	unsigned char *blob;	/* NULL: none */
	size_t len;
	char *comment;		/* cleaned */
};

struct ssh_pubkeys {
	struct ssh_pubkey *keys;
	size_t count;
};

void ssh_pubkeys_release(struct ssh_pubkeys *k);
bool ssh_pubkeys_has(const struct ssh_pubkeys *k, const unsigned char *blob,
    size_t len);
/* Takes over the blob. */
void ssh_pubkeys_add(struct ssh_pubkeys *k, unsigned char *blob, size_t len,
    const char *comment);

/* What can be known of an identity file without a passphrase. */
struct ssh_identity {
	bool private;		/* holds a private key */
	bool encrypted;
	unsigned char *blob;	/* its public key, or NULL; the caller's */
	size_t len;
};

/* Contents of a private or public key file. -1 when it is neither. */
int ssh_identity_parse(struct ssh_identity *id, const char *text, size_t len);

/* --- agent messages: without the length in front --- */

void ssh_agent_put_list(struct buf *b);
void ssh_agent_put_sign(struct buf *b, const struct ssh_pubkey *key,
    const void *data, size_t len, uint32_t flags);
enum { SSH_AGENT_RSA_SHA2_256 = 2 };
int ssh_agent_parse_list(struct ssh_pubkeys *k, const unsigned char *reply,
    size_t len);
/* The bare signature, without its type; the caller frees it. NULL when the
 * agent refused. */
unsigned char *ssh_agent_parse_signature(const unsigned char *reply,
    size_t len, size_t *out_len);

#endif
