#include "io/ssh-key.h"

#include "base/alloc.h"
#include "base/text.h"
#include "io/ssh-hostkey.h"

enum { KEYS_MAX = 256 };

/* --- the wire ------------------------------------------------------------ */

uint32_t
ssh_read_u32(struct ssh_reader *r)
{
	uint32_t n;

	if (r->bad || r->left < 4) {
		r->bad = true;
		return 0;
	}
	n = (uint32_t)r->p[0] << 24 | (uint32_t)r->p[1] << 16 |
	    (uint32_t)r->p[2] << 8 | r->p[3];
	r->p += 4;
	r->left -= 4;
	return n;
}

const unsigned char *
ssh_read_string(struct ssh_reader *r, size_t *len)
{
	uint32_t n = ssh_read_u32(r);
	const unsigned char *s = r->p;

	*len = 0;
	if (r->bad || n > r->left) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	r->left -= n;
	*len = n;
	return s;
}

void
ssh_put_u32(struct buf *b, uint32_t n)
{
	unsigned char c[4] = {n >> 24, n >> 16, n >> 8, n};

	buf_add(b, c, sizeof(c));
}

void
ssh_put_string(struct buf *b, const void *data, size_t len)
{
	ssh_put_u32(b, len);
	buf_add(b, data, len);
}

/* --- base64 -------------------------------------------------------------- */

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *
ssh_base64(const unsigned char *data, size_t len)
{
	struct buf b = BUF_INIT(SIZE_MAX / 2);

	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t v = (uint32_t)data[i] << 16 |
		    (n > 1 ? (uint32_t)data[i + 1] << 8 : 0) |
		    (n > 2 ? data[i + 2] : 0);

		buf_addc(&b, alphabet[v >> 18]);
		buf_addc(&b, alphabet[v >> 12 & 63]);
		buf_addc(&b, n > 1 ? alphabet[v >> 6 & 63] : '=');
		buf_addc(&b, n > 2 ? alphabet[v & 63] : '=');
	}
	return buf_detach(&b);
}

unsigned char *
ssh_base64_decode(const char *s, size_t len, size_t *out_len)
{
	unsigned char *out = xmalloc(len / 4 * 3 + 3);
	size_t n = 0, digits = 0, padding = 0;
	uint32_t v = 0;
	const char *at;

	for (size_t i = 0; i < len; i++) {
		if (strchr(" \t\r\n", s[i]) && s[i])
			continue;
		if (s[i] == '=') {
			padding++;
			continue;
		}
		at = s[i] ? strchr(alphabet, s[i]) : NULL;
		if (!at || padding)
			goto malformed;
		v = v << 6 | (uint32_t)(at - alphabet);
		if (++digits % 4 == 0) {
			out[n++] = v >> 16;
			out[n++] = v >> 8;
			out[n++] = v;
			v = 0;
		}
	}
	if (digits % 4 == 1 || padding > 2)
		goto malformed;
	if (digits % 4 == 2)
		out[n++] = v >> 4;
	if (digits % 4 == 3) {
		out[n++] = v >> 10;
		out[n++] = v >> 2;
	}
	*out_len = n;
	return out;
malformed:
	free(out);
	return NULL;
}

/* --- public keys --------------------------------------------------------- */

void
ssh_pubkeys_release(struct ssh_pubkeys *k)
{
	for (size_t i = 0; i < k->count; i++) {
		free(k->keys[i].blob);
		free(k->keys[i].comment);
	}
	free(k->keys);
	*k = (struct ssh_pubkeys){0};
}

bool
ssh_pubkeys_has(const struct ssh_pubkeys *k, const unsigned char *blob,
    size_t len)
{
	for (size_t i = 0; i < k->count; i++)
		if (k->keys[i].len == len &&
		    memcmp(k->keys[i].blob, blob, len) == 0)
			return true;
	return false;
}

void
ssh_pubkeys_add(struct ssh_pubkeys *k, unsigned char *blob, size_t len,
    const char *comment)
{
	k->keys = xreallocarray(k->keys, k->count + 1, sizeof(*k->keys));
	k->keys[k->count++] = (struct ssh_pubkey){
		.blob = blob,
		.len = len,
		.comment = text_clean(comment, strlen(comment)),
	};
}

/* --- identity files ------------------------------------------------------ */

static unsigned char *
copy(const unsigned char *data, size_t len)
{
	return memcpy(xmalloc(len), data, len);
}

/* PROTOCOL.key of OpenSSH: magic, cipher, kdf, its options, number of keys,
 * first public key; the rest may be encrypted. */
static int
parse_openssh(struct ssh_identity *id, const char *body, size_t len)
{
	static const char magic[] = "openssh-key-v1";
	const unsigned char *cipher, *key;
	size_t cipher_len, key_len, skipped, raw_len;
	unsigned char *raw = ssh_base64_decode(body, len, &raw_len);
	struct ssh_reader r;
	int result = -1;

	if (!raw || raw_len < sizeof(magic) ||
	    memcmp(raw, magic, sizeof(magic)) != 0)
		goto out;
	r = (struct ssh_reader){raw + sizeof(magic), raw_len - sizeof(magic),
	    false};
	cipher = ssh_read_string(&r, &cipher_len);
	ssh_read_string(&r, &skipped);
	ssh_read_string(&r, &skipped);
	ssh_read_u32(&r);
	key = ssh_read_string(&r, &key_len);
	if (r.bad || key_len == 0)
		goto out;
	*id = (struct ssh_identity){
		.private = true,
		.encrypted = cipher_len != 4 || memcmp(cipher, "none", 4) != 0,
		.blob = copy(key, key_len),
		.len = key_len,
	};
	result = 0;
out:
	free(raw);
	return result;
}

static const char *
find(const char *text, size_t len, const char *s)
{
	return memmem(text, len, s, strlen(s));
}

/* "type base64 comment" */
static int
parse_public(struct ssh_identity *id, const char *text, size_t len)
{
	const char *end = text + len, *key, *stop;
	unsigned char *blob;
	size_t blob_len;
	char *type;
	bool same;

	key = memchr(text, ' ', len);
	if (!key)
		return -1;
	stop = ++key;
	while (stop < end && *stop != ' ' && *stop != '\n' && *stop != '\r')
		stop++;
	blob = ssh_base64_decode(key, stop - key, &blob_len);
	type = blob ? ssh_blob_type(blob, blob_len) : NULL;
	same = type && strlen(type) == (size_t)(key - 1 - text) &&
	    memcmp(type, text, key - 1 - text) == 0;
	free(type);
	if (!same) {
		free(blob);
		return -1;
	}
	*id = (struct ssh_identity){.blob = blob, .len = blob_len};
	return 0;
}

int
ssh_identity_parse(struct ssh_identity *id, const char *text, size_t len)
{
	static const char begin[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
	const char *head = find(text, len, begin), *tail;

	if (head) {
		head += sizeof(begin) - 1;
		tail = find(head, text + len - head, "-----END");
		return tail ? parse_openssh(id, head, tail - head) : -1;
	}
	if (find(text, len, "PRIVATE KEY-----")) {
		*id = (struct ssh_identity){
			.private = true,
			.encrypted = find(text, len, "ENCRYPTED") != NULL,
		};
		return 0;
	}
	return parse_public(id, text, len);
}

/* --- agent --------------------------------------------------------------- */

enum {
	AGENT_LIST = 11,
	AGENT_KEYS = 12,
	AGENT_SIGN = 13,
	AGENT_SIGNATURE = 14,
};

void
ssh_agent_put_list(struct buf *b)
{
	buf_addc(b, AGENT_LIST);
}

void
ssh_agent_put_sign(struct buf *b, const struct ssh_pubkey *key,
    const void *data, size_t len, uint32_t flags)
{
	buf_addc(b, AGENT_SIGN);
	ssh_put_string(b, key->blob, key->len);
	ssh_put_string(b, data, len);
	ssh_put_u32(b, flags);
}

int
ssh_agent_parse_list(struct ssh_pubkeys *k, const unsigned char *reply,
    size_t len)
{
	struct ssh_reader r;
	uint32_t count;

	if (len < 1 || reply[0] != AGENT_KEYS)
		return -1;
	r = (struct ssh_reader){reply + 1, len - 1, false};
	count = ssh_read_u32(&r);
	for (uint32_t i = 0; i < count && i < KEYS_MAX; i++) {
		size_t blob_len, comment_len;
		const unsigned char *blob = ssh_read_string(&r, &blob_len);
		const unsigned char *comment =
		    ssh_read_string(&r, &comment_len);
		char *text;

		if (r.bad)
			return -1;
		if (blob_len == 0)
			continue;
		text = xstrndup((const char *)comment, comment_len);
		ssh_pubkeys_add(k, copy(blob, blob_len), blob_len, text);
		free(text);
	}
	return r.bad ? -1 : 0;
}

unsigned char *
ssh_agent_parse_signature(const unsigned char *reply, size_t len,
    size_t *out_len)
{
	struct ssh_reader r;
	const unsigned char *whole, *bare;
	size_t n;

	if (len < 1 || reply[0] != AGENT_SIGNATURE)
		return NULL;
	r = (struct ssh_reader){reply + 1, len - 1, false};
	whole = ssh_read_string(&r, &n);
	r = (struct ssh_reader){whole, n, r.bad};
	ssh_read_string(&r, &n);
	bare = ssh_read_string(&r, &n);
	if (r.bad || n == 0)
		return NULL;
	*out_len = n;
	return copy(bare, n);
}
