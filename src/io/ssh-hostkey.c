#include "io/ssh-hostkey.h"

#include "base/alloc.h"
#include "io/ssh-key.h"

enum { KNOWNS_MAX = 256 };

struct word {
	const char *s;
	size_t len;
};

static struct word
next_word(const char **line, const char *end)
{
	struct word w;

	while (*line < end && (**line == ' ' || **line == '\t'))
		(*line)++;
	w.s = *line;
	while (*line < end && **line != ' ' && **line != '\t' &&
	    **line != '\r')
		(*line)++;
	w.len = *line - w.s;
	return w;
}

static bool
word_is(struct word w, const char *s)
{
	return w.len == strlen(s) && memcmp(w.s, s, w.len) == 0;
}

/* [@marker] names type key [comment] */
static void
add_line(struct ssh_knowns *k, const char *file, const char *line,
    const char *end)
{
	struct ssh_known *n;
	struct word marker = {"", 0}, names, type, key;

	names = next_word(&line, end);
	if (names.len && names.s[0] == '#')
		return;
	if (names.len && names.s[0] == '@') {
		marker = names;
		next_word(&line, end);
	}
	type = next_word(&line, end);
	key = next_word(&line, end);
	if (!key.len || k->count == KNOWNS_MAX)
		return;
	k->entries = xreallocarray(k->entries, k->count + 1, sizeof(*n));
	n = &k->entries[k->count++];
	n->file = xstrdup(file);
	n->type = xstrndup(type.s, type.len);
	n->key = xstrndup(key.s, key.len);
	n->authority = word_is(marker, "@cert-authority");
	/* A marker nobody knows must not turn into trust. */
	n->revoked = marker.len && !n->authority;
}

void
ssh_knowns_add(struct ssh_knowns *k, const char *file, const char *text,
    size_t len)
{
	const char *end = text + len, *eol;

	for (; text < end; text = eol + 1) {
		eol = memchr(text, '\n', end - text);
		if (!eol)
			eol = end;
		add_line(k, file, text, eol);
	}
}

void
ssh_knowns_release(struct ssh_knowns *k)
{
	for (size_t i = 0; i < k->count; i++) {
		free(k->entries[i].file);
		free(k->entries[i].type);
		free(k->entries[i].key);
	}
	free(k->entries);
	*k = (struct ssh_knowns){0};
}

const struct ssh_known *
ssh_knowns_find(const struct ssh_knowns *k, const char *type)
{
	for (size_t i = 0; i < k->count; i++) {
		const struct ssh_known *n = &k->entries[i];

		if (!n->revoked && !n->authority &&
		    (!type || strcmp(n->type, type) == 0))
			return n;
	}
	return NULL;
}

bool
ssh_knowns_certificates_only(const struct ssh_knowns *k)
{
	if (ssh_knowns_find(k, NULL))
		return false;
	for (size_t i = 0; i < k->count; i++)
		if (k->entries[i].authority)
			return true;
	return false;
}

enum ssh_hostkey_verdict
ssh_hostkey_judge(const struct ssh_knowns *k, const unsigned char *key,
    size_t len, const struct ssh_known **entry)
{
	enum ssh_hostkey_verdict verdict = SSH_HOSTKEY_UNKNOWN;
	const struct ssh_known *by = NULL;
	char *type = ssh_blob_type(key, len), *text = ssh_base64(key, len);

	for (size_t i = 0; type && i < k->count; i++) {
		const struct ssh_known *n = &k->entries[i];

		if (strcmp(n->type, type) != 0)
			continue;
		if (strcmp(n->key, text) == 0 && n->revoked) {
			verdict = SSH_HOSTKEY_REVOKED;
			by = n;
			break;
		}
		if (n->revoked || n->authority)
			continue;
		if (strcmp(n->key, text) == 0) {
			verdict = SSH_HOSTKEY_OK;
			by = n;
		} else if (verdict == SSH_HOSTKEY_UNKNOWN) {
			verdict = SSH_HOSTKEY_CHANGED;
			by = n;
		}
	}
	if (entry)
		*entry = by;
	free(type);
	free(text);
	return verdict;
}

/* --- algorithms ---------------------------------------------------------- */

/* What libssh2 1.10 verifies and OpenSSH still offers. Its RSA is SHA-1. */
static const char *const verifiable[] = {
	"ssh-ed25519",
	"ecdsa-sha2-nistp256",
	"ecdsa-sha2-nistp384",
	"ecdsa-sha2-nistp521",
};

static bool
listed(const char *list, const char *name)
{
	size_t n, len = strlen(name);

	for (; list && *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (n == len && memcmp(list, name, n) == 0)
			return true;
	}
	return false;
}

char *
ssh_hostkey_algorithms(const struct ssh_knowns *k, const char *allowed)
{
	struct buf b = BUF_INIT(1024);

	for (int recorded = 1; recorded >= 0; recorded--)
		for (size_t i = 0;
		    i < sizeof(verifiable) / sizeof(verifiable[0]); i++) {
			const char *name = verifiable[i];

			if (allowed && !listed(allowed, name))
				continue;
			if (!!ssh_knowns_find(k, name) != recorded)
				continue;
			buf_addf(&b, "%s%s", b.len ? "," : "", name);
		}
	return buf_detach(&b);
}

/* --- text ---------------------------------------------------------------- */

void
ssh_fingerprint(struct buf *b, const unsigned char digest[32])
{
	char *text = ssh_base64(digest, 32);

	text[strcspn(text, "=")] = '\0';
	buf_addf(b, "SHA256:%s", text);
	free(text);
}

char *
ssh_blob_type(const unsigned char *blob, size_t len)
{
	struct ssh_reader r = {blob, len, false};
	const unsigned char *s;
	size_t n;

	s = ssh_read_string(&r, &n);
	if (r.bad || n == 0 || n > 64 || memchr(s, '\0', n))
		return NULL;
	return xstrndup((const char *)s, n);
}
