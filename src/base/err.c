#include "base/err.h"

#include <errno.h>
#include <stdarg.h>

/* Drop a multibyte character that the end of the array cut in two. */
static void
mend_end(char *text)
{
	size_t n = strlen(text), back = 0;

	if (n < ERR_TEXT_MAX - 1)
		return;
	while (back < 3 && back < n && (text[n - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back < n && (text[n - 1 - back] & 0xc0) == 0xc0)
		text[n - 1 - back] = '\0';
}

int
err_set(struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return -1;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	mend_end(e->text);
	return -1;
}

int
err_prefix(struct err *e, const char *fmt, ...)
{
	char old[ERR_TEXT_MAX];
	va_list ap;
	size_t n;

	if (!e)
		return -1;
	memcpy(old, e->text, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	n = strlen(e->text);
	snprintf(e->text + n, sizeof(e->text) - n, ": %s", old);
	mend_end(e->text);
	return -1;
}

int
err_errno(struct err *e, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;
	size_t n;

	if (!e)
		return -1;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	n = strlen(e->text);
	snprintf(e->text + n, sizeof(e->text) - n, ": %s", strerror(saved));
	mend_end(e->text);
	errno = saved;
	return -1;
}
