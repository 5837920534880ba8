/*
 * The configuration: one YAML file, read through one table of options that
 * also makes `config print` and the nearest-key hints. Every value knows where
 * it came from (file:line, or "default"). vigie.yaml(5) describes the file.
 */
#ifndef CONFIG_CONF_H
#define CONFIG_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "model/judge.h"

struct conf_probe {
	char *name, *url;
	char *ca_file;		/* PEM bundle, or NULL: the system's */
	char *expect_field;	/* dotted JSON path that must … */
	char *expect_value;	/* … have this value; NULL: only exist */
	int expect_status;	/* 0: any 2xx */
	int64_t interval_ms, deadline_ms;
};

/* Where a secret is read when it is needed: never kept in the configuration. */
struct conf_secret {
	char *file;		/* 0600, else refused; or */
	char *command;		/* a shell's command line that prints it */
};

/* A query whose answer tells the schema of a database. */
struct conf_schema {
	char *name;		/* "docmost" */
	char *service;		/* compose service to run it in, or NULL: host */
	char *command;		/* a shell's command line */
};

/* One series of backups: in a directory of the environment's host, a bucket, or
 * a restic repository; exactly one of them. */
struct conf_backup {
	char *kind;		/* "docmost", "baserow", "files" */
	char *directory;	/* on the environment's host */
	char *files;		/* shell pattern of base names */
	char *s3_url, *s3_bucket, *s3_prefix, *s3_region;
	char *s3_style;		/* NULL: path; "virtual" */
	char *s3_access_key, *s3_ca_file;
	struct conf_secret s3_secret;
	char *restic_repository, *restic_host, *restic_tag;
	struct conf_secret restic_password;
	char *format;		/* NULL: any; "pg_dump", "tar", "gzip",
				 * "baserow" */
	int64_t every_ms, max_age_ms, interval_ms;
	int keep;		/* 0: not said */
	char *verify_tools;	/* shell words before pg_restore, psql … */
	char *verify_database;	/* scratch, made and dropped */
	char *verify_query;	/* must print something; NULL: no restore */
	int64_t verify_deadline_ms;
};

struct conf_value {
	char *name, *value;
};

struct conf_environment {
	char *name;		/* key under "environments" */
	char *title, *data, *trigger, *approval;
	bool production;
	char *ssh_host;		/* NULL: this machine */
	char *ssh_config;	/* for ssh -F, or NULL */
	char *ssh_transport;	/* NULL: automatic */
	char *engine;		/* Unix socket path, on that host */
	char *compose_project;
	char *directory;	/* checkout on that host, or NULL */
	char *disk;		/* path whose file system is watched */
	int64_t interval_ms;	/* host and container figures */
	struct conf_probe *probes;
	size_t probe_count;
	char *github_environment;	/* its name there */
	int64_t good_after_ms;	/* healthy so long, a version is good */
	struct conf_schema *schemas;
	size_t schema_count;
	struct conf_backup *backups;
	size_t backup_count;
	char *deploy_book, *rollback_book;	/* NULL: by its kind */
	char *compose_files;	/* words; NULL: by its kind */
	struct conf_value *values;	/* of runbooks' parameters */
	size_t value_count;
	struct limits limits;	/* the general ones, but for its own */
};

/* The git clone on this machine that releases are read from. */
struct conf_repository {
	char *path;		/* NULL: there is none */
	char *remote, *branch;
	char *changelog;	/* path within the repository */
	int64_t fetch_ms;	/* 0: never */
};

/* A workflow that is shown (the plan, §3.1). */
struct conf_workflow {
	char *file;		/* "ci.yml" */
	char *role;		/* NULL: other; as enum workflow_role's words */
	char *environment;	/* ours, that it deploys; or NULL */
	char *trigger, *blocks;	/* in words; or NULL */
	int64_t limit_ms;	/* longest duration, without the approval */
	bool approval;
};

struct conf_github {
	char *repository;	/* "owner/name"; NULL: there is none */
	char *url;		/* of the API, without a slash at its end */
	char *ca_file;
	struct conf_secret token;
	char *critical_label;
	int64_t interval_ms;
	struct conf_workflow *workflows;	/* the plan's unless given */
	size_t workflow_count;
};

/* The registry that has the project's own image. */
struct conf_registry {
	char *image;		/* "registry.example/hub/bridge"; NULL: none */
	char *url;		/* of the registry's API */
	char *ca_file, *user;
	struct conf_secret password;
	int64_t interval_ms;
};

/* One row of the weekly table of the business. */
struct conf_slot {
	char *days;		/* "mon-fri" */
	char *from, *to;	/* "08:30" */
	char *what;		/* in words */
};

/* When the business must not be disturbed (the plan, §8). */
struct conf_calendar {
	char *file;		/* iCalendar, on this machine; or NULL */
	char *timezone;		/* NULL: the server's */
	struct conf_slot *weekly;
	size_t weekly_count;
};

/* Where a value in the file stands; what has none is a default. */
struct conf_origin {
	char *option;	/* "environments.prod.probes[0].url" */
	int line, column;
};

struct conf {
	char *path;		/* the file, absolute */
	char *project;
	char *state_dir, *socket;
	char *runbooks;		/* directory of the site's; or NULL */
	char *theme;			/* a name, or a path with a slash */
	char **operators, **viewers;	/* user names or numeric uids */
	size_t operator_count, viewer_count;
	int64_t history_age_ms;		/* how long samples are kept */
	int64_t history_max_bytes;
	struct conf_repository repository;
	struct conf_github github;
	struct conf_registry registry;
	struct conf_calendar calendar;
	struct limits limits;		/* where an environment has none */
	struct conf_environment *environments;	/* in the file's order */
	size_t environment_count;
	struct conf_origin *origins;	/* sorted by option */
	size_t origin_count;
};

/* --config, else $VIGIE_CONFIG: these name the file whether it exists or not,
 * so that a misspelt one is an error. Else $XDG_CONFIG_HOME/vigie/vigie.yaml
 * (or ~/.config), else SYSCONFDIR/vigie/vigie.yaml: the first that exists; NULL
 * when none does. The caller frees it. */
char *conf_find(const char *given);

/* Read and check. The result is whole or NULL; then `errors` holds one line
 * per error, "file:line:column: what, expected what". A file that anybody may
 * write is refused: it says what the commands act on. */
struct conf *conf_load(const char *path, struct buf *errors);
/* The same from memory; `name` stands for the file. For tests and fuzzers. */
struct conf *conf_parse(const char *text, size_t len, const char *name,
    struct buf *errors);
void conf_free(struct conf *c);

/* Every option with its value and origin:
 * "environments.prod.engine: /var/run/docker.sock  # vigie.yaml:31". */
void conf_print(const struct conf *c, struct buf *out);

enum role { ROLE_NONE, ROLE_VIEWER, ROLE_OPERATOR };

/* The role of a user: listed under operators or viewers by name or number.
 * With neither list, the user who runs the server is the operator. The server's
 * own user is always an operator. */
enum role conf_role(const struct conf *c, unsigned uid, const char *user_name,
    unsigned server_uid);

#endif
