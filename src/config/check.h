/*
 * What the options of a file mean together: paths made absolute, defaults that
 * follow from other values or from the user, contradictions.
 */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include "config/conf.h"
#include "config/problems.h"

/* Complete *c after conf_read(); complain of what does not go together. */
void conf_check(struct conf *c, struct problems *p);

#endif
