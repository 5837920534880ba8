/* Which version an act leads to, by which runbook, with which values. */
#include "server/gate-private.h"

#include "base/alloc.h"
#include "model/release.h"

#define COMMIT_MIN 7
#define COMMIT_LEN 40

static bool
same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* --- versions ------------------------------------------------------------ */

const char *
target_live_commit(const struct environment *env)
{
	return env->tenure_count ? env->tenures[0].commit :
	    env->version.commit;
}

const char *
target_live(const struct environment *env)
{
	const char *tag = env->tenure_count ? env->tenures[0].tag :
	    env->version.tag;

	return tag ? tag : target_live_commit(env);
}

static bool
is_commit(const char *s)
{
	size_t n = strspn(s, "0123456789abcdef");

	return s[n] == '\0' && n >= COMMIT_MIN && n <= COMMIT_LEN;
}

/* Commits that begin so, among those known. */
struct sought {
	const char *prefix;
	const char *found;	/* borrowed from the model */
	bool several;
};

static void
offer(struct sought *s, const char *commit)
{
	if (!commit || strncmp(commit, s->prefix, strlen(s->prefix)) != 0)
		return;
	if (s->found && strcmp(s->found, commit) != 0)
		s->several = true;
	s->found = commit;
}

static void
seek(const struct model *m, struct sought *s)
{
	size_t i, k;

	offer(s, m->releases.head);
	for (i = 0; i < m->releases.count; i++)
		offer(s, m->releases.items[i].commit);
	for (i = 0; i < m->environment_count; i++) {
		offer(s, m->environments[i].version.commit);
		for (k = 0; k < m->environments[i].tenure_count; k++)
			offer(s, m->environments[i].tenures[k].commit);
	}
}

static int
find_commit(const struct gatekeeper *g, struct plan *p, struct err *e)
{
	struct sought s = {.prefix = p->version};

	seek(g->o.model, &s);
	if (s.several)
		return err_set(e, "several commits begin with %s: name more "
		    "of it", p->version);
	if (!s.found && strlen(p->version) < COMMIT_LEN)
		return err_set(e, "no commit that is known here begins with "
		    "%s: name all 40 digits of it", p->version);
	xstrset(&p->target, p->version);
	xstrset(&p->target_commit, s.found ? s.found : p->version);
	if (!s.found)
		plan_warn(p, "the commit %s is not known here: nobody can say "
		    "what it is", p->version);
	return 0;
}

static const struct tenure *
find_tenure(const struct environment *env, const char *tag)
{
	size_t i;

	for (i = 0; i < env->tenure_count; i++)
		if (same(env->tenures[i].tag, tag))
			return &env->tenures[i];
	return NULL;
}

/* A release that is made by deploying it (the plan, §4.2): its tag is put on
 * the branch's head. It must come after all that there are. */
static bool
is_next(const struct gatekeeper *g, const struct plan *p)
{
	const struct releases *all = &g->o.model->releases;
	const struct release *newest = releases_newest(all);
	struct semver v;

	return p->act == GATE_DEPLOY && p->conf->production && all->head &&
	    all->branch && !same(p->asked_via, "ssh") &&
	    semver_parse(p->version, &v) == 0 && !v.rollback &&
	    (!newest || version_compare(p->version, newest->tag) > 0);
}

static int
find_named(const struct gatekeeper *g, const struct environment *env,
    struct plan *p, struct err *e)
{
	const struct release *r = releases_find(&g->o.model->releases,
	    p->version);
	const struct tenure *t = r ? NULL : find_tenure(env, p->version);

	if (!r && !t && is_commit(p->version))
		return find_commit(g, p, e);
	if (!r && !t && is_next(g, p)) {
		p->new_tag = true;
		xstrset(&p->target, p->version);
		xstrset(&p->target_commit, g->o.model->releases.head);
		plan_warn(p, "%s is no tag yet: it is put on %.7s, the head "
		    "of %s", p->version, p->target_commit,
		    g->o.model->releases.branch);
		return 0;
	}
	if (!r && !t)
		return err_set(e, "there is no version '%s': neither a tag of "
		    "the repository nor a commit", p->version);
	xstrset(&p->target, p->version);
	xstrset(&p->target_commit, r ? r->commit : t->commit);
	return 0;
}

static void
take_commit(struct plan *p, const char *commit)
{
	free(p->target);
	p->target = xstrndup(commit, COMMIT_MIN);
	xstrset(&p->target_commit, commit);
}

/* Production is deployed by tags, what comes before it by the head. */
static int
find_newest(const struct gatekeeper *g, struct plan *p, struct err *e)
{
	const struct releases *all = &g->o.model->releases;
	const struct release *r = p->conf->production ?
	    releases_newest(all) : NULL;

	if (r) {
		xstrset(&p->target, r->tag);
		xstrset(&p->target_commit, r->commit);
	} else if (p->conf->production) {
		return err_set(e, "which version? The repository has no tag "
		    "of a version");
	} else if (all->head) {
		take_commit(p, all->head);
	} else if (p->conf->ssh_host) {
		return err_set(e, "which version? The head of the repository "
		    "is not known");
	}
	/* On this machine what is checked out is what is deployed. */
	return 0;
}

int
target_find(const struct gatekeeper *g, const struct environment *env,
    struct plan *p, const char **code, struct err *e)
{
	const struct readiness *r = &env->readiness;
	int result = 0;

	if (p->version)
		result = find_named(g, env, p, e);
	else if (p->act == GATE_DEPLOY)
		result = find_newest(g, p, e);
	else if (p->act == GATE_ROLLBACK && r->target) {
		xstrset(&p->target, r->target);
		xstrset(&p->target_commit, r->target_commit);
	}
	if (result == -1)
		*code = "not_found";
	return result;
}

/* --- runbooks ------------------------------------------------------------ */

struct book *
gate_book(const struct gatekeeper *g, const char *name, struct err *e)
{
	char *path = book_find(name, g->site_books, g->shipped_books);
	struct buf errors = BUF_INIT(1 << 16);
	struct book *b;

	if (!path) {
		err_set(e, "there is no runbook '%s'", name);
		return NULL;
	}
	b = book_load(path, g->shapes, &errors);
	if (!b)
		err_set(e, "the runbook cannot be used: %.*s",
		    (int)strcspn(buf_str(&errors), "\n"), buf_str(&errors));
	buf_release(&errors);
	free(path);
	return b;
}

static bool
has_book(const struct gatekeeper *g, const char *name)
{
	char *path = book_find(name, g->site_books, g->shipped_books);

	free(path);
	return path != NULL;
}

/* The name, and by which way it acts; NULL with the reason. */
static const char *
choose_deploy(const struct gatekeeper *g, struct plan *p, struct err *e)
{
	const struct conf_environment *c = p->conf;
	bool github = g->o.conf->github.repository &&
	    has_book(g, "deploy-prod");

	if (c->deploy_book) {
		p->via = p->asked_via;
		return c->deploy_book;
	}
	if (same(p->asked_via, "github") && !(c->production && github)) {
		err_set(e, !c->production ? "only production is deployed "
		    "through GitHub from here" : "GitHub is not configured, "
		    "or there is no runbook deploy-prod");
		return NULL;
	}
	p->via = c->ssh_host ? "ssh" : NULL;
	if (!c->production)
		return c->ssh_host ? "deploy-staging" : "deploy-local";
	if (p->new_tag && !github) {
		err_set(e, "there is no version '%s', and GitHub, which could "
		    "deploy a new one, is not configured", p->version);
		return NULL;
	}
	if (same(p->asked_via, "ssh") || !github)
		return "deploy-prod-ssh";
	p->via = "github";
	return "deploy-prod";
}

static const char *
choose_rollback(const struct gatekeeper *g, struct plan *p, struct err *e)
{
	if (p->plot->book) {
		p->via = p->conf->ssh_host ? "ssh" : NULL;
		return p->plot->book;
	}
	if (p->conf->rollback_book) {
		p->via = p->asked_via;
		return p->conf->rollback_book;
	}
	if (same(p->asked_via, "github")) {
		if (!g->o.conf->github.repository || !has_book(g,
		    "rollback")) {
			err_set(e, "GitHub is not configured, or there is no "
			    "runbook rollback");
			return NULL;
		}
		p->via = "github";
		return "rollback";
	}
	p->via = p->conf->ssh_host ? "ssh" : NULL;
	return "rollback-ssh";
}

int
target_book(const struct gatekeeper *g, struct plan *p, const char **code,
    struct err *e)
{
	const char *name = p->asked_book;

	if (p->asked_via && !same(p->asked_via, "ssh") &&
	    !same(p->asked_via, "github")) {
		*code = "bad_argument";
		return err_set(e, "via is ssh or github, not '%s'",
		    p->asked_via);
	}
	if (p->act == GATE_DEPLOY)
		name = choose_deploy(g, p, e);
	else if (p->act == GATE_ROLLBACK)
		name = choose_rollback(g, p, e);
	else
		p->via = p->asked_via ? p->asked_via :
		    p->conf->ssh_host ? "ssh" : NULL;
	if (!name) {
		*code = "bad_argument";
		return p->act == GATE_BOOK ? err_set(e, "which runbook? "
		    "(argument \"book\")") : -1;
	}
	*code = "not_found";
	p->book = gate_book(g, name, e);
	if (!p->book)
		return -1;
	*code = "bad_argument";
	if (!book_for(p->book, p->environment))
		return err_set(e, "the runbook %s is not for %s: name one "
		    "that is in the configuration (environments.%s.%s)", name,
		    p->environment, p->environment, p->act == GATE_ROLLBACK ?
		    "rollback" : "deploy");
	return 0;
}

bool
gate_is_rollback(const struct conf *conf, const struct run *r)
{
	size_t i;

	if (scenario_leaves_bad(r->book))
		return true;
	for (i = 0; i < conf->environment_count; i++)
		if (same(conf->environments[i].name, r->environment))
			return same(conf->environments[i].rollback_book,
			    r->book);
	return false;
}

/* --- values -------------------------------------------------------------- */

/* "registry.example/hub/bridge:v1": its length without the tag, and what
 * follows the registry's host. */
static const char *
repository(const char *image, size_t *len)
{
	const char *slash = strchr(image, '/'), *at = strchr(image, '@');
	const char *last = strrchr(image, '/');
	const char *colon = strchr(last ? last : image, ':');

	*len = at && (!colon || at < colon) ? (size_t)(at - image) :
	    colon ? (size_t)(colon - image) : strlen(image);
	if (slash && (memchr(image, '.', slash - image) ||
	    memchr(image, ':', slash - image)))
		return slash + 1;
	return image;
}

static bool
is_image(const char *own, const struct service *sv)
{
	const char *a, *b;
	size_t n, k;

	if (!sv->image)
		return false;
	if (!own)
		return same(sv->name, "bridge");
	a = repository(own, &n);
	b = repository(sv->image, &k);
	n -= a - own;
	k -= b - sv->image;
	return n == k && strncmp(a, b, n) == 0;
}

/* A host may know the registry by another name than this machine does. */
static char *
image_of(const struct gatekeeper *g, const struct environment *env)
{
	const char *own = g->o.conf->registry.image;
	size_t i, len;

	for (i = 0; i < env->service_count; i++)
		if (is_image(own, &env->services[i])) {
			repository(env->services[i].image, &len);
			return xstrndup(env->services[i].image, len);
		}
	return xstrdup_or_null(own);
}

/* "compose.yml:compose.prod.yml", as the variable COMPOSE_FILE has them: what
 * stands for a name in a script is one quoted word, and -f would need several. */
static char *
compose_files(const struct conf_environment *c)
{
	char *given = c->compose_files ? xstrdup(c->compose_files) :
	    c->ssh_host ? xasprintf("compose.yml compose.%s.yml", c->name) :
	    xstrdup("compose.yml");
	struct buf b = BUF_INIT(4096);
	const char *at = given;
	size_t len;

	while (*(at += strspn(at, " "))) {
		len = strcspn(at, " ");
		buf_addf(&b, "%s%.*s", b.len ? ":" : "", (int)len, at);
		at += len;
	}
	free(given);
	return buf_detach(&b);
}

static void
add(struct plan *p, size_t *count, const char *name, const char *value)
{
	if (value)
		values_add(&p->values, count, name, value, false);
}

struct book_value *
gate_values(const struct conf *conf, const char *environment,
    const struct book *b)
{
	struct book_value *values = xcalloc(1, sizeof(*values));
	const struct conf_environment *c;
	size_t i, k, count = 0;

	for (i = 0; i < conf->environment_count; i++) {
		c = &conf->environments[i];
		for (k = 0; same(c->name, environment) && k < c->value_count;
		    k++)
			if (book_parameter(b, c->values[k].name))
				values_add(&values, &count, c->values[k].name,
				    c->values[k].value, false);
	}
	return values;
}

void
gate_resolve(const struct gatekeeper *g, const char *environment,
    const char *version, struct book_value **values)
{
	const struct environment *env = model_find(g->o.model, environment);
	struct plan p = {.act = GATE_BOOK, .version = xstrdup_or_null(version),
			 .warnings = json_array()};
	char *image = env ? image_of(g, env) : NULL;
	size_t count = 0;

	while ((*values)[count].name)
		count++;
	if (env && version && !book_value(*values, "commit") &&
	    find_named(g, env, &p, NULL) == 0)
		values_add(values, &count, "commit", p.target_commit, false);
	if (image && !book_value(*values, "image"))
		values_add(values, &count, "image", image, false);
	free(image);
	free(p.version);
	free(p.target);
	free(p.target_commit);
	json_free(p.warnings);
}

void
target_values(const struct gatekeeper *g, const struct environment *env,
    struct plan *p)
{
	const struct book_value *v;
	char *image = image_of(g, env), *files = compose_files(p->conf);
	size_t count = 0;

	p->values = gate_values(g->o.conf, p->environment, p->book);
	for (v = p->values; v->name; v++)
		count++;
	add(p, &count, "image", image);
	scenario_backups(env, p, &count);
	if (book_parameter(p->book, "compose_files") &&
	    !book_value(p->values, "compose_files"))
		add(p, &count, "compose_files", files);
	if (book_parameter(p->book, "tag") &&
	    releases_find(&g->o.model->releases, p->target ? p->target : ""))
		add(p, &count, "tag", p->target);
	free(image);
	free(files);
}
