/*
 * Memory that never fails: on exhaustion the program says so and exits, since
 * half a console is worse than a restart. free() stays free().
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <stdarg.h>
#include <stddef.h>

void *xmalloc(size_t size);
/* Zeroed. */
void *xcalloc(size_t count, size_t size);
/* Resize to count elements of size; the overflow of their product is fatal. */
void *xreallocarray(void *p, size_t count, size_t size);
char *xstrdup(const char *s);
/* NULL in, NULL out. */
char *xstrdup_or_null(const char *s);
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *fmt, va_list ap)
    __attribute__((format(printf, 1, 0)));

/* Free *slot and put a copy of s (or NULL) there; says whether it differed. */
int xstrset(char **slot, const char *s);

#endif
