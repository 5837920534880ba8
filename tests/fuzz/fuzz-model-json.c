/*
 * Any JSON taken as a whole model and as a change, on a model that is not
 * empty: it is refused, or what was taken is written and read back the same.
 */
#include "fuzz.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "model/judge.h"
#include "model/model-json.h"

#define NOW INT64_C(1750000000000)

static char *
printed(const struct model *m)
{
	struct json *v = model_to_json(m, NOW);
	struct buf b = BUF_INIT(64 << 20);

	if (json_print(v, &b) == -1)
		abort();
	json_free(v);
	return buf_detach(&b);
}

static void
must_read_back(const struct model *m)
{
	char *text = printed(m), *again;
	struct json *v = json_parse(text, strlen(text), NULL);
	struct model copy;

	model_init(&copy);
	if (!v || model_from_json(&copy, v, NULL) == -1)
		abort();
	again = printed(&copy);
	if (strcmp(text, again) != 0)
		abort();
	free(text);
	free(again);
	json_free(v);
	model_release(&copy);
}

static void
judge(struct model *m)
{
	struct limits l;
	size_t i;

	limits_defaults(&l);
	judge_observer(m, NOW);
	for (i = 0; i < m->environment_count; i++)
		judge_environment(&m->environments[i], &l, NOW);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json *v = json_parse((const char *)data, size, NULL);
	struct environment *env;
	struct model m;

	if (!v)
		return 0;
	model_init(&m);
	env = model_add_environment(&m, "prod");
	environment_add_service(env, "c1", "docmost", 1);
	environment_add_probe(env, "wiki");
	model_changes_clear(&m);
	if (model_apply_json(&m, v, NULL) == 0) {
		json_free(model_changes_to_json(&m, NOW));
		judge(&m);
	}
	if (model_from_json(&m, v, NULL) == 0) {
		must_read_back(&m);
		judge(&m);
		must_read_back(&m);
	}
	model_release(&m);
	json_free(v);
	return 0;
}
