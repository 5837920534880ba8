/* What is observed beside the environments: the repository, GitHub, the
 * registry. */
#include <ctype.h>

#include "config/options-secret.h"

#define TOP(member) offsetof(struct conf, member)

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

/* "owner/name", as GitHub allows both. */
static bool
is_github_repository(const char *text)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t n = strspn(text, name);

	return n > 0 && text[n] == '/' && text[n + 1] &&
	    text[n + 1 + strspn(text + n + 1, name)] == '\0' &&
	    text[0] != '.' && text[n + 1] != '.';
}

/* A file below .github/workflows. */
static bool
is_workflow_file(const char *text)
{
	return text[0] != '.' && !strpbrk(text, "/?#% ");
}

/* "host[:port]/name", without a tag. */
static bool
is_image(const char *text)
{
	const char *slash = strchr(text, '/');

	return slash && slash != text && slash[1] &&
	    text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789._-/:")] ==
	    '\0' && !strchr(slash, ':') && !strstr(text, "//") &&
	    text[strlen(text) - 1] != '/';
}

static const char *const roles[] = {"other", "ci", "deploy", "e2e",
	"backup-test", NULL};

#define WORKFLOW(member) offsetof(struct conf_workflow, member)

static const struct option table[] = {
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
	{
		.path = "github",
		.type = OPTION_MAP,
		.fallback_text = N_("no pipelines are shown"),
		.help = N_("where the workflows run and deployments are "
		    "approved"),
	}, {
		.path = "github.repository",
		.type = OPTION_TEXT,
		.offset = TOP(github.repository),
		.required = true,
		.max = 200,
		.valid = is_github_repository,
		.expected = N_("owner/name"),
		.example = "acadenice/formation-hub",
		.help = N_("the repository"),
	}, {
		.path = "github.url",
		.type = OPTION_TEXT,
		.offset = TOP(github.url),
		.max = 2000,
		.valid = option_is_url,
		.fallback = "https://api.github.com",
		.expected = N_("http://… or https://… without a user name"),
		.example = "https://github.example/api/v3",
		.help = N_("the REST API; that of GitHub Enterprise ends in "
		    "/api/v3"),
	}, {
		.path = "github.ca",
		.type = OPTION_PATH,
		.offset = TOP(github.ca_file),
		.fallback_text = N_("the system's authorities"),
		.example = "/etc/ssl/github-ca.pem",
		.help = N_("certificate authorities to trust, a PEM file"),
	},
	SECRET("github.token", struct conf, github.token,
	    N_("the access token")),
	{
		.path = "github.critical_label",
		.type = OPTION_TEXT,
		.offset = TOP(github.critical_label),
		.max = 100,
		.fallback = "critical",
		.example = "blocker",
		.help = N_("label of the pull requests that must not be open "
		    "at a deployment"),
	}, {
		.path = "github.interval",
		.type = OPTION_DURATION,
		.offset = TOP(github.interval_ms),
		.min = SECOND,
		.max = HOUR,
		.fallback = "30s",
		.example = "1m",
		.help = N_("how often it is asked; more often while something "
		    "runs"),
	}, {
		.path = "github.workflows",
		.type = OPTION_LIST,
		.offset = TOP(github.workflows),
		.offset2 = TOP(github.workflow_count),
		.size = sizeof(struct conf_workflow),
		.max = 50,
		.fallback_text = N_("the five of the deployment plan"),
		.help = N_("the workflows to show, in the screens' order"),
	}, {
		.path = "github.workflows.*.file",
		.type = OPTION_TEXT,
		.offset = WORKFLOW(file),
		.required = true,
		.max = 200,
		.valid = is_workflow_file,
		.expected = N_("a file's name in .github/workflows"),
		.example = "ci.yml",
		.help = N_("its file"),
	}, {
		.path = "github.workflows.*.role",
		.type = OPTION_CHOICE,
		.offset = WORKFLOW(role),
		.choices = roles,
		.fallback = "other",
		.example = "ci",
		.help = N_("what its result is evidence of"),
	}, {
		.path = "github.workflows.*.environment",
		.type = OPTION_TEXT,
		.offset = WORKFLOW(environment),
		.max = 63,
		.valid = option_is_name,
		.expected = N_("the name of an environment"),
		.example = "prod",
		.help = N_("the environment that it deploys"),
	}, {
		.path = "github.workflows.*.trigger",
		.type = OPTION_TEXT,
		.offset = WORKFLOW(trigger),
		.max = 200,
		.example = "tag v*",
		.help = N_("what starts it"),
	}, {
		.path = "github.workflows.*.blocks",
		.type = OPTION_TEXT,
		.offset = WORKFLOW(blocks),
		.max = 200,
		.example = "the merge",
		.help = N_("what its failure blocks"),
	}, {
		.path = "github.workflows.*.limit",
		.type = OPTION_DURATION,
		.offset = WORKFLOW(limit_ms),
		.min = SECOND,
		.max = 7 * DAY,
		.fallback = "10m",
		.example = "15m",
		.help = N_("how long it may take, waiting for approval apart"),
	}, {
		.path = "github.workflows.*.approval",
		.type = OPTION_BOOL,
		.offset = WORKFLOW(approval),
		.fallback = "false",
		.example = "true",
		.help = N_("it waits for somebody's approval"),
	}, {
		.path = "registry",
		.type = OPTION_MAP,
		.short_for = "image",
		.expected = N_("an image, or a map with 'image'"),
		.fallback_text = N_("no registry is asked"),
		.example = "registry.acadenice.fr/formation-hub/bridge",
		.help = N_("the registry of the project's own image; a text is "
		    "the image alone"),
	}, {
		.path = "registry.image",
		.type = OPTION_TEXT,
		.offset = TOP(registry.image),
		.required = true,
		.max = 500,
		.valid = is_image,
		.expected = N_("host/name without a tag"),
		.example = "registry.acadenice.fr/formation-hub/bridge",
		.help = N_("the image whose tags are the versions"),
	}, {
		.path = "registry.url",
		.type = OPTION_TEXT,
		.offset = TOP(registry.url),
		.max = 2000,
		.valid = option_is_url,
		.fallback_text = N_("https:// and the image's host"),
		.expected = N_("http://… or https://… without a user name"),
		.example = "http://127.0.0.1:5000",
		.help = N_("the registry's address"),
	}, {
		.path = "registry.ca",
		.type = OPTION_PATH,
		.offset = TOP(registry.ca_file),
		.fallback_text = N_("the system's authorities"),
		.example = "/etc/ssl/registry-ca.pem",
		.help = N_("certificate authorities to trust, a PEM file"),
	}, {
		.path = "registry.user",
		.type = OPTION_TEXT,
		.offset = TOP(registry.user),
		.max = 200,
		.example = "vigie",
		.help = N_("who asks, where the registry wants to know"),
	},
	SECRET("registry.password", struct conf, registry.password,
	    N_("the user's password")),
	{
		.path = "registry.interval",
		.type = OPTION_DURATION,
		.offset = TOP(registry.interval_ms),
		.min = SECOND,
		.max = DAY,
		.fallback = "1m",
		.example = "5m",
		.help = N_("how often it is asked"),
	},
};

const struct option_group options_sources = OPTION_GROUP(table);
