#include "io/ssh-config.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/text.h"

/* More of anything than this is not a configuration but an attack. */
enum { LIST_MAX = 64, EXPANDED_MAX = 64 * 1024 };

/* What ssh -G prints, as it is until everything is known. */
struct raw {
	char *hostname, *user, *port, *hostkey_alias;
	char *identities_only, *agent;
	char *user_known_hosts, *global_known_hosts;
	char *proxy_jump, *proxy_command;
	char *hostkey_algorithms, *ciphers, *macs, *kex;
	char *connect_timeout, *gssapi;
	char *bind_address, *bind_interface, *family;
	char *certificate, *pkcs11, *known_hosts_command, *verify_dns;
	char **identities;
	size_t identity_count;
};

static const struct {
	const char *key;
	size_t slot;
} keys[] = {
	{"hostname", offsetof(struct raw, hostname)},
	{"user", offsetof(struct raw, user)},
	{"port", offsetof(struct raw, port)},
	{"hostkeyalias", offsetof(struct raw, hostkey_alias)},
	{"identitiesonly", offsetof(struct raw, identities_only)},
	{"identityagent", offsetof(struct raw, agent)},
	{"userknownhostsfile", offsetof(struct raw, user_known_hosts)},
	{"globalknownhostsfile", offsetof(struct raw, global_known_hosts)},
	{"proxyjump", offsetof(struct raw, proxy_jump)},
	{"proxycommand", offsetof(struct raw, proxy_command)},
	{"hostkeyalgorithms", offsetof(struct raw, hostkey_algorithms)},
	{"ciphers", offsetof(struct raw, ciphers)},
	{"macs", offsetof(struct raw, macs)},
	{"kexalgorithms", offsetof(struct raw, kex)},
	{"connecttimeout", offsetof(struct raw, connect_timeout)},
	{"gssapiauthentication", offsetof(struct raw, gssapi)},
	{"bindaddress", offsetof(struct raw, bind_address)},
	{"bindinterface", offsetof(struct raw, bind_interface)},
	{"addressfamily", offsetof(struct raw, family)},
	{"certificatefile", offsetof(struct raw, certificate)},
	{"pkcs11provider", offsetof(struct raw, pkcs11)},
	{"knownhostscommand", offsetof(struct raw, known_hosts_command)},
	{"verifyhostkeydns", offsetof(struct raw, verify_dns)},
};

static char **
slot(struct raw *raw, size_t i)
{
	return (char **)((char *)raw + keys[i].slot);
}

/* The first value of a key counts, as in ssh. */
static void
take(struct raw *raw, const char *key, size_t key_len, const char *value,
    size_t value_len)
{
	static const char identity[] = "identityfile";

	if (key_len == sizeof(identity) - 1 &&
	    memcmp(key, identity, key_len) == 0) {
		if (raw->identity_count == LIST_MAX)
			return;
		raw->identities = xreallocarray(raw->identities,
		    raw->identity_count + 1, sizeof(char *));
		raw->identities[raw->identity_count++] =
		    xstrndup(value, value_len);
		return;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strlen(keys[i].key) == key_len &&
		    memcmp(keys[i].key, key, key_len) == 0) {
			if (!*slot(raw, i))
				*slot(raw, i) = xstrndup(value, value_len);
			return;
		}
}

static void
read_lines(struct raw *raw, const char *text, size_t len)
{
	const char *end = text + len, *line, *eol, *space, *value;

	for (line = text; line < end; line = eol + 1) {
		eol = memchr(line, '\n', end - line);
		if (!eol)
			eol = end;
		space = memchr(line, ' ', eol - line);
		if (!space)
			continue;
		for (value = space; value < eol && *value == ' '; value++)
			;
		take(raw, line, space - line, value, eol - value);
	}
}

static void
raw_release(struct raw *raw)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		free(*slot(raw, i));
	for (size_t i = 0; i < raw->identity_count; i++)
		free(raw->identities[i]);
	free(raw->identities);
}

/* ssh prints "none" for what was switched off. */
static bool
said(const char *value)
{
	return value && *value && strcmp(value, "none") != 0;
}

/* --- expansion: ssh_config(5), TOKENS ------------------------------------ */

static const char *
token(const struct ssh_target *t, const struct ssh_local *who, char c,
    char number[16])
{
	switch (c) {
	case '%':
		return "%";
	case 'd':
		return who->home;
	case 'u':
		return who->user;
	case 'l':
		return who->hostname;
	case 'h':
		return t->hostname;
	case 'k':
		return t->known_as;
	case 'n':
		return t->alias;
	case 'r':
		return t->user;
	case 'p':
		snprintf(number, 16, "%d", t->port);
		return number;
	}
	return NULL;
}

static char *
expand(const char *s, const struct ssh_target *t, const struct ssh_local *who)
{
	struct buf b = BUF_INIT(EXPANDED_MAX);
	char number[16];
	const char *value;

	for (; *s; s++) {
		if (*s != '%' || !s[1]) {
			buf_addc(&b, *s);
			continue;
		}
		value = token(t, who, *++s, number);
		if (value)
			buf_adds(&b, value);
		else
			buf_addf(&b, "%%%c", *s);
	}
	return buf_detach(&b);
}

static char *
expand_path(const char *s, const struct ssh_target *t,
    const struct ssh_local *who)
{
	char *rest = expand(s, t, who), *path;

	if (strncmp(rest, "~/", 2) != 0)
		return rest;
	path = xasprintf("%s%s", who->home, rest + 1);
	free(rest);
	return path;
}

/* --- lists --------------------------------------------------------------- */

static void
list_add(char ***list, size_t *count, char *item)
{
	*list = xreallocarray(*list, *count + 2, sizeof(char *));
	(*list)[(*count)++] = item;
	(*list)[*count] = NULL;
}

static void
add_paths(struct ssh_target *t, size_t *count, const char *words,
    const struct ssh_local *who)
{
	while (words && *words && *count < LIST_MAX) {
		size_t n = strcspn(words, " ");
		char *word = xstrndup(words, n);

		if (said(word))
			list_add(&t->known_hosts, count,
			    expand_path(word, t, who));
		free(word);
		words += n + strspn(words + n, " ");
	}
}

static char *
agent_path(const char *said_agent, const struct ssh_target *t,
    const struct ssh_local *who)
{
	const char *value = said_agent;

	if (!value || strcmp(value, "SSH_AUTH_SOCK") == 0 ||
	    strcmp(value, "$SSH_AUTH_SOCK") == 0)
		return who->auth_sock && *who->auth_sock ?
		    xstrdup(who->auth_sock) : NULL;
	if (!said(value))
		return NULL;
	if (*value == '$') {
		value = getenv(value + 1);
		return value && *value ? xstrdup(value) : NULL;
	}
	return expand_path(value, t, who);
}

static char *
openssh_only(const struct raw *raw)
{
	const struct {
		const char *name, *value;
	} settings[] = {
		{"CertificateFile", raw->certificate},
		{"PKCS11Provider", raw->pkcs11},
		{"KnownHostsCommand", raw->known_hosts_command},
		{"BindAddress", raw->bind_address},
		{"BindInterface", raw->bind_interface},
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (said(settings[i].value))
			return xasprintf("%s is set", settings[i].name);
	if (raw->family && strcmp(raw->family, "any") != 0)
		return xasprintf("AddressFamily is %s", raw->family);
	if (raw->verify_dns && strcmp(raw->verify_dns, "true") == 0)
		return xstrdup("VerifyHostKeyDNS is set");
	return NULL;
}

static char *
known_as(const struct raw *raw, int port)
{
	if (said(raw->hostkey_alias))
		return xstrdup(raw->hostkey_alias);
	if (port == 22)
		return xstrdup(raw->hostname);
	return xasprintf("[%s]:%d", raw->hostname, port);
}

static int
check(const struct raw *raw, const char *alias, int *port, int *timeout,
    struct err *e)
{
	int64_t n;

	if (!said(raw->hostname) || !said(raw->user))
		return err_set(e, "%s: ssh -G gave no host name or no user",
		    alias);
	if (!raw->port || text_int(raw->port, 1, 65535, &n) == -1)
		return err_set(e, "%s: ssh -G gave no port", alias);
	*port = n;
	*timeout = 0;
	if (said(raw->connect_timeout) &&
	    text_int(raw->connect_timeout, 0, 86400, &n) == 0)
		*timeout = n;
	return 0;
}

int
ssh_target_parse(struct ssh_target *t, const char *alias, const char *text,
    size_t len, const struct ssh_local *who, struct err *e)
{
	struct raw raw = {0};
	int port = 0, timeout = 0, result = -1;
	size_t count = 0;

	read_lines(&raw, text, len);
	if (check(&raw, alias, &port, &timeout, e) == -1)
		goto out;
	*t = (struct ssh_target){
		.alias = xstrdup(alias),
		.hostname = xstrdup(raw.hostname),
		.user = xstrdup(raw.user),
		.port = port,
		.known_as = known_as(&raw, port),
		.identities_only = raw.identities_only &&
		    strcmp(raw.identities_only, "yes") == 0,
		.gssapi = raw.gssapi && strcmp(raw.gssapi, "yes") == 0,
		.connect_timeout = timeout,
		.hostkey_algorithms =
		    xstrdup_or_null(raw.hostkey_algorithms),
		.ciphers = xstrdup_or_null(raw.ciphers),
		.macs = xstrdup_or_null(raw.macs),
		.kex = xstrdup_or_null(raw.kex),
		.openssh_only = openssh_only(&raw),
		.identities = xcalloc(1, sizeof(char *)),
		.known_hosts = xcalloc(1, sizeof(char *)),
	};
	for (size_t i = 0; i < raw.identity_count; i++)
		if (said(raw.identities[i]))
			list_add(&t->identities, &count,
			    expand_path(raw.identities[i], t, who));
	count = 0;
	add_paths(t, &count, raw.user_known_hosts, who);
	add_paths(t, &count, raw.global_known_hosts, who);
	t->agent = agent_path(raw.agent, t, who);
	if (said(raw.proxy_command))
		t->proxy_command = expand(raw.proxy_command, t, who);
	else if (said(raw.proxy_jump))
		t->proxy_jump = xstrdup(raw.proxy_jump);
	result = 0;
out:
	raw_release(&raw);
	return result;
}

static void
free_list(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free(list[i]);
	free(list);
}

void
ssh_target_release(struct ssh_target *t)
{
	free(t->alias);
	free(t->hostname);
	free(t->user);
	free(t->known_as);
	free_list(t->identities);
	free(t->agent);
	free_list(t->known_hosts);
	free(t->proxy_jump);
	free(t->proxy_command);
	free(t->hostkey_algorithms);
	free(t->ciphers);
	free(t->macs);
	free(t->kex);
	free(t->openssh_only);
	*t = (struct ssh_target){0};
}
