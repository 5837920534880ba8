/*
 * What ran where: the versions that were live in an environment, as observed,
 * with what proved them; the schemas of its databases; the images on its host;
 * marks and locks that people set.
 */
#ifndef MODEL_TENURE_H
#define MODEL_TENURE_H

#include <stddef.h>

#include "model/observation.h"

/* The schema of one database: a fingerprint over the answer of a configured
 * query (the migrations that were applied). */
struct schema {
	char *name;		/* "docmost" */
	char *fingerprint;	/* 16 hexadecimal digits, or NULL */
	int64_t observed_at;
	char *error;		/* of the last attempt, or NULL */
};

struct tenure_image {
	char *service;
	char *image;		/* as configured: "registry/x:tag" */
	char *digest;		/* "sha256:…" of the image that ran */
};

/* The time during which one version was live: the same commit and images. */
struct tenure {
	char *tag;		/* release tag of the checkout, or NULL */
	char *commit;
	char *compose_hash;	/* of all services' rendered configuration */
	struct tenure_image *images;	/* by service */
	size_t image_count;
	struct schema *schemas;	/* as last seen while it ran */
	size_t schema_count;
	int64_t first_seen, last_seen;
	int64_t took_ms;	/* from the first sign of the change until all
				 * services were well; -1 unknown */
	int64_t observed_ms;	/* of it, how long it was watched … */
	int64_t healthy_ms;	/* … and had no service below ok */
};

#define TENURES_MAX 50

/* An image that the environment's engine has, of a repository that the project
 * uses. */
struct host_image {
	char *reference;	/* "registry/x:tag" */
	char *id;		/* "sha256:…", as struct service's digest */
	int64_t created_at;
};

/* Kept by hand until it is lifted. */
struct environment_lock {
	char *who;		/* NULL: not locked */
	char *why;
	int64_t since;
};

enum mark_word { MARK_NONE, MARK_GOOD, MARK_BAD, MARK_WORDS };

const char *mark_word_name(enum mark_word w);	/* "none" "good" "bad" */
enum mark_word mark_word_parse(const char *word);

/* What somebody says of a version, in all environments. */
struct mark {
	char *tag;
	enum mark_word word;
	char *who, *why;
	int64_t at;
};

/* One tag in the registry. */
struct registry_image {
	char *tag;
	enum tri present;
	char *digest;		/* of its manifest, or NULL */
	int64_t checked_at;
};

struct registry {
	struct observation seen;
	char *image;		/* repository: "registry/formation-hub/bridge" */
	struct registry_image *images;
	size_t image_count;
	bool changed, attempted;
};

void registry_init(struct registry *r);
void registry_release(struct registry *r);
const struct registry_image *registry_find(const struct registry *r,
    const char *tag);

#endif
