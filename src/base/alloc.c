#include "base/alloc.h"

#include <stdint.h>

#undef malloc
#undef calloc
#undef realloc

static void *
checked(void *p)
{
	if (!p) {
		fputs("vigie: out of memory\n", stderr);
		exit(2);
	}
	return p;
}

void *
xmalloc(size_t size)
{
	return checked(malloc(size ? size : 1));
}

void *
xcalloc(size_t count, size_t size)
{
	return checked(calloc(count ? count : 1, size ? size : 1));
}

void *
xreallocarray(void *p, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		checked(NULL);
	return checked(realloc(p, count && size ? count * size : 1));
}

char *
xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *
xstrdup_or_null(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

char *
xstrndup(const char *s, size_t len)
{
	char *copy;

	len = strnlen(s, len);
	copy = xmalloc(len + 1);
	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *
xvasprintf(const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) == -1)
		checked(NULL);
	return s;
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = xvasprintf(fmt, ap);
	va_end(ap);
	return s;
}

int
xstrset(char **slot, const char *s)
{
	char *old = *slot;

	if (old == s || (old && s && strcmp(old, s) == 0))
		return 0;
	*slot = xstrdup_or_null(s);
	free(old);
	return 1;
}
