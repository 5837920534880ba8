/* The environments and their probes. */
#include "config/options-limits.h"

/* Neither an option nor two words for whoever runs ssh. */
static bool
is_ssh_host(const char *text)
{
	return text[0] != '-' && text[strcspn(text, " \t'\"\\`$;&|<>")] == '\0';
}

/* Only a Unix socket: a name with another scheme would become a path. */
static bool
is_engine(const char *text)
{
	return strncmp(text, "unix:///", 8) == 0 || !strstr(text, "://");
}

static const char *const transports[] = {"auto", "libssh2", "openssh", NULL};

static const struct option table[] = {
	{
		.path = "environments",
		.type = OPTION_EACH,
		.offset = offsetof(struct conf, environments),
		.offset2 = offsetof(struct conf, environment_count),
		.size = sizeof(struct conf_environment),
		.name_offset = offsetof(struct conf_environment, name),
		.required = true,
		.max = 100,
		.help = N_("the environments by name, in the screens' order"),
	}, {
		.path = "environments.*.title",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf_environment, title),
		.max = 200,
		.fallback_text = N_("the environment's name"),
		.example = "Staging",
		.help = N_("what the screens call it"),
	}, {
		.path = "environments.*.production",
		.type = OPTION_BOOL,
		.offset = offsetof(struct conf_environment, production),
		.fallback = "false",
		.example = "true",
		.help = N_("real users depend on it: shown apart, and acts ask "
		    "for its name"),
	}, {
		.path = "environments.*.data",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf_environment, data),
		.max = 200,
		.example = "anonymised data",
		.help = N_("the class of its data"),
	}, {
		.path = "environments.*.trigger",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf_environment, trigger),
		.max = 200,
		.example = "push main, auto",
		.help = N_("what starts a deployment"),
	}, {
		.path = "environments.*.approval",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf_environment, approval),
		.max = 200,
		.example = "Yan or Corentin",
		.help = N_("who has to approve a deployment"),
	}, {
		.path = "environments.*.ssh",
		.type = OPTION_MAP,
		.short_for = "host",
		.expected = N_("a host, or a map with 'host'"),
		.fallback_text = N_("this machine"),
		.example = "prod",
		.help = N_("how to reach its host; a text is the host alone"),
	}, {
		.path = "environments.*.ssh.host",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf_environment, ssh_host),
		.required = true,
		.max = 255,
		.valid = is_ssh_host,
		.expected = N_("a host or an alias of ~/.ssh/config"),
		.example = "prod",
		.help = N_("host, or an alias of ~/.ssh/config"),
	}, {
		.path = "environments.*.ssh.config",
		.type = OPTION_PATH,
		.offset = offsetof(struct conf_environment, ssh_config),
		.fallback_text = N_("~/.ssh/config and the system's"),
		.example = "/etc/vigie/ssh_config",
		.help = N_("another configuration file for ssh"),
	}, {
		.path = "environments.*.ssh.transport",
		.type = OPTION_CHOICE,
		.offset = offsetof(struct conf_environment, ssh_transport),
		.choices = transports,
		.fallback = "auto",
		.example = "openssh",
		.help = N_("the built-in ssh, the system's, or whichever can"),
	}, {
		.path = "environments.*.engine",
		.type = OPTION_HOST_PATH,
		.offset = offsetof(struct conf_environment, engine),
		.valid = is_engine,
		.fallback = "/var/run/docker.sock",
		.expected = N_("the path of a Unix socket"),
		.example = "/run/user/1000/podman/podman.sock",
		.help = N_("socket of the Docker Engine, on its host"),
	}, {
		.path = "environments.*.compose_project",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf_environment, compose_project),
		.max = 63,
		.valid = option_is_name,
		.fallback_text = N_("the value of project"),
		.expected = N_("a Compose project name: a-z, 0-9, _ and -"),
		.example = "formation-hub",
		.help = N_("the Compose project whose containers are watched"),
	}, {
		.path = "environments.*.directory",
		.type = OPTION_HOST_PATH,
		.offset = offsetof(struct conf_environment, directory),
		.example = "/opt/formation-hub",
		.help = N_("the git checkout on its host, which tells the "
		    "version"),
	}, {
		.path = "environments.*.disk",
		.type = OPTION_HOST_PATH,
		.offset = offsetof(struct conf_environment, disk),
		.fallback = "/",
		.example = "/var/lib/docker",
		.help = N_("any path of the file system to watch, on its "
		    "host"),
	}, {
		.path = "environments.*.interval",
		.type = OPTION_DURATION,
		.offset = offsetof(struct conf_environment, interval_ms),
		.min = SECOND,
		.max = HOUR,
		.fallback = "5s",
		.example = "10s",
		.help = N_("how often host and container figures are read"),
	},
	LIMITS("environments.*.", struct conf_environment),
	{
		.path = "environments.*.probes",
		.type = OPTION_LIST,
		.offset = offsetof(struct conf_environment, probes),
		.offset2 = offsetof(struct conf_environment, probe_count),
		.size = sizeof(struct conf_probe),
		.max = 100,
		.help = N_("web addresses to ask, in the screens' order"),
	}, {
		.path = "environments.*.probes.*.name",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf_probe, name),
		.required = true,
		.max = 100,
		.example = "wiki",
		.help = N_("what the screens call it"),
	}, {
		.path = "environments.*.probes.*.url",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf_probe, url),
		.required = true,
		.max = 2000,
		.valid = option_is_url,
		.expected = N_("http://… or https://… without a user name"),
		.example = "https://wiki.acadenice.fr/api/health",
		.help = N_("the address"),
	}, {
		.path = "environments.*.probes.*.interval",
		.type = OPTION_DURATION,
		.offset = offsetof(struct conf_probe, interval_ms),
		.min = SECOND,
		.max = DAY,
		.fallback = "15s",
		.example = "30s",
		.help = N_("how often it is asked"),
	}, {
		.path = "environments.*.probes.*.deadline",
		.type = OPTION_DURATION,
		.offset = offsetof(struct conf_probe, deadline_ms),
		.min = 100,
		.max = 5 * MINUTE,
		.fallback_text = N_("10s, or the interval when it is shorter"),
		.example = "10s",
		.help = N_("how long an answer may take"),
	}, {
		.path = "environments.*.probes.*.ca",
		.type = OPTION_PATH,
		.offset = offsetof(struct conf_probe, ca_file),
		.fallback_text = N_("the system's authorities"),
		.example = "/etc/ssl/lab-ca.pem",
		.help = N_("certificate authorities to trust, a PEM file"),
	}, {
		.path = "environments.*.probes.*.expect",
		.type = OPTION_MAP,
		.help = N_("what makes an answer a good one"),
	}, {
		.path = "environments.*.probes.*.expect.status",
		.type = OPTION_INT,
		.offset = offsetof(struct conf_probe, expect_status),
		.min = 100,
		.max = 599,
		.fallback_text = N_("any from 200 to 299"),
		.example = "200",
		.help = N_("the HTTP status"),
	}, {
		.path = "environments.*.probes.*.expect.json",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf_probe, expect_field),
		.max = 200,
		.example = "status",
		.help = N_("a field that the JSON must have, with dots between "
		    "the levels"),
	}, {
		.path = "environments.*.probes.*.expect.equals",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf_probe, expect_value),
		.max = 200,
		.example = "ok",
		.help = N_("the value that the field must have"),
	},
};

const struct option_group options_environment = OPTION_GROUP(table);
