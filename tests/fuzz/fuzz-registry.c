/* What a registry and its token service may say: challenges, tokens, errors,
 * and what is made of them. */
#include "fuzz.h"

#include "base/alloc.h"
#include "base/text.h"
#include "io/secret.h"
#include "source/registry-parse.h"

static void
must_be_clean(const char *s)
{
	char *again = text_clean(s, strlen(s));

	if (strcmp(s, again) != 0)
		abort();
	free(again);
}

static void
challenge(const char *text)
{
	struct registry_challenge c = {.scheme = REGISTRY_ANONYMOUS};
	struct buf url = BUF_INIT(8192);
	struct err e = {""};

	if (registry_challenge_parse(text, &c, &e) == -1)
		must_be_clean(e.text);
	if (c.scheme == REGISTRY_BEARER) {
		if (!c.realm)
			abort();
		if (registry_token_url(&c, "repository:a/b:pull", &url, &e) ==
		    -1)
			must_be_clean(e.text);
		else
			must_be_clean(buf_str(&url));
	}
	buf_release(&url);
	registry_challenge_release(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = xstrndup((const char *)data, size), *words, *token;
	struct err e = {""};
	int64_t ms;

	challenge(text);
	if (registry_token_parse((const char *)data, size, &token, &ms, &e) ==
	    0) {
		must_be_clean(token);
		if (strpbrk(token, " \r\n") || ms < 1000)
			abort();
		secret_free(token);
	} else {
		must_be_clean(e.text);
	}
	words = registry_words((const char *)data, size);
	must_be_clean(words);
	free(words);
	ms = registry_retry_after(text, 1781510462000);
	if (ms < 1000 || ms > 3600000)
		abort();
	if (registry_name_valid(text) &&
	    (strstr(text, "..") == text || strpbrk(text, "?#% \\")))
		abort();
	if (registry_tag_valid(text) && strpbrk(text, "/?#% \\"))
		abort();
	registry_digest_valid(text);
	free(text);
	return 0;
}
