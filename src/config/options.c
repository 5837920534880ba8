#include "config/options.h"

#include <ctype.h>
#include <strings.h>

#include "base/i18n.h"
#include "base/text.h"
#include "config/conf.h"

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MIB (INT64_C(1024) * 1024)

bool
option_is_name(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return n > 0 && n <= 63 && text[n] == '\0' &&
	    isalnum((unsigned char)text[0]);
}

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

static bool
is_authority(const char *s, size_t len)
{
	const char *colon = memrchr(s, ':', len);
	const char *bracket = memchr(s, ']', len);
	char port[6];
	int64_t n;

	if (len == 0 || memchr(s, '@', len))
		return false;
	if (s[0] == '[' ? !bracket : bracket != NULL)
		return false;
	if (!colon || (bracket && colon < bracket))
		return true;
	if (colon == s || (size_t)(s + len - colon) > sizeof(port))
		return false;
	memcpy(port, colon + 1, s + len - colon - 1);
	port[s + len - colon - 1] = '\0';
	return text_int(port, 1, 65535, &n) == 0;
}

static bool
is_url(const char *text)
{
	size_t scheme = strncasecmp(text, "http://", 7) == 0 ? 7 :
	    strncasecmp(text, "https://", 8) == 0 ? 8 : 0;

	return scheme && text[strcspn(text, " \t\"<>\\^`{|}")] == '\0' &&
	    is_authority(text + scheme, strcspn(text + scheme, "/?#"));
}

/* A name that git takes for a ref's, and for no option or range. */
static bool
is_ref_name(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-");

	return text[n] == '\0' && isalnum((unsigned char)text[0]) &&
	    !strstr(text, "..") && !strstr(text, "//") &&
	    text[n - 1] != '/' && text[n - 1] != '.';
}

/* Below the repository's top. */
static bool
is_inner_path(const char *text)
{
	return text[0] != '/' && text[0] != '-' && text[0] != ':' &&
	    strcmp(text, "..") != 0 && strncmp(text, "../", 3) != 0 &&
	    !strstr(text, "/../");
}

static const char *const transports[] = {"auto", "libssh2", "openssh", NULL};

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

/* Within one scope an option is read after those above it. */
const struct option options[] = {
	{
		.path = "project",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf, project),
		.required = true,
		.max = 100,
		.example = "formation-hub",
		.help = N_("what is watched, as the screens call it"),
	}, {
		.path = "state",
		.type = OPTION_PATH,
		.offset = offsetof(struct conf, state_dir),
		.fallback_text = N_("by user, see below"),
		.example = "/var/lib/vigie",
		.help = N_("directory of the history and of the server's log"),
	}, {
		.path = "socket",
		.type = OPTION_PATH,
		.offset = offsetof(struct conf, socket),
		.fallback_text = N_("by user, see below"),
		.example = "/run/vigie/vigie.sock",
		.help = N_("where the server listens for clients"),
	}, {
		.path = "theme",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf, theme),
		.max = 4096,
		.fallback = "dark",
		.example = "light",
		.help = N_("colours: a theme's name, or the path of a file"),
	}, {
		.path = "operators",
		.type = OPTION_USERS,
		.offset = offsetof(struct conf, operators),
		.offset2 = offsetof(struct conf, operator_count),
		.max = 1000,
		.example = "[corentin, yan]",
		.help = N_("users who may act, by name or number"),
	}, {
		.path = "viewers",
		.type = OPTION_USERS,
		.offset = offsetof(struct conf, viewers),
		.offset2 = offsetof(struct conf, viewer_count),
		.max = 1000,
		.example = "[wall, 1002]",
		.help = N_("users who may look, by name or number"),
	}, {
		.path = "history",
		.type = OPTION_MAP,
		.help = N_("how much of the past the graphs keep"),
	}, {
		.path = "history.age",
		.type = OPTION_DURATION,
		.offset = offsetof(struct conf, history_age_ms),
		.min = HOUR,
		.max = 3650 * DAY,
		.fallback = "30d",
		.example = "30d",
		.help = N_("older samples are dropped"),
	}, {
		.path = "history.size",
		.type = OPTION_BYTES,
		.offset = offsetof(struct conf, history_max_bytes),
		.min = MIB,
		.max = 1024 * 1024 * MIB,
		.fallback = "64MiB",
		.example = "64MiB",
		.help = N_("room on disk; the oldest samples make place"),
	},
	{
		.path = "repository",
		.type = OPTION_MAP,
		.short_for = "path",
		.expected = N_("a path, or a map with 'path'"),
		.fallback_text = N_("no releases are shown"),
		.example = "/srv/formation-hub",
		.help = N_("the git clone on this machine that tells the "
		    "releases; a text is the path alone"),
	}, {
		.path = "repository.path",
		.type = OPTION_PATH,
		.offset = offsetof(struct conf, repository.path),
		.required = true,
		.example = "/srv/formation-hub",
		.help = N_("directory of the clone, bare or not; its work "
		    "tree is not touched"),
	}, {
		.path = "repository.remote",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf, repository.remote),
		.max = 100,
		.valid = is_ref_name,
		.fallback = "origin",
		.expected = N_("the name of a git remote"),
		.example = "upstream",
		.help = N_("the remote to fetch from"),
	}, {
		.path = "repository.branch",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf, repository.branch),
		.max = 200,
		.valid = is_ref_name,
		.fallback = "main",
		.expected = N_("the name of a git branch"),
		.example = "master",
		.help = N_("the branch that releases are made from"),
	}, {
		.path = "repository.changelog",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf, repository.changelog),
		.max = 1000,
		.valid = is_inner_path,
		.fallback = "CHANGELOG.md",
		.expected = N_("a path within the repository"),
		.example = "docs/CHANGELOG.md",
		.help = N_("the changelog on that branch, for the notes"),
	}, {
		.path = "repository.fetch",
		.type = OPTION_DURATION,
		.offset = offsetof(struct conf, repository.fetch_ms),
		.min = 5 * SECOND,
		.max = 7 * DAY,
		.may_be_off = true,
		.fallback = "5m",
		.expected = N_("off, or a duration"),
		.example = "off",
		.help = N_("how often the remote is asked for news"),
	},
	LIMITS("", struct conf),
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
		.valid = is_url,
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

const size_t option_count = sizeof(options) / sizeof(options[0]);

/* What follows "scope." in the path, or NULL. */
static const char *
below(const struct option *o, const char *scope)
{
	size_t n = strlen(scope);

	if (n == 0)
		return o->path;
	return strncmp(o->path, scope, n) == 0 && o->path[n] == '.' ?
	    o->path + n + 1 : NULL;
}

const char *
option_key(const struct option *o, const char *scope)
{
	const char *rest = below(o, scope);

	return rest && !strchr(rest, '.') ? rest : NULL;
}

bool
option_in_struct(const struct option *o, const char *scope)
{
	const char *rest = below(o, scope);

	return rest && !strchr(rest, '*');
}
