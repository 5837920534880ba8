/*
 * The model as JSON: `vigie status --json` and the protocol use the same
 * writer, so the contract of the one is the format of the other. Unknown values
 * are null; times are RFC 3339 UTC. See vigie-protocol(7).
 */
#ifndef MODEL_MODEL_JSON_H
#define MODEL_MODEL_JSON_H

#include "base/json.h"
#include "model/model.h"

/* The whole model. `now` gives tls_days_left. The caller frees the result. */
struct json *model_to_json(const struct model *m, int64_t now);
/* Only what the change bits name, in the shape of the whole: changed services
 * alone (of those only sampled: "container", "cpu_percent", "memory_bytes" and
 * "sampled_at"), plus "services_gone" with container ids; host and probes
 * without their history; "environment_names" in order when the list changed.
 * An environment with all bits set is whole. NULL when nothing changed. */
struct json *model_changes_to_json(const struct model *m, int64_t now);

/* Replace all; all change bits are set. The series of containers are not in
 * the document: they are kept and go on. On malformed input *m is untouched, -1,
 * and *e names the member. Members and words that a newer peer may have are
 * passed over. Texts are taken as clean. */
int model_from_json(struct model *m, const struct json *v, struct err *e);
/* Apply what model_changes_to_json() made, setting change bits accordingly. The
 * series of host, containers and probes get one value per new sample. */
int model_apply_json(struct model *m, const struct json *v, struct err *e);

#endif
