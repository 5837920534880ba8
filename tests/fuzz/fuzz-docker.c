/*
 * Whatever an engine may answer: the same bytes as a version, a list, an
 * inspection, events, figures and an error. Texts that come out are clean.
 */
#include "fuzz.h"

#include "base/alloc.h"
#include "base/text.h"
#include "source/docker-parse.h"
#include "source/split.h"

static void
must_be_clean(const char *s)
{
	char *again;

	if (!s)
		return;
	again = text_clean(s, strlen(s));
	if (strcmp(s, again) != 0)
		abort();
	free(again);
}

static void
container(const struct docker_container *c)
{
	if (!c->id || strspn(c->id, "0123456789abcdef") != strlen(c->id))
		abort();
	must_be_clean(c->name);
	must_be_clean(c->service);
	must_be_clean(c->project);
	must_be_clean(c->image);
	must_be_clean(c->digest);
	must_be_clean(c->compose_hash);
	must_be_clean(c->health_log);
}

static bool
event(const char *line, size_t len, void *arg)
{
	struct docker_event ev;

	(void)arg;
	if (docker_event_parse(line, len, &ev, NULL) == 0) {
		must_be_clean(ev.action);
		must_be_clean(ev.service);
		must_be_clean(ev.name);
		docker_event_release(&ev);
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct docker_version version;
	struct docker_list list;
	struct docker_container one;
	struct docker_images images;
	struct docker_stats now, before;
	struct split split;
	char api[16], *said;
	int64_t ms;
	size_t i;

	if (docker_version_parse(text, size, &version, NULL) == 0) {
		docker_version_choose(&version, api, NULL);
		must_be_clean(version.label);
		docker_version_release(&version);
	}
	if (docker_list_parse(text, size, &list, NULL) == 0) {
		for (i = 0; i < list.count; i++)
			container(&list.items[i]);
		docker_list_release(&list);
	}
	if (docker_inspect_parse(text, size, &one, NULL) == 0) {
		container(&one);
		docker_container_release(&one);
	}
	if (docker_images_parse(text, size, &images, NULL) == 0) {
		for (i = 0; i < images.count; i++) {
			must_be_clean(images.items[i].reference);
			if (docker_repository_len(images.items[i].reference) >
			    strlen(images.items[i].reference) ||
			    strlen(images.items[i].id) != 71)
				abort();
		}
		docker_images_release(&images);
	}
	if (docker_stats_parse(text, size, &now, &before, NULL) == 0)
		docker_stats_cpu(&now, &before);
	said = docker_error(500, text, size);
	must_be_clean(said);
	free(said);
	said = xstrndup(text, size);
	docker_date_parse(said, &ms);
	free(said);
	split_init(&split, 4096);
	for (i = 0; i < size; i += 7)
		split_feed(&split, text + i, size - i < 7 ? size - i : 7,
		    event, NULL);
	split_release(&split);
	return 0;
}
