/* What makes a rollback possible in an environment: schemas and backups. */
#include "config/options-secret.h"

#define ENVIRONMENT(member) offsetof(struct conf_environment, member)
#define SCHEMA(member) offsetof(struct conf_schema, member)
#define BACKUP(member) offsetof(struct conf_backup, member)

/* A pattern of base names. */
static bool
is_file_pattern(const char *text)
{
	return !strchr(text, '/');
}

static bool
is_bucket(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");

	return n > 2 && text[n] == '\0' && text[0] != '.' && text[0] != '-';
}

/* A database that is made and dropped must never be one that is in use. */
static bool
is_scratch(const char *text)
{
	return option_is_name(text) && strstr(text, "scratch");
}

static const char *const styles[] = {"path", "virtual", NULL};
static const char *const formats[] = {"any", "pg_dump", "tar", "gzip",
	"baserow", NULL};

#define HERE "environments.*.backups.*."

static const struct option table[] = {
	{
		.path = "environments.*.github_environment",
		.type = OPTION_TEXT,
		.offset = ENVIRONMENT(github_environment),
		.max = 255,
		.fallback_text = N_("production or the environment's name"),
		.example = "production",
		.help = N_("what GitHub calls it"),
	}, {
		.path = "environments.*.good_after",
		.type = OPTION_DURATION,
		.offset = ENVIRONMENT(good_after_ms),
		.min = SECOND,
		.max = 30 * DAY,
		.fallback = "30m",
		.example = "10m",
		.help = N_("a version that was healthy so long is one to go "
		    "back to"),
	}, {
		.path = "environments.*.schemas",
		.type = OPTION_LIST,
		.offset = ENVIRONMENT(schemas),
		.offset2 = ENVIRONMENT(schema_count),
		.size = sizeof(struct conf_schema),
		.max = 20,
		.help = N_("queries that tell the schema of each database"),
	}, {
		.path = "environments.*.schemas.*.name",
		.type = OPTION_TEXT,
		.offset = SCHEMA(name),
		.required = true,
		.max = 100,
		.example = "docmost",
		.help = N_("what the screens call it"),
	}, {
		.path = "environments.*.schemas.*.service",
		.type = OPTION_TEXT,
		.offset = SCHEMA(service),
		.max = 63,
		.valid = option_is_name,
		.expected = N_("the name of a service"),
		.fallback_text = N_("the host itself"),
		.example = "postgres",
		.help = N_("the service in whose container it is asked"),
	}, {
		.path = "environments.*.schemas.*.command",
		.type = OPTION_TEXT,
		.offset = SCHEMA(command),
		.required = true,
		.max = 2000,
		.example = "psql -U docmost -Atc 'select name from "
		    "kysely_migration order by 1' docmost",
		.help = N_("a shell command whose output is another when the "
		    "schema is another"),
	}, {
		.path = "environments.*.backups",
		.type = OPTION_LIST,
		.offset = ENVIRONMENT(backups),
		.offset2 = ENVIRONMENT(backup_count),
		.size = sizeof(struct conf_backup),
		.max = 50,
		.help = N_("the series of backups, in the screens' order"),
	}, {
		.path = HERE "kind",
		.type = OPTION_TEXT,
		.offset = BACKUP(kind),
		.required = true,
		.max = 63,
		.valid = option_is_name,
		.expected = N_("a name: a-z, 0-9, _ and -"),
		.example = "docmost",
		.help = N_("what is backed up"),
	}, {
		.path = HERE "directory",
		.type = OPTION_HOST_PATH,
		.offset = BACKUP(directory),
		.example = "/opt/formation-hub/backups",
		.help = N_("where they lie, on the environment's host"),
	}, {
		.path = HERE "files",
		.type = OPTION_TEXT,
		.offset = BACKUP(files),
		.max = 200,
		.valid = is_file_pattern,
		.fallback = "*",
		.expected = N_("a pattern of file names"),
		.example = "docmost-*.dump",
		.help = N_("which files of the directory, or which objects, a "
		    "shell's pattern of their last part"),
	}, {
		.path = HERE "s3",
		.type = OPTION_MAP,
		.help = N_("the bucket that they lie in"),
	}, {
		.path = HERE "s3.url",
		.type = OPTION_TEXT,
		.offset = BACKUP(s3_url),
		.required = true,
		.max = 2000,
		.valid = option_is_url,
		.expected = N_("http://… or https://… without a user name"),
		.example = "https://s3.gra.io.cloud.ovh.net",
		.help = N_("the service, without the bucket"),
	}, {
		.path = HERE "s3.bucket",
		.type = OPTION_TEXT,
		.offset = BACKUP(s3_bucket),
		.required = true,
		.max = 255,
		.valid = is_bucket,
		.expected = N_("a bucket's name"),
		.example = "acadenice-formation-hub-backup",
		.help = N_("the bucket"),
	}, {
		.path = HERE "s3.prefix",
		.type = OPTION_TEXT,
		.offset = BACKUP(s3_prefix),
		.max = 1024,
		.example = "prod/docmost-",
		.help = N_("what their keys begin with"),
	}, {
		.path = HERE "s3.region",
		.type = OPTION_TEXT,
		.offset = BACKUP(s3_region),
		.max = 100,
		.valid = option_is_name,
		.fallback = "us-east-1",
		.expected = N_("a region's name"),
		.example = "gra",
		.help = N_("the bucket's region"),
	}, {
		.path = HERE "s3.style",
		.type = OPTION_CHOICE,
		.offset = BACKUP(s3_style),
		.choices = styles,
		.fallback = "path",
		.example = "virtual",
		.help = N_("the bucket in the path, or in the host's name"),
	}, {
		.path = HERE "s3.access_key",
		.type = OPTION_TEXT,
		.offset = BACKUP(s3_access_key),
		.required = true,
		.max = 200,
		.example = "vigie",
		.help = N_("the key's id"),
	},
	SECRET(HERE "s3.secret", struct conf_backup, s3_secret,
	    N_("the key's secret")),
	{
		.path = HERE "s3.ca",
		.type = OPTION_PATH,
		.offset = BACKUP(s3_ca_file),
		.fallback_text = N_("the system's authorities"),
		.example = "/etc/ssl/s3-ca.pem",
		.help = N_("certificate authorities to trust, a PEM file"),
	}, {
		.path = HERE "restic",
		.type = OPTION_MAP,
		.help = N_("the restic repository that they lie in; restic is "
		    "run on this machine"),
	}, {
		.path = HERE "restic.repository",
		.type = OPTION_TEXT,
		.offset = BACKUP(restic_repository),
		.required = true,
		.max = 2000,
		.example = "/srv/restic",
		.help = N_("as for restic's option -r"),
	},
	SECRET(HERE "restic.password", struct conf_backup, restic_password,
	    N_("the repository's password")),
	{
		.path = HERE "restic.host",
		.type = OPTION_TEXT,
		.offset = BACKUP(restic_host),
		.max = 255,
		.example = "prod",
		.help = N_("only snapshots of that host"),
	}, {
		.path = HERE "restic.tag",
		.type = OPTION_TEXT,
		.offset = BACKUP(restic_tag),
		.max = 255,
		.example = "files",
		.help = N_("only snapshots with that tag"),
	}, {
		.path = HERE "format",
		.type = OPTION_CHOICE,
		.offset = BACKUP(format),
		.choices = formats,
		.fallback = "any",
		.example = "pg_dump",
		.help = N_("what they are, which says how they are read: "
		    "pg_dump's custom format, tar with any compression, gzip, "
		    "or Baserow's archive"),
	}, {
		.path = HERE "every",
		.type = OPTION_DURATION,
		.offset = BACKUP(every_ms),
		.min = MINUTE,
		.max = 366 * DAY,
		.fallback = "24h",
		.example = "7d",
		.help = N_("how far apart they are made: what is missing in "
		    "between is a gap"),
	}, {
		.path = HERE "max_age",
		.type = OPTION_DURATION,
		.offset = BACKUP(max_age_ms),
		.min = MINUTE,
		.max = 366 * DAY,
		.fallback = "24h",
		.example = "26h",
		.help = N_("an older newest one is worth a warning; twice as "
		    "old, it is critical"),
	}, {
		.path = HERE "interval",
		.type = OPTION_DURATION,
		.offset = BACKUP(interval_ms),
		.min = SECOND,
		.max = DAY,
		.fallback = "1m",
		.example = "10m",
		.help = N_("how often they are listed"),
	}, {
		.path = HERE "keep",
		.type = OPTION_INT,
		.offset = BACKUP(keep),
		.min = 1,
		.max = 100000,
		.example = "14",
		.help = N_("how many there should be"),
	}, {
		.path = HERE "verify",
		.type = OPTION_MAP,
		.help = N_("how they are verified beyond listing"),
	}, {
		.path = HERE "verify.tools",
		.type = OPTION_TEXT,
		.offset = BACKUP(verify_tools),
		.max = 1000,
		.fallback_text = N_("the machine's own programs"),
		.example = "docker exec -i -e PGUSER=docmost "
		    "formation-hub-postgres-1",
		.help = N_("shell words before pg_restore, createdb, psql and "
		    "dropdb; they run on the host that has the directory, else "
		    "on this machine"),
	}, {
		.path = HERE "verify.database",
		.type = OPTION_TEXT,
		.offset = BACKUP(verify_database),
		.max = 63,
		.valid = is_scratch,
		.fallback_text = N_("vigie_scratch_ and the kind"),
		.expected = N_("a name with 'scratch' in it"),
		.example = "scratch_docmost",
		.help = N_("the database that is made for it, and dropped: one "
		    "of its own for each series"),
	}, {
		.path = HERE "verify.query",
		.type = OPTION_TEXT,
		.offset = BACKUP(verify_query),
		.max = 2000,
		.fallback_text = N_("nothing is restored"),
		.example = "select count(*) from pages",
		.help = N_("what a restored database is asked: an answer other "
		    "than nothing and 0 is the proof"),
	}, {
		.path = HERE "verify.deadline",
		.type = OPTION_DURATION,
		.offset = BACKUP(verify_deadline_ms),
		.min = SECOND,
		.max = 2 * DAY,
		.fallback = "1h",
		.example = "4h",
		.help = N_("how long a verification may take"),
	},
};

const struct option_group options_backup = OPTION_GROUP(table);
