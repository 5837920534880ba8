/*
 * One option's value between the file's text and its field: read, described
 * ("a duration from 1s to 1h"), printed, released. `base` is the struct that
 * the option belongs to.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <stdbool.h>

#include "base/buf.h"
#include "config/options.h"
#include "config/yaml.h"

/* -1 when the node is not what the option expects; the field is untouched. */
int value_read(const struct option *o, const struct node *n, void *base);
/* Whether a node's own text may be shown as it stands. */
bool value_is_clean(const struct node *n);
/* Whether it is an item that a list of users may have. */
bool value_is_user(const struct node *n);
/* What it expects, in words. */
void value_describe(const struct option *o, struct buf *b);
/* The value as the file would have it; false, and nothing added, when it has
 * none. */
bool value_print(const struct option *o, const void *base, struct buf *b);
/* Give the field its default, if the table has one. */
void value_default(const struct option *o, void *base);
void value_release(const struct option *o, void *base);

/* The text field of an option that has one. */
char **value_text(const struct option *o, void *base);

#endif
