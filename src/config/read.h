/*
 * The walk through a document by the table of options: fills a struct conf and
 * complains of what does not fit. What several options say together is
 * checked afterwards (check.h).
 */
#ifndef CONFIG_READ_H
#define CONFIG_READ_H

#include "config/conf.h"
#include "config/options.h"
#include "config/problems.h"
#include "config/yaml.h"

/* Fill *c, which is empty but for its path. It stays safe to release. */
void conf_read(struct conf *c, const struct node *root, struct problems *p);
void conf_release(struct conf *c);

/* Where an option was written, or NULL: nowhere. Borrowed. */
const struct conf_origin *conf_find_origin(const struct conf *c,
    const char *option);

#endif
