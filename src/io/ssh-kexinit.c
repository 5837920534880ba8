#include "io/ssh-kexinit.h"

#include "base/alloc.h"
#include "base/text.h"
#include "io/ssh-key.h"

enum { KEXINIT = 20, COOKIE = 16, SHOWN_MAX = 300 };

/* Past the lines before the version, and the version. */
static const unsigned char *
past_banner(const unsigned char *p, const unsigned char *end)
{
	const unsigned char *eol;

	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', end - p);
		if (!eol)
			return NULL;
		if (eol - p >= 4 && memcmp(p, "SSH-", 4) == 0)
			return eol + 1;
	}
	return NULL;
}

static bool
in_list(const char *list, size_t len, const char *name, size_t name_len)
{
	const char *end = list + len, *comma;

	for (; list < end; list = comma + 1) {
		comma = memchr(list, ',', end - list);
		if (!comma)
			comma = end;
		if ((size_t)(comma - list) == name_len &&
		    memcmp(list, name, name_len) == 0)
			return true;
	}
	return false;
}

static bool
common(const char *theirs, size_t len, const char *ours)
{
	size_t n;

	for (; *ours; ours += n + (ours[n] == ',')) {
		n = strcspn(ours, ",");
		if (in_list(theirs, len, ours, n))
			return true;
	}
	return false;
}

char *
ssh_kexinit_gap(const unsigned char *greeting, size_t len,
    const struct ssh_offer *ours)
{
	/* In the order of the packet; the second of a pair is the other
	 * direction, the same in practice. */
	const struct {
		const char *what, *ours;
	} lists[] = {
		{"key exchanges", ours->kex},
		{"host key algorithms", ours->hostkey},
		{"ciphers", ours->cipher}, {"ciphers", ours->cipher},
		{"MACs", ours->mac}, {"MACs", ours->mac},
	};
	const unsigned char *end = greeting + len;
	const unsigned char *p = past_banner(greeting, end);
	struct ssh_reader r;
	char *theirs, *text;
	size_t n;

	/* length, padding length, message, cookie */
	if (!p || end - p < 4 + 1 + 1 + COOKIE || p[5] != KEXINIT)
		return NULL;
	p += 4 + 1 + 1 + COOKIE;
	r = (struct ssh_reader){p, end - p, false};
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const char *list = (const char *)ssh_read_string(&r, &n);

		if (r.bad)
			return NULL;
		if (!lists[i].ours || common(list, n, lists[i].ours))
			continue;
		theirs = text_clean(list, n < SHOWN_MAX ? n : SHOWN_MAX);
		text = xasprintf("the host's %s are only %s", lists[i].what,
		    theirs);
		free(theirs);
		return text;
	}
	return NULL;
}
