#include "source/images.h"

#include "base/alloc.h"
#include "model/tables.h"
#include "source/docker.h"
#include "source/docker-parse.h"
#include "source/pace.h"

enum {
	EVERY_MS = 60000,
	DEADLINE_MS = 15000,
	BODY_MAX = 8 * 1024 * 1024,
};

struct images {
	struct observer *o;
	struct loop_timer *timer;
	int64_t due;		/* mono ms, of the timer */
	struct http_transfer *request;
	int64_t again_ms;	/* look once more when it ends; -1: no */
};

/* --- which are ours ------------------------------------------------------- */

static bool
same_repository(const char *a, const char *b)
{
	size_t n;

	if (!a || !b)
		return false;
	n = docker_repository_len(a);
	return n > 0 && n == docker_repository_len(b) && !strncmp(a, b, n);
}

static bool
ran_here(const struct environment *env, const char *reference)
{
	size_t i, j;

	for (i = 0; i < env->tenure_count; i++)
		for (j = 0; j < env->tenures[i].image_count; j++)
			if (same_repository(env->tenures[i].images[j].image,
			    reference))
				return true;
	return false;
}

static bool
is_used(const struct images *im, const struct environment *env,
    const char *reference)
{
	size_t i;

	if (same_repository(im->o->w->image, reference))
		return true;
	for (i = 0; i < env->service_count; i++)
		if (same_repository(env->services[i].image, reference))
			return true;
	return ran_here(env, reference);
}

static int
compare(const void *a, const void *b)
{
	const struct host_image *x = a, *y = b;
	int order = strcmp(x->reference, y->reference);

	return order ? order : strcmp(x->id, y->id);
}

/* --- into the model ------------------------------------------------------- */

static bool
same_image(const struct host_image *a, const struct host_image *b)
{
	return !strcmp(a->reference, b->reference) && !strcmp(a->id, b->id) &&
	    a->created_at == b->created_at;
}

static bool
same_list(const struct environment *env, const struct docker_images *l)
{
	size_t i;

	if (env->image_count != l->count)
		return false;
	for (i = 0; i < l->count; i++)
		if (!same_image(&env->images[i], &l->items[i]))
			return false;
	return true;
}

/* Takes the items over. */
static void
apply(struct images *im, struct docker_images *l)
{
	struct environment *env = observer_environment(im->o);
	size_t i, kept = 0;

	for (i = 0; i < l->count; i++) {
		if (is_used(im, env, l->items[i].reference)) {
			l->items[kept++] = l->items[i];
		} else {
			free(l->items[i].reference);
			free(l->items[i].id);
		}
	}
	l->count = kept;
	if (kept)
		qsort(l->items, kept, sizeof(*l->items), compare);
	if (same_list(env, l)) {
		docker_images_release(l);
		return;
	}
	list_release(env->images, env->image_count, &host_images_list);
	env->images = l->items;
	env->image_count = l->count;
	env->changes |= CHANGE_IMAGES;
}

/* --- looking -------------------------------------------------------------- */

static void
finished(struct images *im)
{
	int64_t again = im->again_ms;

	im->again_ms = -1;
	images_look(im, jittered(EVERY_MS));
	if (again >= 0)
		images_look(im, again);
}

static void
on_answer(const struct http_reply *r, void *arg)
{
	struct images *im = arg;
	struct docker_images list;
	struct err e = {""};

	im->request = NULL;
	finished(im);
	if (r->error) {
		/* The engine's own connection has the better words. */
		err_set(&e, "%s", docker_why(im->o->docker) ?
		    docker_why(im->o->docker) : r->error);
	} else if (r->status != 200) {
		char *said = docker_error(r->status, r->body, r->body_len);

		err_set(&e, "%s", said);
		free(said);
	} else if (docker_images_parse(r->body, r->body_len, &list, &e) == 0) {
		apply(im, &list);
		observer_observed(im->o, SOURCE_IMAGES);
		return;
	}
	observer_failed(im->o, SOURCE_IMAGES, e.text);
}

static void
on_timer(void *arg)
{
	struct images *im = arg;
	struct http_request r = {
		.deadline_ms = DEADLINE_MS, .body_max = BODY_MAX,
		.done = on_answer, .arg = im,
	};
	const char *why = docker_why(im->o->docker);

	im->timer = NULL;
	if (docker_up(im->o->docker)) {
		im->request = docker_get(im->o->docker, "/images/json", &r);
		return;
	}
	/* Once the engine is there it says so. */
	images_look(im, jittered(EVERY_MS));
	if (why)
		observer_failed(im->o, SOURCE_IMAGES, why);
}

/* The earlier of two looks is kept, or events without end would put it off. */
void
images_look(struct images *im, int64_t within_ms)
{
	int64_t due = clock_mono() + within_ms;

	if (im->request) {
		if (im->again_ms < 0 || within_ms < im->again_ms)
			im->again_ms = within_ms;
		return;
	}
	if (im->timer && im->due <= due)
		return;
	loop_timer_cancel(im->timer);
	im->due = due;
	im->timer = loop_timer(im->o->w->loop, within_ms, on_timer, im);
}

struct images *
images_new(struct observer *o)
{
	struct observation *seen =
	    &observer_environment(o)->sources[SOURCE_IMAGES];
	struct images *im = xcalloc(1, sizeof(*im));

	im->o = o;
	im->again_ms = -1;
	seen->used = true;
	seen->stale_after = 3 * EVERY_MS + DEADLINE_MS;
	images_look(im, EVERY_MS);
	return im;
}

void
images_free(struct images *im)
{
	if (!im)
		return;
	loop_timer_cancel(im->timer);
	http_cancel(im->request);
	free(im);
}
