/* github-approval: the gate before which a run stands. Who may decides here, or
 * anybody else does at GitHub; what counts is whom GitHub names. */
#include "run/verb-table.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "model/tables.h"
#include "run/follow.h"

enum { SENT_MAX = 3, GATES_MAX = 20 };

enum decision { UNDECIDED, APPROVE, REJECT };

static const char *const decisions[] = {
	[APPROVE] = "approve", [REJECT] = "reject",
};

static const struct verb_argument arguments[] = {
	FOLLOW_ARGUMENTS,
	{"comment"},
	{NULL},
};

struct gate_wait {
	struct follow f;		/* first */
	struct loop_timer *turn;	/* a decision was made */
	enum decision decision;
	char *who, *reason;		/* of the decision */
	int decided;			/* times that it was sent */
	bool seen;			/* it waited, in this attempt */
	bool refused;			/* GitHub does not let us */
	int64_t gates[GATES_MAX];	/* that are ours to decide */
	size_t gate_count;
	enum run_state state;		/* of the run, as last read */
	int attempt;
};

static void
cancel(struct step *s)
{
	struct gate_wait *g = s->state;

	s->state = NULL;
	if (!g)
		return;
	follow_release(&g->f);
	loop_timer_cancel(g->turn);
	free(g->who);
	free(g->reason);
	free(g);
}

static void
end(struct gate_wait *g, enum phase phase, char *error)
{
	struct step *s = g->f.step;

	cancel(s);
	step_end(s, phase, error);
	free(error);
}

/* --- what a person may tick ----------------------------------------------- */

static void
drop_items(struct step *s)
{
	list_release(s->seen->items, s->seen->item_count, &checklist_list);
	s->seen->items = NULL;
	s->seen->item_count = 0;
	step_changed(s);
}

static void
offer(struct gate_wait *g)
{
	struct step *s = g->f.step;
	struct checklist_item *items;
	enum decision d;

	if (s->seen->item_count)
		return;
	items = list_new(2, &checklist_list);
	for (d = APPROVE; d <= REJECT; d++) {
		items[d - 1].id = xstrdup(decisions[d]);
		items[d - 1].title = xasprintf("%s %s", decisions[d],
		    g->f.name);
	}
	list_release(s->seen->items, 0, &checklist_list);
	s->seen->items = items;
	s->seen->item_count = 2;
	step_changed(s);
}

/* --- who has decided ------------------------------------------------------ */

static char *
names(const struct github_told *t, const char *state, const char **comment)
{
	struct buf b = BUF_INIT(4096);
	size_t i;

	for (i = 0; i < t->review_count; i++) {
		const struct github_review *r = &t->reviews[i];

		if (!r->state || strcmp(r->state, state) != 0)
			continue;
		buf_addf(&b, "%s%s", b.len ? ", " : "", r->who ? r->who :
		    "somebody");
		*comment = r->comment;
	}
	return b.len ? buf_detach(&b) : NULL;
}

/* An earlier attempt has its own decisions, and nothing says whose they are. */
static bool
are_of_now(const struct gate_wait *g)
{
	return g->attempt <= 1 || g->seen || g->state == RUN_IN_PROGRESS ||
	    run_state_ended(g->state);
}

static void
undecided(struct gate_wait *g)
{
	if (g->state == RUN_SUCCESS) {
		step_say(g->f.step, "%s asked nobody: there is no gate",
		    g->f.name);
		end(g, PHASE_DONE, NULL);
	} else if (run_state_ended(g->state)) {
		end(g, PHASE_FAILED, xasprintf("%s ended before anybody "
		    "decided: %s", g->f.name, run_state_name(g->state)));
	} else {
		step_say(g->f.step, "%s has not asked for an approval yet",
		    g->f.name);
		follow_again(&g->f);
	}
}

static void
on_reviews(void *arg, const struct github_told *t)
{
	struct gate_wait *g = arg;
	const char *comment = NULL;
	char *no = NULL, *yes = NULL;

	g->f.act = NULL;
	if (t->outcome != GITHUB_DONE) {
		follow_trouble(&g->f, t);
		return;
	}
	if (are_of_now(g)) {
		yes = names(t, "approved", &comment);
		no = names(t, "rejected", &comment);
	}
	if (no && (!yes || g->state != RUN_SUCCESS)) {
		end(g, PHASE_FAILED, xasprintf("rejected by %s%s%s", no,
		    comment ? ": " : "", comment ? comment : ""));
	} else if (yes) {
		step_say(g->f.step, "approved by %s", yes);
		end(g, PHASE_DONE, NULL);
	} else {
		undecided(g);
	}
	free(yes);
	free(no);
}

static void
read_reviews(struct gate_wait *g)
{
	g->f.act = github_read_reviews(g->f.step->services->github, g->f.id,
	    on_reviews, g);
}

/* --- deciding ------------------------------------------------------------- */

static void
undecide(struct gate_wait *g)
{
	g->decision = UNDECIDED;
	g->decided = 0;
	drop_items(g->f.step);
}

/* Refused in the same words when it is not ours to decide, and when it has been
 * decided: look which it was. */
static void
on_sent(void *arg, const struct github_told *t)
{
	struct gate_wait *g = arg;

	g->f.act = NULL;
	if (t->outcome == GITHUB_REFUSED) {
		g->refused = true;
		undecide(g);
	} else if (t->outcome == GITHUB_UNSENT) {
		g->decided--;
	}
	if (t->outcome == GITHUB_UNSENT)
		follow_trouble(&g->f, t);
	else
		follow_now(&g->f);
}

static void
send(struct gate_wait *g)
{
	struct step *s = g->f.step;
	char *given = step_argument(s, "comment");
	char *comment = xasprintf("%s%s%s (%s, with vigie)", given ? given :
	    "", given && *given && g->reason ? "; " : "", g->reason ?
	    g->reason : "", g->who);

	g->decided++;
	step_say(s, "%s is sent to GitHub for %s", g->decision == APPROVE ?
	    "an approval" : "a rejection", g->who);
	g->f.act = github_approve(s->services->github, g->f.id, g->gates,
	    g->gate_count, g->decision == APPROVE, comment, on_sent, g);
	free(given);
	free(comment);
}

/* It waits still, so what was decided is not done. */
static void
insist(struct gate_wait *g)
{
	if (!g->gate_count) {
		g->refused = true;
		undecide(g);
		follow_again(&g->f);
	} else if (g->decided >= SENT_MAX) {
		end(g, PHASE_UNKNOWN, xasprintf("GitHub was told %d times to "
		    "%s %s, and it still waits", g->decided,
		    decisions[g->decision], g->f.name));
	} else {
		send(g);
	}
}

static void
say_waiting(struct gate_wait *g, const struct github_told *t)
{
	char *who = follow_either(t->pending[0].reviewers);

	if (g->refused)
		step_say(g->f.step, "%s waits for %s: GitHub does not let "
		    "the token's owner decide", g->f.name, who);
	else if (g->gate_count)
		step_say(g->f.step, "%s waits for %s, here or at GitHub",
		    g->f.name, who);
	else
		step_say(g->f.step, "%s waits for %s", g->f.name, who);
	free(who);
}

static void
on_pending(void *arg, const struct github_told *t)
{
	struct gate_wait *g = arg;
	size_t i;

	g->f.act = NULL;
	if (t->outcome != GITHUB_DONE) {
		follow_trouble(&g->f, t);
		return;
	}
	if (!t->pending_count) {
		read_reviews(g);
		return;
	}
	g->seen = true;
	g->gate_count = 0;
	for (i = 0; i < t->pending_count && g->gate_count < GATES_MAX; i++)
		if (t->pending[i].mine != TRI_NO)
			g->gates[g->gate_count++] =
			    t->pending[i].environment_id;
	if (g->decision != UNDECIDED) {
		insist(g);
		return;
	}
	if (g->gate_count && !g->refused)
		offer(g);
	else if (g->f.step->seen->item_count)
		drop_items(g->f.step);
	say_waiting(g, t);
	step_wait(g->f.step, true);
	follow_again(&g->f);
}

static void
look(struct follow *f, const struct pipeline_run *r)
{
	struct gate_wait *g = (struct gate_wait *)f;

	g->state = r->state;
	g->attempt = r->attempt;
	if (r->state != RUN_WAITING) {
		read_reviews(g);
		return;
	}
	f->act = github_read_pending(f->step->services->github, f->id,
	    on_pending, g);
}

/* --- the verb ------------------------------------------------------------- */

/* Behind "run 412": " approve yan". */
static void
recall(struct gate_wait *g, const char *memory)
{
	const char *word = memory && strncmp(memory, "run ", 4) == 0 ?
	    strchr(memory + 4, ' ') : NULL;
	enum decision d;
	size_t len;

	for (d = APPROVE; word && d <= REJECT; d++) {
		len = strlen(decisions[d]);
		if (strncmp(word + 1, decisions[d], len) != 0 ||
		    word[1 + len] != ' ')
			continue;
		g->decision = d;
		g->who = xstrdup(word + 1 + len + 1);
		return;
	}
}

static void
start(struct step *s)
{
	struct gate_wait *g = xcalloc(1, sizeof(*g));

	g->f.look = look;
	g->f.release = cancel;
	s->state = g;
	recall(g, s->memory);
	/* What was ticked and not remembered was not sent. */
	if (g->decision == UNDECIDED && s->seen->item_count)
		drop_items(s);
	follow_begin(&g->f, s);
}

static void
on_kept(void *arg)
{
	struct gate_wait *g = arg;

	if (!g->f.act)
		send(g);
}

/* Durable first: after a restart it is known whose decision was sent. */
static void
on_turn(void *arg)
{
	struct gate_wait *g = arg;
	char *text = xasprintf("run %lld %s %s", (long long)g->f.id,
	    decisions[g->decision], g->who);

	g->turn = NULL;
	github_act_cancel(g->f.act);
	g->f.act = NULL;
	loop_timer_cancel(g->f.timer);
	g->f.timer = NULL;
	step_wait(g->f.step, false);
	step_remember(g->f.step, text, on_kept, g);
	free(text);
}

static int
tick(struct step *s, const char *id, const char *who, const char *reason,
    struct err *e)
{
	struct gate_wait *g = s->state;
	struct checklist_item *item;
	size_t i;

	for (i = 0; i < s->seen->item_count; i++)
		if (strcmp(s->seen->items[i].id, id) == 0)
			break;
	if (!g || !s->seen->item_count)
		return err_set(e, "it is not yours to decide here: %s",
		    s->seen->doing ? s->seen->doing : "nothing waits");
	if (i == s->seen->item_count)
		return err_set(e, "'%s' is neither approve nor reject", id);
	if (g->decision != UNDECIDED)
		return err_set(e, "%s has decided already: %s", g->who,
		    decisions[g->decision]);
	item = &s->seen->items[i];
	g->decision = i == 0 ? APPROVE : REJECT;
	xstrset(&g->who, who);
	xstrset(&g->reason, reason);
	xstrset(&item->who, who);
	xstrset(&item->reason, reason);
	item->at = clock_wall();
	item->status = STATUS_OK;
	/* Not from in here: the tick is written down first. */
	g->turn = loop_timer(s->w->loop, 0, on_turn, g);
	return 0;
}

static void
stop(struct step *s)
{
	struct gate_wait *g = s->state;

	if (g->decided)
		end(g, PHASE_UNKNOWN, xasprintf("stopped after it was sent to "
		    "%s %s, which GitHub may do", decisions[g->decision],
		    g->f.name));
	else
		end(g, PHASE_FAILED, NULL);
}

static void
paper(const struct step *s, struct buf *b)
{
	follow_paper(s, b, "approve (who may: see there)");
}

const struct verb verb_github_approval = {
	.shape = {"github-approval", NULL, arguments, -1},
	.start = start, .cancel = cancel, .stop = stop, .probe = start,
	.paper = paper, .tick = tick,
};
