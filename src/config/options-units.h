/*
 * What the tables of options count in.
 */
#ifndef CONFIG_OPTIONS_UNITS_H
#define CONFIG_OPTIONS_UNITS_H

#include "base/i18n.h"
#include "config/conf.h"
#include "config/options.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MIB (INT64_C(1024) * 1024)

#endif
