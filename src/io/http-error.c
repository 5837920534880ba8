#include "io/http-transfer.h"

#include <stdarg.h>

#include "base/alloc.h"
#include "base/text.h"

/* What OpenSSL found wrong with a certificate (X509_V_ERR_…, a stable part of
 * its interface). */
static const struct {
	long code;
	const char *text;
} faults[] = {
	{9, "it is not valid yet"},
	{10, "it has expired"},
	{18, "it is self-signed"},
	{19, "its chain ends in an unknown self-signed certificate"},
	{20, "its issuer is unknown here"},
	{21, "its issuer is unknown here"},
	{23, "it was revoked"},
	{26, "it was not made for a server"},
};

void
transfer_error(struct http_transfer *t, const char *fmt, ...)
{
	va_list ap;
	char *raw;

	va_start(ap, fmt);
	raw = xvasprintf(fmt, ap);
	va_end(ap);
	free(t->error);
	t->error = text_clean(raw, strlen(raw));
	free(raw);
}

static const char *
duration(int64_t ms, char text[32])
{
	if (ms < 1000)
		snprintf(text, 32, "%d ms", (int)ms);
	else if (ms % 1000 < 50)
		snprintf(text, 32, "%lld s", (long long)ms / 1000);
	else
		snprintf(text, 32, "%lld.%lld s", (long long)ms / 1000,
		    (long long)ms % 1000 / 100);
	return text;
}

/* What it was doing, for a text that ends in "(was …)". */
static const char *
phase(const struct http_transfer *t, char text[64])
{
	char bytes[TEXT_BYTES_MAX], *ip = NULL;
	curl_off_t resolved = 0;

	/* libcurl 7.88 counts the handshake as part of connecting, but knows
	 * the address before it. */
	curl_easy_getinfo(t->easy, CURLINFO_NAMELOOKUP_TIME_T, &resolved);
	curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &ip);
	if (!t->requested && !t->unix_socket && !resolved)
		return "was resolving the name";
	if (!t->requested && !(t->tls && ip && *ip))
		return "was connecting";
	if (!t->requested)
		return "was in the TLS handshake";
	if (!t->first_byte)
		return "was waiting for the first byte";
	snprintf(text, 64, "after %s", text_bytes(t->received, bytes));
	return text;
}

static void
out_of_time(struct http_transfer *t)
{
	int64_t limit = t->deadline_ms;
	char text[64], time[32];

	if (!t->requested && t->connect_timeout_ms &&
	    (!limit || t->connect_timeout_ms < limit))
		limit = t->connect_timeout_ms;
	t->reply.timed_out = true;
	if (limit)
		transfer_error(t, "no %s from %s within %s (%s)",
		    t->first_byte ? "complete answer" : "answer", t->place,
		    duration(limit, time), phase(t, text));
	else
		transfer_error(t, "no answer from %s (%s)", t->place,
		    phase(t, text));
}

void
transfer_idle(struct http_transfer *t)
{
	char text[64], time[32];

	t->reply.timed_out = true;
	transfer_error(t, "nothing from %s for %s (%s)", t->place,
	    duration(t->idle_timeout_ms, time), phase(t, text));
}

static const char *
detail(const struct http_transfer *t, CURLcode code)
{
	return t->curl_error[0] ? t->curl_error : curl_easy_strerror(code);
}

static void
not_trusted(struct http_transfer *t, CURLcode code)
{
	long verified = 0;

	t->reply.untrusted = true;
	curl_easy_getinfo(t->easy, CURLINFO_SSL_VERIFYRESULT, &verified);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].code == verified) {
			transfer_error(t, "the certificate of %s is refused: "
			    "%s", t->place, faults[i].text);
			return;
		}
	transfer_error(t, "the certificate of %s is refused: %s", t->place,
	    detail(t, code));
}

static void
not_connected(struct http_transfer *t, CURLcode code)
{
	long error = 0;

	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &error);
	transfer_error(t, "cannot connect to %s: %s", t->place,
	    error ? strerror(error) : detail(t, code));
}

static void
not_taken(struct http_transfer *t, CURLcode code)
{
	char bytes[TEXT_BYTES_MAX];

	if (t->stopped)
		transfer_error(t, "stopped");
	else if (t->too_many_headers)
		transfer_error(t, "the headers from %s are longer than %s",
		    t->place, text_bytes(t->header.max, bytes));
	else if (t->body.over)
		transfer_error(t, "the answer from %s is longer than %s",
		    t->place, text_bytes(t->body.max, bytes));
	else
		transfer_error(t, "%s: %s", t->place, detail(t, code));
}

void
transfer_failed(struct http_transfer *t, CURLcode code)
{
	char bytes[TEXT_BYTES_MAX];

	switch (code) {
	case CURLE_OPERATION_TIMEDOUT:
		out_of_time(t);
		break;
	case CURLE_COULDNT_RESOLVE_HOST:
		transfer_error(t, "no address for %.*s: look at its name and "
		    "at the name servers",
		    (int)(strrchr(t->place, ':') - t->place), t->place);
		break;
	case CURLE_COULDNT_CONNECT:
		not_connected(t, code);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
		not_trusted(t, code);
		break;
	case CURLE_WRITE_ERROR:
		not_taken(t, code);
		break;
	case CURLE_GOT_NOTHING:
		transfer_error(t, "%s closed the connection without an answer",
		    t->place);
		break;
	case CURLE_OUT_OF_MEMORY:
		/* So libcurl calls a line beyond its own ceiling; when memory
		 * is really out, we do not come here. */
		transfer_error(t, "a header line from %s is too long",
		    t->place);
		break;
	case CURLE_PARTIAL_FILE:
		transfer_error(t, "%s closed the connection in the middle of "
		    "its answer (after %s)", t->place,
		    text_bytes(t->received, bytes));
		break;
	default:
		transfer_error(t, "%s: %s", t->place, detail(t, code));
		break;
	}
}
