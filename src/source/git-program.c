/* Running git: arguments that make it do what it is told and nothing else. */
#include "source/git-private.h"

#include "base/alloc.h"

void
git_add(struct git_args *a, const char *arg)
{
	if (a->count + 1 < GIT_ARGS_MAX)
		a->argv[a->count++] = arg;
}

void
git_begin(const struct git *g, struct git_args *a)
{
	static const char *const common[] = {"git", "--no-optional-locks",
	    "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false",
	    "-c", "gc.auto=0", "-c", "maintenance.auto=false",
	    "-c", "protocol.ext.allow=never", "-c"};
	size_t i;

	*a = (struct git_args){.count = 0};
	for (i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		git_add(a, common[i]);
	git_add(a, g->safe);
	git_add(a, "-C");
	git_add(a, g->c->path);
}

struct child *
git_program(struct git *g, const struct git_args *a,
    const struct child_request *r)
{
	const char *const env[] = {"LC_ALL=C", "GIT_TERMINAL_PROMPT=0",
	    "GIT_ASKPASS=/bin/false", "SSH_ASKPASS_REQUIRE=never",
	    g->ceiling, NULL};
	struct child_request whole = *r;

	whole.argv = a->argv;
	whole.env = env;
	whole.directory = "/";
	return child_start(g->w->children, &whole);
}

struct child *
git_start(struct git *g, const struct git_args *a, int64_t deadline_ms,
    size_t max, child_done_fn *done, void *arg)
{
	return git_program(g, a, &(struct child_request){
	    .deadline_ms = deadline_ms, .output_max = max, .done = done,
	    .arg = arg});
}

char *
git_why(const struct child_result *r, const char *what)
{
	char *text, *whole;

	if (r->error)
		return xasprintf("%s: %s", what, r->error);
	if (r->timed_out)
		return xasprintf("%s takes too long", what);
	if (r->truncated)
		return xasprintf("%s: git says more than is read", what);
	text = git_complaint(r->err, r->err_len);
	whole = xasprintf("%s: %s", what, text);
	free(text);
	return whole;
}

bool
git_succeeded(const struct child_result *r)
{
	return !r->error && !r->timed_out && !r->truncated &&
	    r->exit_code == 0;
}
