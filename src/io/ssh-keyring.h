/*
 * A short-lived ssh-agent of our own that holds the keys of identity files:
 * ssh-add reads every format, no private key enters this process, and RSA keys
 * sign with SHA-2. The agent leaves some seconds after the keyring is freed, also
 * when we are killed.
 */
#ifndef IO_SSH_KEYRING_H
#define IO_SSH_KEYRING_H

#include "io/child.h"

struct ssh_keyring;

/* path: of the agent's socket, or NULL when it could not be started; remark:
 * what ssh-add complained about, cleaned, or "". Both borrowed. */
typedef void ssh_keyring_fn(const char *path, const char *remark, void *arg);

/* files: private keys without passphrase, NULL-ended; they must stay. */
struct ssh_keyring *ssh_keyring_start(struct children *c, const char *run_dir,
    char *const *files, ssh_keyring_fn *fn, void *arg);
/* NULL is accepted. */
void ssh_keyring_free(struct ssh_keyring *k);

#endif
