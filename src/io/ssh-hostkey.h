/*
 * Whether a host's key is the one the operator knows. The entries come from
 * `ssh-keygen -F name -f file`, which knows hashes, patterns and markers; the
 * judgement is made here, as ssh(1) would. Pure.
 */
#ifndef IO_SSH_HOSTKEY_H
#define IO_SSH_HOSTKEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct ssh_known {	/* one entry of a known_hosts file */
	char *file;
	char *type;	/* "ssh-ed25519" */
	char *key;	/* base64 */
	bool revoked, authority;
};

struct ssh_knowns {
	struct ssh_known *entries;
	size_t count;
};

enum ssh_hostkey_verdict {
	SSH_HOSTKEY_OK,
	SSH_HOSTKEY_UNKNOWN,	/* nothing recorded for this type */
	SSH_HOSTKEY_CHANGED,	/* another key of this type is recorded */
	SSH_HOSTKEY_REVOKED,
};

/* Add what one run printed for `file`. Lines that are no entry are skipped. */
void ssh_knowns_add(struct ssh_knowns *k, const char *file, const char *text,
    size_t len);
void ssh_knowns_release(struct ssh_knowns *k);

/* An entry that is neither revoked nor an authority, of this type or (NULL) of
 * any. Borrowed, or NULL. */
const struct ssh_known *ssh_knowns_find(const struct ssh_knowns *k,
    const char *type);
/* Only certificates are trusted for this host: what libssh2 cannot check. */
bool ssh_knowns_certificates_only(const struct ssh_knowns *k);

/* Judge a raw public key blob; *entry (may be NULL) gets the entry that
 * decided, or NULL. */
enum ssh_hostkey_verdict ssh_hostkey_judge(const struct ssh_knowns *k,
    const unsigned char *key, size_t len, const struct ssh_known **entry);

/* Algorithms to ask the host for, best first: those whose key is recorded,
 * then the others; only those in `allowed` (comma-separated; NULL: all) and
 * only what libssh2 can verify. "" when none is left. The caller frees it. */
char *ssh_hostkey_algorithms(const struct ssh_knowns *k, const char *allowed);

/* "SHA256:…" of a SHA-256 digest, as ssh prints it. */
void ssh_fingerprint(struct buf *b, const unsigned char digest[32]);
/* Type name at the front of a public key blob, at most len - 4 bytes; the
 * caller frees it; NULL when it is malformed. */
char *ssh_blob_type(const unsigned char *blob, size_t len);

#endif
