/*
 * What a host offers for the key exchange (RFC 4253 §7.1), read from the bytes
 * it opens the connection with, so that "nothing in common" can say what. Pure,
 * and fed with bytes from outside.
 */
#ifndef IO_SSH_KEXINIT_H
#define IO_SSH_KEXINIT_H

#include <stddef.h>

/* Comma-separated, or NULL when not known. */
struct ssh_offer {
	const char *kex, *hostkey, *cipher, *mac;
};

/* The first kind of algorithm where the host has none of ours: "the host's
 * ciphers are only …", cleaned; the caller frees it. NULL when there is no
 * such kind or the bytes say nothing. */
char *ssh_kexinit_gap(const unsigned char *greeting, size_t len,
    const struct ssh_offer *ours);

#endif
