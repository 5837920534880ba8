#include "model/judge.h"

void
limits_defaults(struct limits *l)
{
	*l = (struct limits){
		.cpu_warn = 80, .cpu_crit = 95,
		.memory_warn = 80, .memory_crit = 95,
		.disk_warn = 80, .disk_crit = 90,
		.latency_warn = 1500,
		/* Renewal starts 30 days ahead: fewer than 25 left says that
		 * it fails. */
		.tls_warn_days = 25, .tls_crit_days = 7,
		.restarts_warn = 3,
		.bad_samples = 3, .good_samples = 2,
		.warn_no_healthcheck = true,
	};
}
