#include "base/alloc.h"
#include "base/files.h"
#include "base/text.h"
#include "io/ssh-hostkey.h"
#include "io/ssh-session-private.h"

/*
 * Public key only, and only through agents: first the operator's, then one of
 * ours with the keys of the identity files. Signing happens in the loop: the
 * callback that libssh2 makes answers "later" until the agent has spoken.
 */

enum { KEY_FILE_MAX = 64 * 1024 };

/* --- identity files ------------------------------------------------------ */

static int
read_identity(const char *path, struct ssh_identity *id)
{
	struct buf b = BUF_INIT(KEY_FILE_MAX);
	int result = -1;

	if (files_read(path, &b, NULL) == 0)
		result = ssh_identity_parse(id, buf_str(&b), b.len);
	buf_release(&b);
	return result;
}

static void
want(struct auth *a, struct ssh_identity *id, const char *path)
{
	if (id->blob && !ssh_pubkeys_has(&a->wanted, id->blob, id->len))
		ssh_pubkeys_add(&a->wanted, id->blob, id->len, path);
	else
		free(id->blob);
}

static void
look_at(struct auth *a, const char *path)
{
	struct ssh_identity id, public;
	char *beside;

	if (read_identity(path, &id) == -1)
		return;
	if (id.private && id.encrypted) {
		xstrset(&a->encrypted, path);
	} else if (id.private) {
		a->files = xreallocarray(a->files, a->file_count + 2,
		    sizeof(*a->files));
		a->files[a->file_count++] = xstrdup(path);
		a->files[a->file_count] = NULL;
	}
	beside = xasprintf("%s.pub", path);
	if (!id.blob && read_identity(beside, &public) == 0)
		want(a, &public, path);
	free(beside);
	want(a, &id, path);
}

/* --- what an agent has --------------------------------------------------- */

static bool
usable(const struct ssh_pubkey *key)
{
	char *type = ssh_blob_type(key->blob, key->len);
	bool yes = type && (strcmp(type, "ssh-ed25519") == 0 ||
	    strcmp(type, "ssh-rsa") == 0 ||
	    strncmp(type, "ecdsa-sha2-nistp", 16) == 0) &&
	    !strstr(type, "-cert-");

	free(type);
	return yes;
}

/* Best first: those the configuration names, then the others. */
static void
sort_keys(struct ssh_session *s, struct ssh_pubkeys *list)
{
	struct auth *a = &s->auth;

	ssh_pubkeys_release(&a->keys);
	a->next = 0;
	for (int wanted = 1; wanted >= 0; wanted--)
		for (size_t i = 0; i < list->count; i++) {
			struct ssh_pubkey *k = &list->keys[i];

			if (!k->blob || wanted !=
			    ssh_pubkeys_has(&a->wanted, k->blob, k->len))
				continue;
			if (!wanted && s->o.identities_only &&
			    !a->keyring_used)
				continue;
			if (!usable(k)) {
				a->openssh_might = true;
				continue;
			}
			if (ssh_pubkeys_has(&a->tried, k->blob, k->len))
				continue;
			ssh_pubkeys_add(&a->keys, k->blob, k->len,
			    k->comment);
			k->blob = NULL;
		}
}

static void
no_more_agent(struct auth *a)
{
	ssh_agent_close(a->agent);
	a->agent = NULL;
	a->step = a->keyring_used || !a->files ? AUTH_REFUSED : AUTH_KEYRING;
}

static void
on_list(const unsigned char *reply, size_t len, void *arg)
{
	struct ssh_session *s = arg;
	struct ssh_pubkeys list = {0};

	if (reply && ssh_agent_parse_list(&list, reply, len) == 0) {
		sort_keys(s, &list);
		s->auth.step = AUTH_TRY;
	} else {
		no_more_agent(&s->auth);
	}
	ssh_pubkeys_release(&list);
	session_pump(s);
}

static void
ask_list(struct ssh_session *s, const char *path)
{
	struct buf message = BUF_INIT(16);

	s->auth.agent = path ? ssh_agent_open(s->loop, path, NULL) : NULL;
	if (!s->auth.agent) {
		no_more_agent(&s->auth);
		s->again = true;
		return;
	}
	s->auth.step = AUTH_WAIT;
	ssh_agent_put_list(&message);
	ssh_agent_ask(s->auth.agent, &message, on_list, s);
	buf_release(&message);
}

static void
on_keyring(const char *path, const char *remark, void *arg)
{
	struct ssh_session *s = arg;

	if (*remark)
		xstrset(&s->auth.remark, remark);
	ask_list(s, path);
	session_pump(s);
}

/* --- one key ------------------------------------------------------------- */

/* OpenSSH takes the name of the signature algorithm in the key itself, which
 * is what brings libssh2 1.10 to RSA with SHA-2. */
static void
prepare(struct auth *a, const struct ssh_pubkey *k)
{
	static const char rsa[] = "ssh-rsa", sha2[] = "rsa-sha2-256";
	struct buf b = BUF_INIT(KEY_FILE_MAX);
	char *type = ssh_blob_type(k->blob, k->len);
	size_t skip = 4 + sizeof(rsa) - 1;

	free(a->sent);
	if (type && strcmp(type, rsa) == 0) {
		ssh_put_string(&b, sha2, sizeof(sha2) - 1);
		buf_add(&b, k->blob + skip, k->len - skip);
	} else {
		buf_add(&b, k->blob, k->len);
	}
	free(type);
	a->sent_len = b.len;
	a->sent = (unsigned char *)buf_detach(&b);
	a->sign = SIGN_IDLE;
}

static void
on_signature(const unsigned char *reply, size_t len, void *arg)
{
	struct ssh_session *s = arg;
	struct auth *a = &s->auth;

	a->signature = reply ?
	    ssh_agent_parse_signature(reply, len, &a->signature_len) : NULL;
	a->sign = a->signature ? SIGN_READY : SIGN_FAILED;
	session_pump(s);
}

static LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC(sign)
{
	struct ssh_session *s = *abstract;
	struct auth *a = &s->auth;
	struct buf message = BUF_INIT(KEY_FILE_MAX);

	switch (a->sign) {
	case SIGN_IDLE:
		/* The flag has a meaning for RSA keys alone. */
		ssh_agent_put_sign(&message, &a->keys.keys[a->next], data,
		    data_len, SSH_AGENT_RSA_SHA2_256);
		a->sign = SIGN_ASKED;
		ssh_agent_ask(a->agent, &message, on_signature, s);
		buf_release(&message);
		return LIBSSH2_ERROR_EAGAIN;
	case SIGN_ASKED:
		return LIBSSH2_ERROR_EAGAIN;
	case SIGN_READY:
		*sig = a->signature;	/* libssh2 frees it */
		*sig_len = a->signature_len;
		a->signature = NULL;
		return 0;
	case SIGN_FAILED:
		break;
	}
	return -1;
}

static void
try_key(struct ssh_session *s)
{
	struct auth *a = &s->auth;
	struct ssh_pubkey *k;
	void *abstract = s;
	int rc;

	if (a->next >= a->keys.count) {
		no_more_agent(a);
		s->again = true;
		return;
	}
	k = &a->keys.keys[a->next];
	if (!a->sent)
		prepare(a, k);
	rc = libssh2_userauth_publickey(s->ssh, s->o.user, a->sent,
	    a->sent_len, sign, &abstract);
	if (rc == LIBSSH2_ERROR_EAGAIN)
		return;
	if (rc == 0) {
		s->phase = PHASE_UP;
		return;
	}
	if (s->peer_closed) {
		session_die(s, SSH_END_AUTH, "the host hung up after %zu "
		    "keys: name the right one with IdentityFile and "
		    "IdentitiesOnly yes", a->tried.count + 1);
		return;
	}
	free(a->sent);
	a->sent = NULL;
	ssh_pubkeys_add(&a->tried, k->blob, k->len, k->comment);
	k->blob = NULL;
	k->len = 0;
	a->next++;
	s->again = true;
}

/* --- the sequence -------------------------------------------------------- */

static void
methods(struct ssh_session *s)
{
	char *list = libssh2_userauth_list(s->ssh, s->o.user,
	    strlen(s->o.user));

	if (!list && libssh2_userauth_authenticated(s->ssh)) {
		s->phase = PHASE_UP;
		return;
	}
	if (!list) {
		if (libssh2_session_last_errno(s->ssh) !=
		    LIBSSH2_ERROR_EAGAIN)
			session_die(s, SSH_END_LOST,
			    "authentication failed: %s",
			    session_last_error(s));
		return;
	}
	s->again = true;
	s->auth.step = AUTH_AGENT;
	s->auth.openssh_might = s->o.gssapi && strstr(list, "gssapi");
	if (!strstr(list, "publickey")) {
		char *clean = text_clean(list, strlen(list));

		session_die(s, SSH_END_AUTH_OPENSSH, "the host takes no keys "
		    "for %s, only: %s", s->o.user, clean);
		free(clean);
	}
}

static void
refuse(struct ssh_session *s)
{
	struct auth *a = &s->auth;
	struct buf b = BUF_INIT(ERR_TEXT_MAX);

	if (a->tried.count) {
		buf_addf(&b, "the host refused every key for %s (", s->o.user);
		for (size_t i = 0; i < a->tried.count; i++)
			buf_addf(&b, "%s%s", i ? ", " : "",
			    a->tried.keys[i].comment);
		buf_addf(&b, "): add one to its authorized_keys, or name the "
		    "right one with IdentityFile");
	} else {
		buf_addf(&b, "no key to offer for %s: %s", s->o.user,
		    s->o.agent ? "the agent had none that fits" :
		    "no agent runs");
	}
	if (a->encrypted)
		buf_addf(&b, "; %s has a passphrase: ssh-add %s",
		    a->encrypted, a->encrypted);
	if (a->remark)
		buf_addf(&b, "; ssh-add says: %s", a->remark);
	session_die(s, a->openssh_might ? SSH_END_AUTH_OPENSSH : SSH_END_AUTH,
	    "%s", buf_str(&b));
	buf_release(&b);
}

void
auth_init(struct ssh_session *s)
{
	for (size_t i = 0; s->o.identities[i]; i++)
		look_at(&s->auth, s->o.identities[i]);
}

void
auth_step(struct ssh_session *s)
{
	struct auth *a = &s->auth;

	switch (a->step) {
	case AUTH_METHODS:
		methods(s);
		break;
	case AUTH_AGENT:
		ask_list(s, s->o.agent);
		break;
	case AUTH_WAIT:
		break;
	case AUTH_TRY:
		try_key(s);
		break;
	case AUTH_KEYRING:
		a->keyring_used = true;
		a->step = AUTH_WAIT;
		a->keyring = ssh_keyring_start(s->children, s->run_dir,
		    a->files, on_keyring, s);
		break;
	case AUTH_REFUSED:
		refuse(s);
		break;
	}
	if (s->phase == PHASE_UP)
		auth_release(s);
}

void
auth_release(struct ssh_session *s)
{
	struct auth *a = &s->auth;

	ssh_agent_close(a->agent);
	ssh_keyring_free(a->keyring);
	ssh_pubkeys_release(&a->wanted);
	ssh_pubkeys_release(&a->keys);
	ssh_pubkeys_release(&a->tried);
	for (size_t i = 0; i < a->file_count; i++)
		free(a->files[i]);
	free(a->files);
	free(a->encrypted);
	free(a->remark);
	free(a->sent);
	free(a->signature);
	*a = (struct auth){0};
}
