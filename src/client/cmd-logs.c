/* vigie logs and vigie events: streams as lines. */
#include "client/cmd.h"

#include <signal.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/text.h"

#define TAIL_DEFAULT 200
#define EVENTS_DEFAULT 100
#define TAIL_MAX 1000000
/* Lines of several containers come in bursts of one; they are put in order
 * over this long. */
#define ORDER_MS 300

/* A line that waits for its neighbours. */
struct held_line {
	int64_t at;
	size_t serial;		/* order of arrival, among equals */
	char *text;
};

struct stream_run {
	struct session session;
	const char *grep;
	bool json, timestamps, follow;
	int name_width;
	struct held_line *held;
	size_t held_count, held_cap, serial;
	struct loop_timer *order;
};

/* --- order ---------------------------------------------------------------- */

static int
by_time(const void *a, const void *b)
{
	const struct held_line *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->serial < y->serial ? -1 : x->serial > y->serial;
}

static void
print_held(struct stream_run *r)
{
	size_t i;

	if (r->held_count)
		qsort(r->held, r->held_count, sizeof(*r->held), by_time);
	for (i = 0; i < r->held_count; i++) {
		fputs(r->held[i].text, stdout);
		free(r->held[i].text);
	}
	r->held_count = 0;
	if (fflush(stdout) != 0)
		session_end(&r->session, EXIT_UNKNOWN);
}

static void
order_passed(void *arg)
{
	struct stream_run *r = arg;

	r->order = NULL;
	print_held(r);
}

/* Takes over text. */
static void
hold(struct stream_run *r, int64_t at, char *text)
{
	if (r->held_count == r->held_cap) {
		r->held_cap = r->held_cap ? r->held_cap * 2 : 256;
		r->held = xreallocarray(r->held, r->held_cap,
		    sizeof(*r->held));
	}
	r->held[r->held_count++] = (struct held_line){at, r->serial++, text};
	if (r->follow && !r->order)
		r->order = loop_timer(r->session.loop, ORDER_MS, order_passed,
		    r);
}

/* --- lines ---------------------------------------------------------------- */

static char *
json_line(const struct json *item)
{
	struct buf b = BUF_INIT(1 << 20);

	json_print(item, &b);
	buf_addc(&b, '\n');
	return buf_detach(&b);
}

static char *
log_text(struct stream_run *r, const struct json *item)
{
	struct buf b = BUF_INIT(1 << 20);
	const char *service = json_text(json_get(item, "service"), "?");
	int width = text_width(service);

	if (width > r->name_width)
		r->name_width = width;
	if (r->timestamps)
		buf_addf(&b, "%s ", json_text(json_get(item, "at"), "?"));
	buf_addf(&b, "%s%*s | %s\n", service, r->name_width - width, "",
	    json_text(json_get(item, "text"), ""));
	return buf_detach(&b);
}

static char *
event_text(const struct json *item)
{
	int64_t code = json_int(json_get(item, "exit_code"), -1);
	char exit_code[32] = "";

	if (code >= 0)
		snprintf(exit_code, sizeof(exit_code), " (%d)", (int)code);
	return xasprintf("%s  %-10s %-14s %s%s\n",
	    json_text(json_get(item, "at"), "?"),
	    json_text(json_get(item, "environment"), "?"),
	    json_text(json_get(item, "service"), "?"),
	    json_text(json_get(item, "action"), "?"), exit_code);
}

static void
take_items(struct stream_run *r, const struct json *list, bool logs)
{
	const struct json *item;

	for (item = json_first(list); item; item = json_next(item)) {
		if (r->grep && !text_contains(
		    json_text(json_get(item, "text"), ""), r->grep))
			continue;
		hold(r, json_time(json_get(item, "at")), r->json ?
		    json_line(item) : logs ? log_text(r, item) :
		    event_text(item));
	}
}

static void
answered(void *arg, const struct json *m, bool final)
{
	struct stream_run *r = arg;
	struct session *s = &r->session;
	const char *type = json_text(json_get(m, "type"), "");
	const char *error = json_text(json_get(m, "error"), NULL);

	if (strcmp(type, "log") == 0)
		take_items(r, json_get(m, "lines"), true);
	else if (strcmp(type, "events") == 0)
		take_items(r, json_get(m, "events"), false);
	if (!final)
		return;
	print_held(r);
	if (strcmp(type, "error") == 0)
		session_end(s, session_error(s, m));
	else if (error)
		session_end(s, cmd_fail(s->args, EXIT_UNKNOWN, "%s", error));
	else
		session_end(s, EXIT_OK);
}

static void
state_changed(void *arg)
{
	struct stream_run *r = arg;
	struct session *s = &r->session;

	if (client_state(s->client) == CLIENT_REFUSED)
		session_refused(s);
}

/* Ask, print until the end. Takes over arguments. */
static int
run_stream(struct stream_run *r, const struct cmd_args *a, const char *op,
    struct json *arguments)
{
	struct client_handlers h = {.state = state_changed, .arg = r};
	int code = session_open(&r->session, a, SESSION_START, &h);

	if (code != 0) {
		json_free(arguments);
		return code;
	}
	client_request(r->session.client, op, arguments, answered, r);
	session_run(&r->session, 0);
	print_held(r);
	code = r->session.exit_code;
	/* Ctrl-C is how following ends. */
	if (r->follow && code == 128 + SIGINT)
		code = EXIT_OK;
	loop_timer_cancel(r->order);
	session_close(&r->session);
	free(r->held);
	return code;
}

/* --tail as a number into *n. */
static int
parse_tail(const struct cmd_args *a, int64_t *n)
{
	const char *given = cmd_value(a, "tail");

	if (given && text_int(given, 0, TAIL_MAX, n) == -1)
		return cmd_fail(a, EXIT_USAGE, _("--tail takes a number from 0 "
		    "to %d, not \"%s\""), TAIL_MAX, given);
	return 0;
}

int
cmd_logs(const struct cmd_args *a)
{
	struct stream_run r = {
		.grep = cmd_value(a, "grep"),
		.json = cmd_value(a, "json") != NULL,
		.timestamps = cmd_value(a, "timestamps") != NULL,
		.follow = cmd_value(a, "follow") != NULL,
	};
	const char *since = cmd_value(a, "since");
	int64_t tail = since ? -1 : TAIL_DEFAULT, at = TIME_UNKNOWN, age;
	struct json *m, *services;
	size_t i;

	if (parse_tail(a, &tail) != 0)
		return EXIT_USAGE;
	if (since && clock_parse_duration(since, &age) == 0)
		at = clock_wall() - age;
	else if (since && clock_parse_rfc3339(since, &at) == -1)
		return cmd_fail(a, EXIT_USAGE, _("--since takes an age (10m) "
		    "or a time (2026-06-15T08:00:00Z), not \"%s\""), since);
	m = json_object();
	services = json_array();
	for (i = 1; i < a->operand_count; i++)
		json_append(services, json_string(a->operands[i]));
	json_set_text(m, "environment", a->operands[0]);
	json_set(m, "services", services);
	json_set_bool(m, "follow", r.follow);
	json_set_int(m, "tail", tail);
	json_set_time(m, "since", at);
	return run_stream(&r, a, "logs", m);
}

int
cmd_events(const struct cmd_args *a)
{
	struct stream_run r = {
		.json = cmd_value(a, "json") != NULL,
		.follow = cmd_value(a, "follow") != NULL,
	};
	int64_t tail = EVENTS_DEFAULT;
	struct json *m;

	if (parse_tail(a, &tail) != 0)
		return EXIT_USAGE;
	m = json_object();
	json_set_text(m, "environment", a->operands[0]);
	json_set_bool(m, "follow", r.follow);
	json_set_int(m, "tail", tail);
	return run_stream(&r, a, "events", m);
}
