/*
 * What the operator's own ssh configuration says about one host: the output of
 * `ssh -G host`, parsed. Pure: the program is run elsewhere (ssh-attempt).
 */
#ifndef IO_SSH_CONFIG_H
#define IO_SSH_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Who asks, for the expansion of "~" and of tokens such as %d and %u. */
struct ssh_local {
	const char *home;	/* of the password database, as ssh does */
	const char *user;
	const char *hostname;
	const char *auth_sock;	/* $SSH_AUTH_SOCK or NULL */
};

struct ssh_target {
	char *alias;		/* as it was asked for */
	char *hostname;
	char *user;
	int port;
	char *known_as;		/* name in known_hosts: HostKeyAlias, or the
				 * host name, "[name]:port" off port 22 */
	char **identities;	/* paths, expanded; NULL-ended */
	bool identities_only;
	char *agent;		/* socket path; NULL: no agent */
	char **known_hosts;	/* paths, the user's first; NULL-ended */
	char *proxy_jump;	/* or NULL */
	char *proxy_command;	/* expanded, for /bin/sh -c; or NULL */
	char *hostkey_algorithms, *ciphers, *macs, *kex;	/* or NULL */
	bool gssapi;		/* Kerberos may open the door */
	int connect_timeout;	/* seconds; 0: none said */
	/* A setting that only OpenSSH itself can follow, or NULL. */
	char *openssh_only;
};

/* Fill *t; -1 when a line that must be there is absent or senseless. */
int ssh_target_parse(struct ssh_target *t, const char *alias,
    const char *text, size_t len, const struct ssh_local *who, struct err *e);
void ssh_target_release(struct ssh_target *t);

#endif
