/* version: proof of what runs now, by the checkout's commit and the image that
 * the engine says runs; not by what was asked for. */
#include "run/verb-table.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

enum { LOOK_MS = 200, REFRESH_LOOKS = 25, COMMIT_MIN = 7 };

struct proof {
	struct step *step;
	struct loop_timer *look;
	char *commit, *service, *image;	/* wanted; NULL: not asked for */
	int looks;
};

static const struct verb_argument arguments[] = {
	{"commit"},
	{"service"},
	{"image"},
	{NULL},
};

static void
cancel(struct step *s)
{
	struct proof *p = s->state;

	s->state = NULL;
	if (!p)
		return;
	loop_timer_cancel(p->look);
	free(p->commit);
	free(p->service);
	free(p->image);
	free(p);
}

static bool
fresh(const struct step *s, const struct observation *o)
{
	return !o->error && o->observed_at != TIME_UNKNOWN &&
	    o->observed_at >= s->seen->started_at;
}

/* A sentence of what is missing; NULL: it is proved. */
static char *
commit_missing(const struct proof *p, const struct environment *env)
{
	const struct observation *o = &env->sources[SOURCE_CHECKOUT];
	const char *is = env->version.commit;
	size_t len = p->commit ? strlen(p->commit) : 0;

	if (!p->commit)
		return NULL;
	if (!fresh(p->step, o))
		return xasprintf("the checkout was not seen since%s%s",
		    o->error ? ": " : "", o->error ? o->error : "");
	if (is && strncmp(is, p->commit, len) == 0 && (len >= COMMIT_MIN))
		return NULL;
	return xasprintf("the checkout is at %.12s, expected %.12s",
	    is ? is : "no commit", p->commit);
}

/* By tag as configured, or by digest. */
static bool
runs(const struct service *v, const char *image)
{
	return (v->image && strcmp(v->image, image) == 0) ||
	    (v->digest && strcmp(v->digest, image) == 0);
}

static char *
image_missing(const struct proof *p, const struct environment *env)
{
	const struct observation *o = &env->sources[SOURCE_ENGINE];
	size_t i, found = 0;

	if (!p->image)
		return NULL;
	if (!fresh(p->step, o))
		return xasprintf("the engine was not seen since%s%s",
		    o->error ? ": " : "", o->error ? o->error : "");
	for (i = 0; i < env->service_count; i++) {
		const struct service *v = &env->services[i];

		if (strcmp(v->name, p->service) != 0)
			continue;
		found++;
		if (v->state != CONTAINER_RUNNING)
			return xasprintf("%s is %s", v->name,
			    container_state_name(v->state));
		if (!runs(v, p->image))
			return xasprintf("%s runs %s (%.19s), expected %s",
			    v->name, v->image ? v->image : "an unknown image",
			    v->digest ? v->digest : "no digest", p->image);
	}
	return found ? NULL : xasprintf("there is no service %s", p->service);
}

static void
look(void *arg)
{
	struct proof *p = arg;
	struct step *s = p->step;
	const struct environment *env = model_find(s->w->model,
	    s->environment->name);
	char *commit = env ? commit_missing(p, env) :
	    xstrdup("the environment is not observed");
	char *image = env ? image_missing(p, env) : NULL;

	p->look = loop_timer(s->w->loop, LOOK_MS, look, p);
	if (!commit && !image) {
		step_say(s, "%s%.12s%s%s", p->commit ? "commit " : "",
		    p->commit ? p->commit : "", p->commit && p->image ? ", " :
		    "", p->image ? p->image : "");
		cancel(s);
		step_end(s, PHASE_DONE, NULL);
		return;
	}
	step_say(s, "%s%s%s", commit ? commit : "", commit && image ? "; " :
	    "", image ? image : "");
	free(commit);
	free(image);
	if (++p->looks % REFRESH_LOOKS == 0 && s->observer)
		observer_refresh(s->observer);
}

/* An argument; NULL when it is empty too. */
static char *
given(const struct step *s, const char *name)
{
	char *text = step_argument(s, name);

	if (text && *text)
		return text;
	free(text);
	return NULL;
}

static void
start(struct step *s)
{
	struct proof *p = xcalloc(1, sizeof(*p));

	p->step = s;
	p->commit = given(s, "commit");
	p->service = given(s, "service");
	p->image = given(s, "image");
	s->state = p;
	if ((!p->commit && !p->image) || !p->image != !p->service) {
		cancel(s);
		step_end(s, PHASE_FAILED, "nothing to compare with: a commit, "
		    "or a service and its image, is needed");
		return;
	}
	if (s->observer)
		observer_refresh(s->observer);
	p->look = loop_timer(s->w->loop, 0, look, p);
}

static void
paper_line(struct buf *b, const char *command, const char *quoted)
{
	buf_adds(b, command);
	text_shell_quote(b, quoted);
}

static void
paper(const struct step *s, struct buf *b)
{
	char *commit = given(s, "commit"), *service = given(s, "service");
	char *image = given(s, "image");

	if (commit) {
		paper_line(b, "git -C ", s->environment->directory ?
		    s->environment->directory : ".");
		buf_adds(b, " rev-parse HEAD\n");
		paper_comment(b, "must be %s", commit);
	}
	if (image && service) {
		paper_line(b, "docker ps --filter "
		    "label=com.docker.compose.project=",
		    s->environment->compose_project ?
		    s->environment->compose_project : "");
		paper_line(b, " --filter label=com.docker.compose.service=",
		    service);
		buf_adds(b, " --format '{{.Image}} {{.Status}}'\n");
		paper_comment(b, "must be %s", image);
	}
	free(commit);
	free(service);
	free(image);
}

const struct verb verb_version = {
	.shape = {"version", "commit", arguments, 2 * 60 * 1000},
	.start = start, .cancel = cancel, .probe = start, .paper = paper,
};
