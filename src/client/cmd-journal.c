/* vigie journal: what was done, and whether that account is whole. */
#include "client/cmd.h"

#include <errno.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"

#define ANSWER_MS 30000
#define LISTED 100
#define LISTED_MAX 100000
/* The server's most for one question. */
#define PAGE 1000

struct journal_list {
	struct session session;
	const char *environment, *run;
	int64_t limit;
	bool json;
	struct json **entries;	/* newest first */
	size_t count;
	struct json *verdict;
};

static void ask(struct journal_list *l);

/* --- the conversation ------------------------------------------------------- */

/* False: there are no others. */
static bool
take(struct journal_list *l, const struct json *list)
{
	const struct json *entry = json_first(list);

	if (!entry)
		return false;
	l->entries = xreallocarray(l->entries, l->count + json_count(list),
	    sizeof(*l->entries));
	for (; entry; entry = json_next(entry))
		l->entries[l->count++] = json_copy(entry);
	return l->count < (size_t)l->limit &&
	    json_int(json_get(l->entries[l->count - 1], "seq"), 1) > 1;
}

static void
answered(void *arg, const struct json *m, bool final)
{
	struct journal_list *l = arg;
	const char *type = json_text(json_get(m, "type"), "");

	if (!final)
		return;
	if (strcmp(type, "error") == 0) {
		session_end(&l->session, session_error(&l->session, m));
	} else if (strcmp(type, "journal_verify") == 0) {
		l->verdict = json_copy(m);
		session_end(&l->session, EXIT_OK);
	} else if (take(l, json_get(m, "entries"))) {
		ask(l);
	} else {
		session_end(&l->session, EXIT_OK);
	}
}

static void
ask(struct journal_list *l)
{
	struct json *m = json_object();
	int64_t left = l->limit - (int64_t)l->count;

	json_set_text(m, "environment", l->environment);
	json_set_text(m, "run", l->run);
	json_set_int(m, "limit", left < PAGE ? left : PAGE);
	if (l->count)
		json_set_int(m, "before", json_int(json_get(
		    l->entries[l->count - 1], "seq"), 0));
	client_request(l->session.client, "journal", m, answered, l);
}

static void
state_changed(void *arg)
{
	struct journal_list *l = arg;

	if (client_state(l->session.client) == CLIENT_REFUSED)
		session_refused(&l->session);
}

/* --- printing --------------------------------------------------------------- */

static void
print_padded(const char *s, int width)
{
	int pad = width - text_width(s);

	printf("%s%*s  ", s, pad > 0 ? pad : 0, "");
}

static void
print_entry(const struct json *e)
{
	int64_t at = json_time(json_get(e, "at"));
	time_t seconds = (time_t)(at / 1000);
	const char *reason = json_text(json_get(e, "reason"), NULL);
	char when[32] = "?";
	struct tm tm;

	if (at != TIME_UNKNOWN && localtime_r(&seconds, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	print_padded(when, 19);
	print_padded(json_text(json_get(e, "who"), "vigie"), 8);
	print_padded(json_text(json_get(e, "environment"), "-"), 8);
	print_padded(json_text(json_get(e, "kind"), "?"), 12);
	fputs(json_text(json_get(e, "text"), ""), stdout);
	if (reason)
		printf(" (%s)", reason);
	putchar('\n');
}

static void
print_json(const struct json *v)
{
	struct buf b = BUF_INIT(4 << 20);

	json_print(v, &b);
	puts(buf_str(&b));
	buf_release(&b);
}

/* The message's own members are not the verdict's. */
static void
print_verdict_json(const struct json *m)
{
	static const char *const members[] = {"entries", "ok", "broken_at",
		"why", "hash"};
	struct json *o = json_object();
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		json_set(o, members[i], json_get(m, members[i]) ?
		    json_copy(json_get(m, members[i])) : json_string(NULL));
	print_json(o);
	json_free(o);
}

static int
print_verdict(const struct journal_list *l)
{
	const struct json *v = l->verdict;
	bool ok = json_bool(json_get(v, "ok"), false);

	if (l->json)
		print_verdict_json(v);
	else if (ok)
		printf(_("%lld entries, nothing was changed; the last hash is "
		    "%s\n"), (long long)json_int(json_get(v, "entries"), 0),
		    json_text(json_get(v, "hash"), "?"));
	if (!ok)
		return cmd_fail(l->session.args, EXIT_CRIT, _("the journal "
		    "does not hold at entry %lld: %s"),
		    (long long)json_int(json_get(v, "broken_at"), 0),
		    json_text(json_get(v, "why"), "?"));
	return EXIT_OK;
}

static int
print(const struct journal_list *l)
{
	const struct cmd_args *a = l->session.args;
	int code = EXIT_OK;
	size_t i;

	if (l->verdict)
		code = print_verdict(l);
	for (i = l->count; i-- > 0;)
		if (l->json)
			print_json(l->entries[i]);
		else
			print_entry(l->entries[i]);
	if (fflush(stdout) != 0 && errno != EPIPE)
		return cmd_fail(a, EXIT_UNKNOWN, _("cannot write the output"));
	return code;
}

int
cmd_journal(const struct cmd_args *a)
{
	struct journal_list l = {.environment = a->operands[0],
		.run = cmd_value(a, "run"), .limit = LISTED,
		.json = cmd_value(a, "json") != NULL};
	struct client_handlers h = {.state = state_changed, .arg = &l};
	const char *n = cmd_value(a, "number");
	int code;

	if (n && text_int(n, 1, LISTED_MAX, &l.limit) == -1)
		return cmd_fail(a, EXIT_USAGE, _("--number takes a number "
		    "from 1 to %d, not \"%s\""), LISTED_MAX, n);
	code = session_open(&l.session, a, SESSION_START, &h);
	if (code != 0)
		return code;
	if (cmd_value(a, "verify"))
		client_request(l.session.client, "journal_verify", NULL,
		    answered, &l);
	else
		ask(&l);
	session_run(&l.session, ANSWER_MS);
	code = l.session.exit_code;
	if (l.session.timed_out)
		code = cmd_fail(a, EXIT_UNKNOWN, _("no answer from the server "
		    "within %d s: %s"), ANSWER_MS / 1000,
		    client_text(l.session.client));
	else if (code == EXIT_OK)
		code = print(&l);
	session_close(&l.session);
	while (l.count)
		json_free(l.entries[--l.count]);
	free(l.entries);
	json_free(l.verdict);
	return code;
}
