#include "config/check-private.h"

#include "base/alloc.h"
#include "base/i18n.h"

/* The plan's five (§3.1). */
static const struct conf_workflow plan[] = {
	{.file = "ci.yml", .role = "ci", .trigger = "push, pull request",
	    .blocks = "the merge", .limit_ms = 10 * 60000},
	{.file = "deploy-staging.yml", .role = "deploy",
	    .environment = "staging", .trigger = "push main",
	    .blocks = "a deploy while CI is red", .limit_ms = 5 * 60000},
	{.file = "deploy-prod.yml", .role = "deploy", .environment = "prod",
	    .trigger = "tag v*", .blocks = "a deploy without approval",
	    .limit_ms = 5 * 60000, .approval = true},
	{.file = "nightly-backup-test.yml", .role = "backup-test",
	    .trigger = "monthly, 03:00", .blocks = "nothing, but alerts",
	    .limit_ms = 30 * 60000},
	{.file = "e2e.yml", .role = "e2e", .trigger = "after deploy-staging",
	    .blocks = "the tag for prod", .limit_ms = 15 * 60000},
};

#define PLAN (sizeof(plan) / sizeof(plan[0]))

static void
complain(struct checker *k, const char *option, const char *text)
{
	struct conf_origin at = check_place(k, option);

	problems_add(k->problems, at.line, at.column, "%s %s", option, text);
}

/* One way to get it, and no more. */
static void
check_secret(struct checker *k, const char *option,
    const struct conf_secret *s, bool required)
{
	if (s->file && s->command)
		complain(k, option, _("has 'file' and 'command', expected "
		    "one of them"));
	else if (required && !s->file && !s->command)
		complain(k, option, _("is missing, expected a file or a "
		    "command"));
}

static void
cut_slashes(char *url)
{
	size_t n = url ? strlen(url) : 0;

	while (n > 8 && url[n - 1] == '/')
		url[--n] = '\0';
}

static const struct conf_environment *
find_environment(const struct conf *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->environment_count; i++)
		if (strcmp(c->environments[i].name, name) == 0)
			return &c->environments[i];
	return NULL;
}

/* --- github ------------------------------------------------------------- */

static void
default_workflows(struct conf *c)
{
	struct conf_github *g = &c->github;
	size_t i;

	g->workflows = xcalloc(PLAN, sizeof(*g->workflows));
	g->workflow_count = PLAN;
	for (i = 0; i < PLAN; i++) {
		const char *env = plan[i].environment;

		g->workflows[i] = plan[i];
		g->workflows[i].file = xstrdup(plan[i].file);
		g->workflows[i].role = xstrdup(plan[i].role);
		g->workflows[i].trigger = xstrdup(plan[i].trigger);
		g->workflows[i].blocks = xstrdup(plan[i].blocks);
		g->workflows[i].environment = env &&
		    find_environment(c, env) ? xstrdup(env) : NULL;
	}
}

static void
check_workflow(struct checker *k, size_t n)
{
	const struct conf_github *g = &k->conf->github;
	const struct conf_workflow *w = &g->workflows[n];
	char *file = xasprintf("github.workflows[%zu].file", n);
	char *env = xasprintf("github.workflows[%zu].environment", n);
	size_t i;

	for (i = 0; w->file && i < n; i++)
		if (g->workflows[i].file &&
		    strcmp(g->workflows[i].file, w->file) == 0)
			check_complain(k, file, w->file,
			    _("a file of its own: a workflow above has it"));
	if (w->environment && !find_environment(k->conf, w->environment))
		check_complain(k, env, w->environment,
		    _("the name of an environment of this file"));
	free(file);
	free(env);
}

static void
check_github(struct checker *k)
{
	struct conf_github *g = &k->conf->github;
	size_t i;

	cut_slashes(g->url);
	check_secret(k, "github.token", &g->token, false);
	for (i = 0; i < g->workflow_count; i++)
		check_workflow(k, i);
	if (g->repository && !g->workflows)
		default_workflows(k->conf);
}

/* --- registry ------------------------------------------------------------ */

static void
check_registry(struct checker *k)
{
	struct conf_registry *r = &k->conf->registry;
	bool secret = r->password.file || r->password.command;

	check_secret(k, "registry.password", &r->password, r->user != NULL);
	if (secret && !r->user)
		complain(k, "registry.password", _("without a user, expected "
		    "'user' beside it"));
	if (r->image && !r->url)
		r->url = xasprintf("https://%.*s",
		    (int)strcspn(r->image, "/"), r->image);
	cut_slashes(r->url);
}

void
check_sources(struct checker *k)
{
	check_github(k);
	check_registry(k);
}

/* --- schemas and backups ------------------------------------------------- */

static void
check_schema(struct checker *k, const char *path,
    const struct conf_environment *env, size_t n)
{
	const struct conf_schema *s = &env->schemas[n];
	char *name = xasprintf("%s.schemas[%zu].name", path, n);
	size_t i;

	for (i = 0; s->name && i < n; i++)
		if (env->schemas[i].name &&
		    strcmp(env->schemas[i].name, s->name) == 0)
			check_complain(k, name, s->name,
			    _("a name of its own: a schema above has it"));
	free(name);
}

/* Where they lie, and the secret that it takes to look. */
static void
check_place_of(struct checker *k, const char *path,
    const struct conf_backup *b)
{
	int places = (b->directory != NULL) + (b->s3_url != NULL) +
	    (b->restic_repository != NULL);
	char *secret = xasprintf("%s.s3.secret", path);
	char *password = xasprintf("%s.restic.password", path);

	if (places != 1)
		complain(k, path, _("expected exactly one of 'directory', "
		    "'s3' and 'restic'"));
	check_secret(k, secret, &b->s3_secret, b->s3_url != NULL);
	check_secret(k, password, &b->restic_password,
	    b->restic_repository != NULL);
	free(secret);
	free(password);
}

/* PostgreSQL cuts names at 63 bytes. */
static char *
scratch_name(const char *kind)
{
	char *name = xasprintf("vigie_scratch_%.49s", kind), *c;

	for (c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	return name;
}

static void
check_backup(struct checker *k, const char *path,
    struct conf_environment *env, size_t n)
{
	struct conf_backup *b = &env->backups[n];
	char *whole = xasprintf("%s.backups[%zu]", path, n);
	char *kind = xasprintf("%s.kind", whole);
	char *query = xasprintf("%s.verify.query", whole);
	size_t i;

	for (i = 0; b->kind && i < n; i++)
		if (env->backups[i].kind &&
		    strcmp(env->backups[i].kind, b->kind) == 0)
			check_complain(k, kind, b->kind,
			    _("a kind of its own: a series above has it"));
	/* Two series may share a server. */
	if (!b->verify_database && b->kind)
		b->verify_database = scratch_name(b->kind);
	check_place_of(k, whole, b);
	check_paths(k, "environments.*.backups.*", whole, env, b);
	cut_slashes(b->s3_url);
	if (b->verify_query && (!b->format ||
	    strcmp(b->format, "pg_dump") != 0))
		complain(k, query, _("needs 'format: pg_dump': only a dump "
		    "can be restored into a database"));
	free(whole);
	free(kind);
	free(query);
}

void
check_environment_sources(struct checker *k, const char *path,
    struct conf_environment *env)
{
	size_t i;

	if (!env->github_environment)
		env->github_environment = xstrdup(env->production ?
		    "production" : env->name);
	for (i = 0; i < env->schema_count; i++)
		check_schema(k, path, env, i);
	for (i = 0; i < env->backup_count; i++)
		check_backup(k, path, env, i);
}
