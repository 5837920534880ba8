/*
 * Calls that this project does without, made compile errors. The compiler is
 * told to include this header first in every file (Makefile.am), so nothing
 * escapes it (config.h comes before, so the system headers see its macros). What to use instead stands beside each group.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BANNED(call) sorry_##call##_is_banned

/* struct buf (base/buf.h), or snprintf with a checked size */
#undef strcpy
#define strcpy(d, s) BANNED(strcpy)
#undef strcat
#define strcat(d, s) BANNED(strcat)
#undef strncpy
#define strncpy(d, s, n) BANNED(strncpy)
#undef strncat
#define strncat(d, s, n) BANNED(strncat)
#undef sprintf
#define sprintf(...) BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) BANNED(vsprintf)

/* strchr and strcspn: strtok keeps hidden state */
#undef strtok
#define strtok(s, d) BANNED(strtok)
#undef strtok_r
#define strtok_r(s, d, p) BANNED(strtok_r)

/* text_int() (base/text.h): atoi cannot fail */
#undef atoi
#define atoi(s) BANNED(atoi)
#undef atol
#define atol(s) BANNED(atol)

/* io/child.h: argv only, never a shell on this side */
#undef system
#define system(s) BANNED(system)
#undef popen
#define popen(s, m) BANNED(popen)

/* base/clock.h: the _r forms */
#undef localtime
#define localtime(t) BANNED(localtime)
#undef gmtime
#define gmtime(t) BANNED(gmtime)
#undef ctime
#define ctime(t) BANNED(ctime)

/* base/alloc.h: x…() never returns NULL */
#undef malloc
#define malloc(n) BANNED(malloc)
#undef calloc
#define calloc(n, s) BANNED(calloc)
#undef realloc
#define realloc(p, n) BANNED(realloc)
#undef strdup
#define strdup(s) BANNED(strdup)
#undef strndup
#define strndup(s, n) BANNED(strndup)

#endif
