/* What is done to an environment: which runbooks, with which values. */
#include "config/options-limits.h"

#define ENVIRONMENT(member) offsetof(struct conf_environment, member)
#define VALUE(member) offsetof(struct conf_value, member)

/* As runbooks name their parameters. */
static bool
is_parameter(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return n > 0 && n <= 32 && text[n] == '\0' && text[0] >= 'a';
}

static const struct option table[] = {
	{
		.path = "environments.*.deploy",
		.type = OPTION_TEXT,
		.offset = ENVIRONMENT(deploy_book),
		.max = 32,
		.valid = option_is_name,
		.expected = N_("the name of a runbook"),
		.fallback_text = N_("by the kind of environment, see above"),
		.example = "deploy-staging",
		.help = N_("the runbook that deploys to it"),
	}, {
		.path = "environments.*.rollback",
		.type = OPTION_TEXT,
		.offset = ENVIRONMENT(rollback_book),
		.max = 32,
		.valid = option_is_name,
		.expected = N_("the name of a runbook"),
		.fallback_text = N_("by the kind of environment, see above"),
		.example = "rollback-ssh",
		.help = N_("the runbook that brings an earlier version back"),
	}, {
		.path = "environments.*.compose_files",
		.type = OPTION_TEXT,
		.offset = ENVIRONMENT(compose_files),
		.max = 1000,
		.fallback_text = N_("compose.yml and, on another host, that of "
		    "the environment"),
		.example = "compose.yml compose.prod.yml",
		.help = N_("the Compose files in its checkout, separated by "
		    "blanks: {compose_files} in runbooks"),
	}, {
		.path = "environments.*.values",
		.type = OPTION_LIST,
		.offset = ENVIRONMENT(values),
		.offset2 = ENVIRONMENT(value_count),
		.size = sizeof(struct conf_value),
		.max = 50,
		.help = N_("values of runbooks' parameters there"),
	}, {
		.path = "environments.*.values.*.name",
		.type = OPTION_TEXT,
		.offset = VALUE(name),
		.required = true,
		.max = 32,
		.valid = is_parameter,
		.expected = N_("the name of a parameter: a-z, 0-9 and _"),
		.example = "smoke_url",
		.help = N_("the parameter; runbooks without it pass it over"),
	}, {
		.path = "environments.*.values.*.value",
		.type = OPTION_TEXT,
		.offset = VALUE(value),
		.required = true,
		.max = 4096,
		.example = "https://wiki.example.org",
		.help = N_("its value; no secret, which belongs in a file"),
	},
};

const struct option_group options_run = OPTION_GROUP(table);
