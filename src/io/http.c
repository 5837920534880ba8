#include "io/http.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "io/http-transfer.h"

/*
 * libcurl says which descriptors and which timer it waits for, the loop tells
 * it when they are ready. libcurl must not be entered again while it calls us
 * (`inside`), and a transfer must not vanish under who walks the list: so
 * cancelling only marks, and what is marked is done in settle(), which a timer
 * of no delay calls from the loop.
 */
enum {
	KEPT_CONNECTIONS = 256,
	REDIRECTS_MAX = 5,
};

static void settle(void *arg);

static void
settle_soon(struct http *h)
{
	if (!h->settle)
		h->settle = loop_timer(h->loop, 0, settle, h);
}

/* --- the end of a transfer ----------------------------------------------- */

static void
finish(struct http_transfer *t)
{
	t->dead = true;
	settle_soon(t->http);
	transfer_reply(t);
	if (t->done)
		t->done(&t->reply, t->arg);
}

/* Start, or start again after a redirect. */
static void
add(struct http_transfer *t)
{
	CURLMcode code;

	if (t->added)
		curl_multi_remove_handle(t->http->multi, t->easy);
	code = curl_multi_add_handle(t->http->multi, t->easy);
	t->added = code == CURLM_OK;
	if (code == CURLM_OK)
		return;
	transfer_error(t, "cannot start the request to %s: %s", t->place,
	    curl_multi_strerror(code));
	settle_soon(t->http);
}

static void
take_results(struct http *h)
{
	struct http_transfer *t;
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(h->multi, &left))) {
		CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
		if (t->dead)
			continue;
		if (code != CURLE_OK)
			transfer_failed(t, code);
		else if (transfer_redirect(t)) {
			if (++t->redirects <= REDIRECTS_MAX) {
				add(t);
				continue;
			}
			transfer_error(t, "%s redirects more than %d times",
			    t->place, REDIRECTS_MAX);
		}
		finish(t);
	}
}

/* --- between libcurl and the loop ---------------------------------------- */

static void
step(struct http *h, curl_socket_t fd, int events)
{
	int running;

	h->inside = true;
	curl_multi_socket_action(h->multi, fd, events, &running);
	h->inside = false;
	take_results(h);
}

static void
on_socket(int fd, unsigned events, void *arg)
{
	step(arg, fd, (events & LOOP_READ ? CURL_CSELECT_IN : 0) |
	    (events & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static void
on_curl_timer(void *arg)
{
	struct http *h = arg;

	h->curl_timer = NULL;
	step(h, CURL_SOCKET_TIMEOUT, 0);
}

static int
set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *watch)
{
	static const unsigned events[] = {
		[CURL_POLL_IN] = LOOP_READ,
		[CURL_POLL_OUT] = LOOP_WRITE,
		[CURL_POLL_INOUT] = LOOP_READ | LOOP_WRITE,
		[CURL_POLL_REMOVE] = 0,
	};
	struct http *h = arg;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		loop_unwatch(watch);
		curl_multi_assign(h->multi, fd, NULL);
	} else if (watch)
		loop_watch_set(watch, events[what]);
	else
		curl_multi_assign(h->multi, fd,
		    loop_watch(h->loop, fd, events[what], on_socket, h));
	return 0;
}

static int
set_timer(CURLM *multi, long ms, void *arg)
{
	struct http *h = arg;

	(void)multi;
	loop_timer_cancel(h->curl_timer);
	h->curl_timer = ms < 0 ? NULL :
	    loop_timer(h->loop, ms, on_curl_timer, h);
	return 0;
}

/* --- what was put off ---------------------------------------------------- */

static void
free_dead(struct http *h)
{
	struct http_transfer *t, *next;

	for (t = LIST_FIRST(&h->transfers); t; t = next) {
		next = LIST_NEXT(t, link);
		if (t->dead)
			transfer_free(t);
	}
}

/* libcurl may hand over bytes that it kept, from inside this call. */
static void
apply_pause(struct http_transfer *t)
{
	t->curl_paused = t->paused;
	t->last_byte = clock_mono();
	t->http->inside = true;
	curl_easy_pause(t->easy, t->paused ? CURLPAUSE_RECV : CURLPAUSE_CONT);
	t->http->inside = false;
}

static void
settle(void *arg)
{
	struct http *h = arg;
	struct http_transfer *t;

	h->settle = NULL;
	free_dead(h);
	/* Callbacks in here may add to the list and mark, but not free. */
	LIST_FOREACH(t, &h->transfers, link) {
		if (t->dead)
			continue;
		if (!t->added && !t->error)
			add(t);
		if (t->error)
			finish(t);
		else if (t->paused != t->curl_paused)
			apply_pause(t);
	}
	take_results(h);
}

/* --- streams that say nothing -------------------------------------------- */

static void
on_idle(void *arg)
{
	struct http_transfer *t = arg;
	int64_t now = clock_mono(), left;

	t->idle = NULL;
	if (t->dead)
		return;
	if (t->paused)
		t->last_byte = now;
	left = t->last_byte + t->idle_timeout_ms - now;
	if (left > 0) {
		t->idle = loop_timer(t->http->loop, left, on_idle, t);
		return;
	}
	transfer_idle(t);
	finish(t);
}

/* --- the engine ---------------------------------------------------------- */

struct http *
http_new(struct loop *l, struct err *e)
{
	struct http *h;
	CURLM *multi;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		err_set(e, "cannot set up libcurl");
		return NULL;
	}
	multi = curl_multi_init();
	if (!multi) {
		curl_global_cleanup();
		err_set(e, "cannot set up libcurl");
		return NULL;
	}
	h = xcalloc(1, sizeof(*h));
	h->loop = l;
	h->multi = multi;
	LIST_INIT(&h->transfers);
	LIST_INIT(&h->origins);
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(multi, CURLMOPT_TIMERDATA, h);
	/* The default is four times the transfers of the moment, which would
	 * drop the connections to quiet hosts. */
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)KEPT_CONNECTIONS);
	return h;
}

void
http_free(struct http *h)
{
	struct http_origin *o;
	struct http_transfer *t;

	if (!h)
		return;
	while ((t = LIST_FIRST(&h->transfers)))
		transfer_free(t);
	curl_multi_cleanup(h->multi);
	loop_timer_cancel(h->curl_timer);
	loop_timer_cancel(h->settle);
	while ((o = LIST_FIRST(&h->origins))) {
		LIST_REMOVE(o, link);
		free(o->name);
		free(o);
	}
	free(h);
	curl_global_cleanup();
}

struct http_transfer *
http_start(struct http *h, const struct http_request *r)
{
	struct http_transfer *t = transfer_new(h, r);

	if (t->idle_timeout_ms)
		t->idle = loop_timer(h->loop, t->idle_timeout_ms, on_idle, t);
	if (h->inside || t->error)
		settle_soon(h);
	else
		add(t);
	return t;
}

void
http_cancel(struct http_transfer *t)
{
	if (!t || t->dead)
		return;
	t->dead = true;
	settle_soon(t->http);
}

void
http_pause(struct http_transfer *t, bool paused)
{
	if (t->dead || t->paused == paused)
		return;
	t->paused = paused;
	settle_soon(t->http);
}
