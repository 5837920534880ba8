/*
 * The options of struct limits, which stand twice in the tables: once for all
 * environments and once for each.
 */
#ifndef CONFIG_OPTIONS_LIMITS_H
#define CONFIG_OPTIONS_LIMITS_H

#include "config/options-units.h"

/* The thresholds, once for all environments and once for each. */
#define LIMITS(scope, owner) \
	{ \
		.path = scope "limits", \
		.type = OPTION_MAP, \
		.help = N_("when a figure is worth a warning, and when it " \
		    "is critical"), \
	}, { \
		.path = scope "limits.cpu", \
		.type = OPTION_RISING, \
		.offset = offsetof(owner, limits.cpu_warn), \
		.offset2 = offsetof(owner, limits.cpu_crit), \
		.max = 100, \
		.example = "[80, 95]", \
		.help = N_("processor of the host in use, percent"), \
	}, { \
		.path = scope "limits.memory", \
		.type = OPTION_RISING, \
		.offset = offsetof(owner, limits.memory_warn), \
		.offset2 = offsetof(owner, limits.memory_crit), \
		.max = 100, \
		.example = "[80, 95]", \
		.help = N_("memory of the host in use, percent"), \
	}, { \
		.path = scope "limits.disk", \
		.type = OPTION_RISING, \
		.offset = offsetof(owner, limits.disk_warn), \
		.offset2 = offsetof(owner, limits.disk_crit), \
		.max = 100, \
		.example = "[80, 90]", \
		.help = N_("file system in use, percent"), \
	}, { \
		.path = scope "limits.tls_days", \
		.type = OPTION_FALLING, \
		.offset = offsetof(owner, limits.tls_warn_days), \
		.offset2 = offsetof(owner, limits.tls_crit_days), \
		.max = 3650, \
		.example = "[25, 7]", \
		.help = N_("days until a certificate expires"), \
	}, { \
		.path = scope "limits.latency", \
		.type = OPTION_LATENCY, \
		.offset = offsetof(owner, limits.latency_warn), \
		.min = 1, \
		.max = 10 * MINUTE, \
		.example = "1500ms", \
		.help = N_("time to answer a probe that is too slow"), \
	}, { \
		.path = scope "limits.restarts", \
		.type = OPTION_INT, \
		.offset = offsetof(owner, limits.restarts_warn), \
		.min = 1, \
		.max = 1000000, \
		.example = "3", \
		.help = N_("restarts of a container since it was created"), \
	}, { \
		.path = scope "limits.bad_samples", \
		.type = OPTION_INT, \
		.offset = offsetof(owner, limits.bad_samples), \
		.min = 1, \
		.max = 100, \
		.example = "3", \
		.help = N_("bad samples in a row before the status falls"), \
	}, { \
		.path = scope "limits.good_samples", \
		.type = OPTION_INT, \
		.offset = offsetof(owner, limits.good_samples), \
		.min = 1, \
		.max = 100, \
		.example = "2", \
		.help = N_("good samples in a row before it recovers"), \
	}, { \
		.path = scope "limits.warn_no_healthcheck", \
		.type = OPTION_BOOL, \
		.offset = offsetof(owner, limits.warn_no_healthcheck), \
		.example = "true", \
		.help = N_("warn of a service that has no healthcheck"), \
	}

#endif
