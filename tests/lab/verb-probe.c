/*
 * A runbook run against a git origin and a GitHub, without server and gate, so
 * that a test in another language sees each step and can decide:
 *
 *   verb-probe URL TOKEN_FILE CLONE BOOK STATE VERSION COMMIT FROM
 *
 * prints "ID PHASE ITEMS TEXT" whenever that changes of a step, and "run PHASE"
 * at the end. Lines on standard input: "ITEM WHO" ticks, "abort WHO". What
 * would be the journal is the file STATE: when it is there, that run goes on.
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/files.h"
#include "run/engine.h"
#include "source/git.h"
#include "source/github.h"

enum { TEXT_BYTES = 1 << 20, LINE_BYTES = 4096 };

struct bed {
	struct loop *loop;
	struct model model;
	struct engine *engine;
	const char *state;
	struct buf input;
	char **told;		/* of each step */
	size_t told_count;
};

static void
keep(void *arg, const struct run *run, const char *kind, const char *step,
    const char *text, const char *state, engine_kept_fn *done, void *done_arg)
{
	struct bed *p = arg;
	struct err e = {""};
	int result = files_write(p->state, state, strlen(state), 0600, &e);

	(void)run;
	(void)kind;
	(void)step;
	(void)text;
	done(done_arg, result == 0 ? NULL : e.text);
}

static void
tell(struct bed *p, const struct run_step *s, size_t i)
{
	char *now = xasprintf("%s %s %zu %s", s->id, phase_name(s->phase),
	    s->item_count, s->error ? s->error : s->doing ? s->doing : "");

	if (i >= p->told_count) {
		p->told = xreallocarray(p->told, i + 1, sizeof(*p->told));
		while (p->told_count <= i)
			p->told[p->told_count++] = NULL;
	}
	if (xstrset(&p->told[i], now))
		puts(now);
	free(now);
}

static void
changed(void *arg)
{
	struct bed *p = arg;
	size_t i;

	for (i = 0; p->model.run_count && i < p->model.runs[0].step_count; i++)
		tell(p, &p->model.runs[0].steps[i], i);
	fflush(stdout);
}

static void
world_changed(void *arg, const char *environment)
{
	(void)arg;
	(void)environment;
}

static void
act(struct bed *p, const char *line)
{
	char *item = xstrndup(line, strcspn(line, " "));
	const char *who = strchr(line, ' ');
	bool abort_it = strcmp(item, "abort") == 0;
	struct err e = {""};

	if (engine_act(p->engine, p->model.runs[0].id, abort_it ?
	    ENGINE_ABORT : ENGINE_TICK, item, who ? who + 1 : "somebody",
	    abort_it ? "the test" : NULL, &e) == -1)
		printf("refused %s\n", e.text);
	fflush(stdout);
	free(item);
}

static void
on_input(int fd, unsigned events, void *arg)
{
	struct bed *p = arg;
	char data[512], *end;
	ssize_t n = read(fd, data, sizeof(data));

	(void)events;
	if (n <= 0)
		_exit(1);
	buf_add(&p->input, data, n);
	while (p->input.len && (end = strchr(p->input.data, '\n'))) {
		*end = '\0';
		act(p, p->input.data);
		buf_consume(&p->input, strlen(p->input.data) + 1);
	}
}

static void
begin(struct bed *p, char **argv)
{
	struct verb_shape *shapes = verb_shapes(verbs);
	struct buf b = BUF_INIT(TEXT_BYTES), errors = BUF_INIT(TEXT_BYTES);
	struct book *book;
	struct err e = {""};
	bool well;

	if (access(p->state, F_OK) == 0) {
		well = files_read(p->state, &b, &e) == 0 &&
		    engine_recall(p->engine, buf_str(&b), &e) == 0;
	} else {
		book = book_load(argv[4], shapes, &errors);
		if (!book)
			err_set(&e, "%s", buf_str(&errors));
		well = book && engine_run(p->engine, &(struct engine_start){
		    .book = book, .environment = "prod", .who = "corentin",
		    .target = argv[6], .target_commit = argv[7],
		    .from = argv[8], .reason = "the test", .via = "github",
		    }, &e);
	}
	if (!well) {
		fprintf(stderr, "verb-probe: %s\n", e.text);
		exit(2);
	}
	free(shapes);
	buf_release(&b);
	buf_release(&errors);
}

static bool
rests(const struct bed *p)
{
	enum phase phase = p->model.runs[0].phase;

	return phase_ended(phase) || phase == PHASE_UNKNOWN;
}

static void
until_the_end(struct bed *p)
{
	bool resumed = false;

	while (!rests(p)) {
		loop_turn(p->loop, -1);
		/* Between two steps it stands still after a restart. */
		if (p->model.runs[0].phase == PHASE_PAUSED && !resumed)
			resumed = engine_act(p->engine, p->model.runs[0].id,
			    ENGINE_RESUME, NULL, "corentin", NULL, NULL) == 0;
	}
	changed(p);
	printf("run %s\n", phase_name(p->model.runs[0].phase));
}

int
main(int argc, char **argv)
{
	struct conf_environment place = {.name = "prod", .production = true,
	    .github_environment = "production"};
	struct bed p = {.state = argc > 5 ? argv[5] : NULL,
	    .input = BUF_INIT(LINE_BYTES)};
	struct run_services services;
	struct conf conf;
	struct world w;

	if (argc != 9)
		return 64;
	conf = (struct conf){.environments = &place, .environment_count = 1,
	    .github = {.repository = "acadenice/formation-hub",
		.url = argv[1], .token = {.file = argv[2]},
		.critical_label = "critical", .interval_ms = 100},
	    .repository = {.path = argv[3], .remote = "origin",
		.branch = "main", .changelog = "CHANGELOG.md"}};
	signal(SIGPIPE, SIG_IGN);
	p.loop = loop_new(NULL);
	model_init(&p.model);
	w = (struct world){.loop = p.loop, .http = http_new(p.loop, NULL),
	    .children = children_new(p.loop, NULL), .model = &p.model,
	    .changed = world_changed};
	services.github = github_new(&w, &conf);
	services.git = git_new(&w, &conf.repository);
	p.engine = engine_new(&(struct engine_options){.world = &w,
	    .conf = &conf, .services = &services, .keep = keep,
	    .changed = changed, .arg = &p});
	loop_watch(p.loop, 0, LOOP_READ, on_input, &p);
	begin(&p, argv);
	until_the_end(&p);
	return 0;
}
