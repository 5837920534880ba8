#include "source/docker-parse-private.h"

#include <math.h>

#include "base/alloc.h"

void
docker_event_release(struct docker_event *ev)
{
	free(ev->id);
	free(ev->action);
	free(ev->project);
	free(ev->service);
	free(ev->name);
	free(ev->image);
	*ev = (struct docker_event){0};
}

/* Nanoseconds since 1970 do not fit in a double: the digits are read from the
 * text. Only a number at the top level counts, which the key's place tells. */
static int64_t
nanoseconds(const struct json *v, const char *text, size_t len)
{
	static const char key[] = "\"timeNano\":";
	double about = json_number(json_get(v, "timeNano"), NAN);
	const char *p, *end = text + len;
	int64_t n = 0;

	if (!(about > 0 && about < 9e18))
		return TIME_UNKNOWN;
	for (p = text; (p = memmem(p, end - p, key, sizeof(key) - 1)); ) {
		p += sizeof(key) - 1;
		while (p < end && *p == ' ')
			p++;
		for (n = 0; p < end && *p >= '0' && *p <= '9'; p++) {
			if (n > INT64_MAX / 10 - 10)
				return (int64_t)about;
			n = n * 10 + (*p - '0');
		}
		if (fabs((double)n - about) < 4096)
			return n;
	}
	return (int64_t)about;
}

static void
read_event_time(struct docker_event *ev, const struct json *v,
    const char *text, size_t len)
{
	int64_t s = json_int(json_get(v, "time"), -1);

	ev->at_ns = nanoseconds(v, text, len);
	ev->at = TIME_UNKNOWN;
	if (ev->at_ns != TIME_UNKNOWN)
		ev->at = ev->at_ns / 1000000;
	else if (s > 0 && s < INT64_MAX / 1000000000) {
		ev->at = s * 1000;
		ev->at_ns = s * 1000000000;
	}
}

static int
read_image_event(struct docker_event *ev, const struct json *v,
    const char *text, size_t len, struct err *e)
{
	ev->of_image = true;
	ev->action = parse_word(json_get(v, "Action"));
	if (!ev->action)
		return err_set(e, "the engine's event of an image has no "
		    "action");
	read_event_time(ev, v, text, len);
	return 0;
}

int
docker_event_parse(const char *text, size_t len, struct docker_event *out,
    struct err *e)
{
	struct json *v = parse_json(text, len, "event", e);
	struct docker_event ev = {.number = -1, .exit_code = -1};
	const struct json *attributes;
	char *s;

	if (!v)
		return -1;
	if (!strcmp(json_text(json_get(v, "Type"), ""), "image")) {
		int result = read_image_event(&ev, v, text, len, e);

		json_free(v);
		if (result == 0)
			*out = ev;
		return result;
	}
	attributes = json_path(v, "Actor.Attributes");
	/* Before API 1.22 and after 1.51 the one or the other is missing. */
	ev.id = parse_id(json_path(v, "Actor.ID"));
	if (!ev.id)
		ev.id = parse_id(json_get(v, "id"));
	ev.action = parse_word(json_get(v, "Action"));
	if (!ev.action)
		ev.action = parse_word(json_get(v, "status"));
	if (!ev.id || !ev.action ||
	    strcmp(json_text(json_get(v, "Type"), "container"), "container")) {
		docker_event_release(&ev);
		json_free(v);
		return err_set(e, "the engine's event is not of a container");
	}
	read_event_time(&ev, v, text, len);
	ev.project = parse_label(attributes, LABEL "project");
	ev.service = parse_label(attributes, LABEL "service");
	ev.name = parse_name(json_text(json_get(attributes, "name"), NULL));
	ev.image = parse_label(attributes, "image");
	s = parse_label(attributes, LABEL "container-number");
	ev.number = parse_number(s);
	free(s);
	s = parse_label(attributes, LABEL "oneoff");
	ev.oneoff = parse_is_true(s);
	free(s);
	/* podman says "containerExitCode", */
	s = parse_label(attributes, "exitCode");
	if (!s)
		s = parse_label(attributes, "containerExitCode");
	/* and with every event. */
	if (!strcmp(ev.action, "die") || !strcmp(ev.action, "died"))
		ev.exit_code = parse_number(s);
	free(s);
	json_free(v);
	*out = ev;
	return 0;
}
