#include "config/check-private.h"

#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "config/place.h"
#include "config/value.h"

#define DEADLINE_MS 10000
#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)

struct conf_origin
check_place(const struct checker *k, const char *option)
{
	const struct conf_origin *o = conf_find_origin(k->conf, option);
	struct conf_origin top = {.line = 1, .column = 1};

	return o ? *o : top;
}

void
check_complain(struct checker *k, const char *option, const char *value,
    const char *expected)
{
	struct conf_origin at = check_place(k, option);
	char *shown = problems_quote(value);

	problems_add(k->problems, at.line, at.column,
	    _("%s is '%s', expected %s"), option, shown, expected);
	free(shown);
}

static void
check_socket_length(struct checker *k, const char *option, const char *path)
{
	struct conf_origin at = check_place(k, option);

	if (strlen(path) > SOCKET_PATH_MAX)
		problems_add(k->problems, at.line, at.column,
		    _("%s is a path of %zu bytes, expected at most %zu for a "
		    "socket"), option, strlen(path), SOCKET_PATH_MAX);
}

/* The path of a file of this machine, made absolute in place. */
static void
resolve(struct checker *k, const char *option, char **path)
{
	char *whole;

	if (!*path)
		return;
	whole = place_resolve(*path, k->directory);
	if (!whole) {
		check_complain(k, option, *path,
		    _("an absolute path, ~/path, or one relative to the file's "
		    "directory"));
		return;
	}
	free(*path);
	*path = whole;
}

static void
check_host_path(struct checker *k, const struct conf_environment *env,
    const char *option, char **path)
{
	if (!*path)
		return;
	if (strncmp(*path, "unix://", 7) == 0)
		memmove(*path, *path + 7, strlen(*path + 7) + 1);
	if (!env->ssh_host)
		resolve(k, option, path);
	else if (**path != '/')
		check_complain(k, option, *path,
		    _("an absolute path, for it is on another host"));
}

void
check_paths(struct checker *k, const char *scope, const char *path,
    const struct conf_environment *env, void *base)
{
	size_t i, skip = *scope ? strlen(scope) + 1 : 0;
	const struct option *o;
	char *name;

	for (i = 0; (o = option_at(i)); i++) {
		if (!option_in_struct(o, scope) ||
		    (o->type != OPTION_PATH && o->type != OPTION_HOST_PATH))
			continue;
		name = xasprintf("%s%s%s", path, *path ? "." : "",
		    o->path + skip);
		if (o->type == OPTION_PATH)
			resolve(k, name, value_text(o, base));
		else
			check_host_path(k, env, name, value_text(o, base));
		free(name);
	}
}

/* A file under SYSCONFDIR serves every user, so it must mean the same socket
 * to each of them. */
static bool
system_wide(const struct conf *c)
{
	static const char directory[] = SYSCONFDIR "/vigie/";

	return geteuid() == 0 ||
	    strncmp(c->path, directory, strlen(directory)) == 0;
}

static void
default_places(struct checker *k)
{
	struct conf *c = k->conf;
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	bool own_state = c->state_dir != NULL;
	char *parent;

	if (!own_state && system_wide(c)) {
		c->state_dir = xstrdup("/var/lib/vigie");
	} else if (!own_state) {
		parent = place_xdg("XDG_STATE_HOME", ".local/state");
		if (!parent) {
			problems_add(k->problems, 1, 1, _("the file has no "
			    "'state', expected it: this user has no home "
			    "directory"));
			return;
		}
		c->state_dir = xasprintf("%s/vigie", parent);
		free(parent);
	}
	if (c->socket)
		return;
	if (own_state)
		c->socket = xasprintf("%s/vigie.sock", c->state_dir);
	else if (system_wide(c))
		c->socket = xstrdup("/run/vigie/vigie.sock");
	else if (runtime && runtime[0] == '/')
		c->socket = xasprintf("%s/vigie/vigie.sock", runtime);
	else
		c->socket = xasprintf("%s/vigie.sock", c->state_dir);
}

static void
check_users(struct checker *k, const char *option, char **users, size_t n)
{
	const struct conf *c = k->conf;
	struct conf_origin at = check_place(k, option);
	char *name;
	size_t i, j;

	for (i = 0; i < n; i++) {
		name = problems_quote(users[i]);
		for (j = 0; j < i && strcmp(users[j], users[i]) != 0; j++)
			;
		if (j < i)
			problems_add(k->problems, at.line, at.column,
			    _("%s names '%s' twice, expected once"), option,
			    name);
		for (j = 0; users == c->viewers && j < c->operator_count; j++)
			if (strcmp(c->operators[j], users[i]) == 0)
				problems_add(k->problems, at.line, at.column,
				    _("'%s' is an operator and a viewer, "
				    "expected one role"), name);
		free(name);
	}
}

static void
check_probe(struct checker *k, const char *path,
    const struct conf_environment *env, struct conf_probe *probe)
{
	char *name = xasprintf("%s.name", path);
	char *deadline = xasprintf("%s.deadline", path);
	char *equals = xasprintf("%s.expect.equals", path);
	const struct conf_probe *other;
	struct conf_origin at;

	for (other = env->probes; probe->name && other < probe; other++)
		if (other->name && strcmp(other->name, probe->name) == 0) {
			check_complain(k, name, probe->name,
			    _("a name of its own: a probe above has it"));
			break;
		}
	at = check_place(k, deadline);
	if (probe->deadline_ms == 0)
		probe->deadline_ms = probe->interval_ms < DEADLINE_MS ?
		    probe->interval_ms : DEADLINE_MS;
	else if (probe->deadline_ms > probe->interval_ms)
		problems_add(k->problems, at.line, at.column, _("%s is longer "
		    "than the interval, expected at most that"), deadline);
	at = check_place(k, equals);
	if (probe->expect_value && !probe->expect_field)
		problems_add(k->problems, at.line, at.column,
		    _("%s without a field, expected 'json' beside it"),
		    equals);
	check_paths(k, "environments.*.probes.*", path, NULL, probe);
	free(name);
	free(deadline);
	free(equals);
}

static void
check_project(struct checker *k, const char *path,
    struct conf_environment *env)
{
	const struct conf *c = k->conf;
	struct conf_origin at = check_place(k, path);
	char *project;

	if (env->compose_project || !c->project)
		return;
	if (option_is_name(c->project)) {
		env->compose_project = xstrdup(c->project);
		return;
	}
	project = problems_quote(c->project);
	problems_add(k->problems, at.line, at.column, _("%s has no "
	    "'compose_project', expected one: the project's name '%s' is no "
	    "Compose project name"), path, project);
	free(project);
}

static void
check_environment(struct checker *k, struct conf_environment *env)
{
	char *shown = problems_quote(env->name), *probe;
	char *path = xasprintf("environments.%s", shown);
	char *engine = xasprintf("%s.engine", path);
	struct conf_origin at = check_place(k, path);
	size_t i;

	if (!option_is_name(env->name))
		problems_add(k->problems, at.line, at.column,
		    _("'%s' cannot name an environment, expected at most 63 "
		    "of a-z, 0-9, _ and -"), shown);
	check_paths(k, "environments.*", path, env, env);
	check_socket_length(k, engine, env->engine);
	check_project(k, path, env);
	for (i = 0; i < env->probe_count; i++) {
		probe = xasprintf("%s.probes[%zu]", path, i);
		check_probe(k, probe, env, &env->probes[i]);
		free(probe);
	}
	check_environment_sources(k, path, env);
	free(engine);
	free(path);
	free(shown);
}

void
conf_check(struct conf *c, struct problems *p)
{
	struct checker k = {.conf = c, .problems = p,
			    .directory = place_directory(c->path)};
	struct conf_origin at = check_place(&k, "environments");
	size_t i;

	check_paths(&k, "", "", NULL, c);
	default_places(&k);
	if (c->socket)
		check_socket_length(&k, "socket", c->socket);
	if (c->theme && strchr(c->theme, '/'))
		resolve(&k, "theme", &c->theme);
	check_users(&k, "operators", c->operators, c->operator_count);
	check_users(&k, "viewers", c->viewers, c->viewer_count);
	if (at.option && c->environment_count == 0 && p->count == 0)
		problems_add(p, at.line, at.column, _("environments is empty, "
		    "expected at least one environment"));
	for (i = 0; i < c->environment_count; i++)
		check_environment(&k, &c->environments[i]);
	check_sources(&k);
	free(k.directory);
}
