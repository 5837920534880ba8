/* The environment, its services and probes, notices and releases. */
#include "model/tables.h"

#include "model/tables-macros.h"

#define R .bits = SERVICE_REST
#define F .bits = SERVICE_FIGURES
const struct field service_fields[] = {
	{"name", NAME(struct service, name), R},
	{"container", NAME(struct service, container)},
	{"status", STATUS(struct service), R},
	{"reasons", REASONS(struct service), R},
	{"state", STATE(struct service, state), R},
	{"health", HEALTH(struct service, health), R},
	{"since", TIME(struct service, since), R},
	{"restarts", INT(struct service, restarts), R},
	{"oom_killed", TRI(struct service, oom_killed), R},
	{"image", TEXT(struct service, image), R},
	{"digest", TEXT(struct service, digest), R},
	{"cpu_percent", TENTHS(struct service, cpu_percent), F},
	{"memory_bytes", COUNT(struct service, memory_bytes), F},
	{"sampled_at", TIME(struct service, sampled_at), F},
	{"memory_limit", COUNT(struct service, memory_limit), R},
	{"container_name", TEXT(struct service, container_name), R},
	{"number", INT(struct service, number), R},
	{"created_at", TIME(struct service, created_at), R},
	{"exit_code", INT(struct service, exit_code), R},
	{"tty", BOOL(struct service, tty), R},
	{"pid", INT(struct service, pid), R},
	{"health_log", TEXT(struct service, health_log), R},
	{"compose_hash", TEXT(struct service, compose_hash), R},
	{"causes", CAUSES(struct service), R},
	{0},
};
#undef R
#undef F

static const struct field host_history_fields[] = {
	{"cpu", SERIES(struct host, cpu)},
	{"memory", SERIES(struct host, memory)},
	{0},
};

static const struct field host_fields[] = {
	{"cpu_percent", TENTHS(struct host, cpu_percent)},
	{"load1", CENTS(struct host, load1)},
	{"memory_percent", TENTHS(struct host, memory_percent)},
	{"disk_percent", TENTHS(struct host, disk_percent)},
	{"status", STATUS(struct host)},
	{"load5", CENTS(struct host, load5)},
	{"load15", CENTS(struct host, load15)},
	{"cores", INT(struct host, cores)},
	{"memory_total", COUNT(struct host, memory_total)},
	{"disk_total", COUNT(struct host, disk_total)},
	{"uptime_ms", COUNT(struct host, uptime_ms)},
	{"history", .sub = host_history_fields, .bits = WHOLE},
	{0},
};

const struct field observation_fields[] = {
	{"used", BOOL(struct observation, used)},
	{"observed_at", TIME(struct observation, observed_at)},
	{"attempted_at", TIME(struct observation, attempted_at)},
	{"stale_after_ms", COUNT(struct observation, stale_after)},
	{"error", TEXT(struct observation, error)},
	{0},
};

static const struct field probe_history_fields[] = {
	{"latency", SERIES(struct probe, latency)},
	{0},
};

const struct field probe_fields[] = {
	{"name", NAME(struct probe, name)},
	{"url", TEXT(struct probe, url)},
	{"status", STATUS(struct probe)},
	{"reasons", REASONS(struct probe)},
	{"http_code", INT(struct probe, http_code)},
	{"latency_ms", TENTHS(struct probe, latency_ms)},
	{"tls_expires_at", TIME(struct probe, tls_expires)},
	{"tls_untrusted", BOOL(struct probe, tls_untrusted)},
	{"failure", TEXT(struct probe, failure)},
	{"used", BOOL(struct probe, seen.used)},
	{"observed_at", TIME(struct probe, seen.observed_at)},
	{"attempted_at", TIME(struct probe, seen.attempted_at)},
	{"stale_after_ms", COUNT(struct probe, seen.stale_after)},
	{"error", TEXT(struct probe, seen.error)},
	{"causes", CAUSES(struct probe)},
	{"history", .sub = probe_history_fields, .bits = WHOLE},
	{0},
};

static const struct field version_fields[] = {
	{"tag", TEXT(struct version, tag)},
	{"commit", TEXT(struct version, commit)},
	{"branch", TEXT(struct version, branch)},
	{"dirty", TRI(struct version, dirty)},
	{"since", TIME(struct version, since)},
	{0},
};

static const struct field link_fields[] = {
	{"state", LINK(struct link, state)},
	{"transport", TEXT(struct link, transport)},
	{"why", TEXT(struct link, why)},
	{"error", TEXT(struct link, error)},
	{"since", TIME(struct link, since)},
	{"next_try", TIME(struct link, next_try)},
	{"engine", TEXT(struct link, engine)},
	{"host", TEXT(struct link, host)},
	{0},
};

#define SOURCE(kind) sizeof(struct observation) * (kind), NULL, \
	observation_fields
static const struct field source_fields[] = {
	{"engine", SOURCE(SOURCE_ENGINE), 0},
	{"stats", SOURCE(SOURCE_STATS), 0},
	{"host", SOURCE(SOURCE_HOST), 0},
	{"checkout", SOURCE(SOURCE_CHECKOUT), 0},
	{"images", SOURCE(SOURCE_IMAGES), 0},
	{"schemas", SOURCE(SOURCE_SCHEMAS), 0},
	{0},
};
#undef SOURCE

#define E struct environment
const struct field environment_fields[] = {
	{"name", NAME(E, name)},
	{"status", STATUS(E), .bits = CHANGE_STATUS},
	{"reasons", REASONS(E), .bits = CHANGE_STATUS},
	{"stale", BOOL(E, stale), .bits = CHANGE_STATUS},
	{"observed_at", TIME(E, observed_at), .bits = CHANGE_STATUS},
	{"causes", CAUSES(E), .bits = CHANGE_STATUS},
	{"title", TEXT(E, title), .bits = CHANGE_SETUP},
	{"production", BOOL(E, production), .bits = CHANGE_SETUP},
	{"data", TEXT(E, data), .bits = CHANGE_SETUP},
	{"trigger", TEXT(E, trigger), .bits = CHANGE_SETUP},
	{"approval", TEXT(E, approval), .bits = CHANGE_SETUP},
	{"compose_project", TEXT(E, compose_project), .bits = CHANGE_SETUP},
	{"good_after_ms", COUNT(E, good_after_ms), .bits = CHANGE_SETUP},
	{"version", OBJECT(E, version, version_fields),
	    .bits = CHANGE_VERSION},
	{"host", OBJECT(E, host, host_fields), .bits = CHANGE_HOST},
	{"link", OBJECT(E, link, link_fields), .bits = CHANGE_LINK},
	{"sources", OBJECT(E, sources, source_fields),
	    .bits = CHANGE_SOURCES},
	{"backups", LIST(E, backups, backup_count, backups_list),
	    .bits = CHANGE_BACKUPS},
	{"tenures", LIST(E, tenures, tenure_count, tenures_list),
	    .bits = CHANGE_TENURES},
	{"schemas", LIST(E, schemas, schema_count, schemas_list),
	    .bits = CHANGE_SCHEMAS},
	{"images", LIST(E, images, image_count, host_images_list),
	    .bits = CHANGE_IMAGES},
	{"lock", OBJECT(E, lock, lock_fields), .bits = CHANGE_LOCK},
	{"readiness", OBJECT(E, readiness, readiness_fields),
	    .bits = CHANGE_READINESS},
	{0},
};
#undef E

const struct field model_fields[] = {
	{"project", TEXT(struct model, project), .bits = MODEL},
	{"observed_at", TIME(struct model, observed_at)},
	{"cut_off", BOOL(struct model, cut_off), .bits = MODEL},
	{"marks", LIST(struct model, marks, mark_count, marks_list),
	    .bits = MARKS},
	{"runs", LIST(struct model, runs, run_count, model_runs_list),
	    .bits = RUNS},
	{0},
};

const struct field release_fields[] = {
	{"tag", NAME(struct release, tag)},
	{"commit", NAME(struct release, commit)},
	{"date", TIME(struct release, date)},
	{"author", TEXT(struct release, author)},
	{"subject", TEXT(struct release, subject)},
	{"annotated", BOOL(struct release, annotated)},
	{"version", BOOL(struct release, version)},
	{"prerelease", BOOL(struct release, prerelease)},
	{"rollback", BOOL(struct release, rollback)},
	{"redeploys", TEXT(struct release, redeploys)},
	{"previous", TEXT(struct release, previous)},
	{"bump", FIELD(struct release, bump, enum bump, kind_bump)},
	{"notes", TEXT(struct release, notes)},
	{"yanked", BOOL(struct release, yanked)},
	{"moved", BOOL(struct release, moved)},
	{0},
};

const struct field releases_fields[] = {
	{"seen", OBJECT(struct releases, seen, observation_fields)},
	{"fetched", OBJECT(struct releases, fetched, observation_fields)},
	{"branch", TEXT(struct releases, branch), .bits = RELEASES},
	{"head", TEXT(struct releases, head), .bits = RELEASES},
	{"head_date", TIME(struct releases, head_date), .bits = RELEASES},
	{"since", TEXT(struct releases, since), .bits = RELEASES},
	{"commits_since", INT(struct releases, commits_since),
	    .bits = RELEASES},
	{"shallow", TRI(struct releases, shallow), .bits = RELEASES},
	{"unreleased", TEXT(struct releases, unreleased), .bits = RELEASES},
	{"changelog_error", TEXT(struct releases, changelog_error),
	    .bits = RELEASES},
	{0},
};

const struct field notice_fields[] = {
	{"key", NAME(struct notice, key)},
	{"severity", FIELD(struct notice, severity, enum status, kind_status)},
	{"text", TEXT(struct notice, text)},
	{0},
};
