/* Backups, tenures, readiness, marks, locks and the registry. */
#include "model/tables.h"

#include "model/tables-macros.h"

#define B struct backup
static const struct field backup_fields[] = {
	{"name", NAME(B, name)},
	{"taken_at", TIME(B, taken_at)},
	{"bytes", COUNT(B, bytes)},
	{"size", WORD(B, size, size_verdict, kind_size_verdict)},
	{"rung", WORD(B, rung, rung, kind_rung)},
	{"verified_at", TIME(B, verified_at)},
	{"failure", TEXT(B, failure)},
	{"evidence", TEXT(B, evidence)},
	{0},
};
#undef B

const struct list_of backup_items_list = {sizeof(struct backup), BACKUPS_MAX,
	backup_fields};

#define S struct backup_series
static const struct field series_fields[] = {
	{"kind", NAME(S, kind)},
	{"place", TEXT(S, place)},
	{"status", STATUS(S)},
	{"reasons", REASONS(S)},
	{"seen", OBJECT(S, seen, observation_fields)},
	{"every_ms", COUNT(S, every_ms)},
	{"max_age_ms", COUNT(S, max_age_ms)},
	{"keep", INT(S, keep)},
	{"total", INT(S, total)},
	{"oldest_at", TIME(S, oldest_at)},
	{"usual_bytes", COUNT(S, usual_bytes)},
	{"gaps", INT(S, gaps)},
	{"gap_at", TIME(S, gap_at)},
	{"tested_at", TIME(S, tested_at)},
	{"tested_by", TEXT(S, tested_by)},
	{"can_verify", BOOL(S, can_verify)},
	{"verifying", TEXT(S, verifying)},
	{"verifying_rung", WORD(S, verifying_rung, rung, kind_rung)},
	{"verifying_since", TIME(S, verifying_since)},
	{"verify_error", TEXT(S, verify_error)},
	{"causes", CAUSES(S)},
	{"items", LIST(S, items, count, backup_items_list)},
	{0},
};
#undef S

const struct list_of backups_list = {sizeof(struct backup_series), 100,
	series_fields};

#define S struct schema
static const struct field schema_fields[] = {
	{"name", NAME(S, name)},
	{"fingerprint", TEXT(S, fingerprint)},
	{"observed_at", TIME(S, observed_at)},
	{"error", TEXT(S, error)},
	{0},
};
#undef S

const struct list_of schemas_list = {sizeof(struct schema), 100,
	schema_fields};

#define I struct tenure_image
static const struct field tenure_image_fields[] = {
	{"service", NAME(I, service)},
	{"image", TEXT(I, image)},
	{"digest", TEXT(I, digest)},
	{0},
};
#undef I

const struct list_of tenure_images_list = {sizeof(struct tenure_image), 1000,
	tenure_image_fields};

#define T struct tenure
static const struct field tenure_fields[] = {
	{"tag", TEXT(T, tag)},
	{"commit", TEXT(T, commit)},
	{"compose_hash", TEXT(T, compose_hash)},
	{"first_seen", TIME(T, first_seen)},
	{"last_seen", TIME(T, last_seen)},
	{"took_ms", COUNT(T, took_ms)},
	{"observed_ms", COUNT(T, observed_ms)},
	{"healthy_ms", COUNT(T, healthy_ms)},
	{"images", LIST(T, images, image_count, tenure_images_list)},
	{"schemas", LIST(T, schemas, schema_count, schemas_list)},
	{0},
};
#undef T

const struct list_of tenures_list = {sizeof(struct tenure), TENURES_MAX,
	tenure_fields};

#define I struct host_image
static const struct field host_image_fields[] = {
	{"reference", NAME(I, reference)},
	{"id", TEXT(I, id)},
	{"created_at", TIME(I, created_at)},
	{0},
};
#undef I

const struct list_of host_images_list = {sizeof(struct host_image), 10000,
	host_image_fields};

const struct field lock_fields[] = {
	{"who", TEXT(struct environment_lock, who)},
	{"why", TEXT(struct environment_lock, why)},
	{"since", TIME(struct environment_lock, since)},
	{0},
};

#define C struct readiness_check
static const struct field readiness_check_fields[] = {
	{"check", WORD(C, code, readiness_code, kind_readiness_code)},
	{"status", STATUS(C)},
	{"text", TEXT(C, text)},
	{"evidence_at", TIME(C, evidence_at)},
	{0},
};
#undef C

const struct list_of readiness_checks_list = {sizeof(struct readiness_check),
	100, readiness_check_fields};

#define R struct readiness
const struct field readiness_fields[] = {
	{"used", BOOL(R, used)},
	{"word", WORD(R, word, readiness_word, kind_readiness_word)},
	{"target", TEXT(R, target)},
	{"target_commit", TEXT(R, target_commit)},
	{"reason", TEXT(R, reason)},
	{"estimate_ms", COUNT(R, estimate_ms)},
	{"drilled_at", TIME(R, drilled_at)},
	{"restore", BOOL(R, restore)},
	{"restores_to", TIME(R, restores_to)},
	{"no_return", TEXT(R, no_return)},
	{"no_return_why", TEXT(R, no_return_why)},
	{"checks", LIST(R, checks, check_count, readiness_checks_list)},
	{0},
};
#undef R

#define M struct mark
static const struct field mark_fields[] = {
	{"tag", NAME(M, tag)},
	{"mark", WORD(M, word, mark_word, kind_mark_word)},
	{"who", TEXT(M, who)},
	{"why", TEXT(M, why)},
	{"at", TIME(M, at)},
	{0},
};
#undef M

const struct list_of marks_list = {sizeof(struct mark), 1000, mark_fields};

#define I struct registry_image
static const struct field registry_image_fields[] = {
	{"tag", NAME(I, tag)},
	{"present", TRI(I, present)},
	{"digest", TEXT(I, digest)},
	{"checked_at", TIME(I, checked_at)},
	{0},
};
#undef I

const struct list_of registry_images_list = {sizeof(struct registry_image),
	1000, registry_image_fields};

const struct field registry_fields[] = {
	{"seen", OBJECT(struct registry, seen, observation_fields)},
	{"image", TEXT(struct registry, image), .bits = REGISTRY},
	{"images", LIST(struct registry, images, image_count,
	    registry_images_list), .bits = REGISTRY},
	{0},
};
