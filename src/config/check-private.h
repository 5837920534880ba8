/*
 * What the files of the checker share: check.c of what is always there,
 * check-sources.c of GitHub, the registry, schemas and backups.
 */
#ifndef CONFIG_CHECK_PRIVATE_H
#define CONFIG_CHECK_PRIVATE_H

#include "config/check.h"
#include "config/options.h"
#include "config/read.h"

struct checker {
	struct conf *conf;
	struct problems *problems;
	char *directory;	/* of the file */
};

/* Where to complain about an option: where it was written, else at the top. */
struct conf_origin check_place(const struct checker *k, const char *option);
/* "OPTION is 'VALUE', expected …". */
void check_complain(struct checker *k, const char *option, const char *value,
    const char *expected);
/* Make all paths of one struct absolute; env is NULL outside of an
 * environment. */
void check_paths(struct checker *k, const char *scope, const char *path,
    const struct conf_environment *env, void *base);

void check_sources(struct checker *k);
void check_environment_sources(struct checker *k, const char *path,
    struct conf_environment *env);

#endif
