/*
 * What the files of the server share: its state, and who does what.
 *
 *   server.c   life cycle: start, signals, configuration, stop
 *   watch.c    observers, judging, publishing, history, record
 *   peer.c     connections: hello, roles, sending
 *   ops.c      the operations that a peer may ask for, and the gate
 *   ops-record.c  those of them that are put on record
 *   ops-github.c   those that ask GitHub
 *   ops-journal.c  those of them that read the journal
 *   journal-notes.c  what the server itself puts in the journal
 *   runs.c     the engine: where runs are kept, and what follows their end
 *   gate.c     what may be done: see gate.h
 *   ops-runs.c  the operations that act on runs
 *   stream.c   logs and events on their way to a peer
 */
#ifndef SERVER_INTERNAL_H
#define SERVER_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "config/conf.h"
#include "io/child.h"
#include "io/http.h"
#include "io/lines.h"
#include "io/loop.h"
#include "model/model.h"
#include "run/verb.h"
#include "server/gate.h"
#include "server/history.h"
#include "server/journal.h"
#include "server/listen.h"
#include "server/record.h"
#include "source/git.h"
#include "source/registry.h"
#include "source/github.h"
#include "source/source.h"

#define SERVER_EVENTS_MAX 500	/* kept for those who open the events view */
#define SERVER_PEERS_MAX 64
#define PEER_STREAMS_MAX 16

struct peer;
struct stream;

struct server {
	struct loop *loop;
	struct http *http;
	struct children *children;
	struct conf *conf;
	char *config_path;	/* as given; the file is read again from it */
	struct model model;
	struct world world;
	struct observer **observers;	/* one per environment, same order */
	size_t observer_count;
	struct git *git;	/* NULL without a repository */
	struct calendar_source *calendar;	/* NULL without one */
	struct registry_source *registry;	/* NULL without a registry */
	struct github *github;	/* the same */
	struct history *history;
	struct record *record;	/* NULL: none is kept, and a notice says why */
	struct journal *journal;	/* NULL: no act may be begun, and a
					 * notice says why */
	struct run_services services;	/* what runs may reach: these */
	struct engine *engine;	/* NULL: without a journal nothing is done */
	struct gatekeeper *gate;
	char *shipped_books;	/* directory of the runbooks of vigie */
	int64_t denials_since;	/* mono ms: of the minute that is counted */
	int denials, denials_silent;
	struct listener listener;
	struct loop_watch *listen_watch;
	struct loop_timer *tick;
	char *run_dir;
	char *state_dir;	/* as it was at the start */
	struct peer *peers;
	size_t peer_count;
	uint64_t peer_serial;	/* last one given */
	struct json **events;	/* ring, oldest at event_head */
	size_t event_count, event_head;
	uint64_t event_total;	/* ever told; the newest one's number */
	int64_t started_at;
	int64_t flushed_at;	/* the history, last */
	int64_t config_mtime;	/* ns, of the file in force or refused */
	bool dirty;		/* something to judge at the end of the turn */
	int exit_code;
};

/* watch.c */
/* Make the model and the observers fit the configuration in force; what was
 * known of environments that stay is kept. */
void watch_configure(struct server *s);
void watch_stop(struct server *s);
/* Judge what changed, keep history, tell the subscribers. */
void watch_publish(struct server *s);
/* Time has passed: staleness, the minute's history. */
void watch_tick(struct server *s);
struct observer *watch_observer(struct server *s, const char *environment);
/* See backups_verify(). */
int watch_verify(struct server *s, const char *environment, const char *kind,
    const char *name, struct err *e);

/* server.c */
/* Read the configuration again: 0, or -1 with the old one still in force and
 * a notice on every screen. by: who asked; NULL: a signal, or the file. */
int server_reload(struct server *s, struct peer *by, struct err *e);
/* Something that must not go wrong does (text), or works again (NULL): a notice
 * of that key on every screen. */
void server_trouble(struct server *s, const char *key, enum status severity,
    const char *text);

/* peer.c */
void peer_accept(struct server *s);
void peers_free(struct server *s);
/* The same line to every subscriber; one that lags gets a snapshot later. */
void peers_change(struct server *s, const struct json *change);
/* Every subscriber gets the whole model anew. */
void peers_snapshot(struct server *s);
struct server *peer_server(struct peer *p);
/* A number that no other peer of this server ever had, and the peer with that
 * number, or NULL when it is gone. */
uint64_t peer_serial(const struct peer *p);
struct peer *peer_find(struct server *s, uint64_t serial);
enum role peer_role(const struct peer *p);
/* Name, or number, of the user. */
const char *peer_user_name(const struct peer *p);
uid_t peer_uid(const struct peer *p);
/* Where the user sits, as the client says; or NULL. */
const char *peer_tty(const struct peer *p);
/* Whether a refusal of that peer may go in the journal: one a second. */
bool peer_denial_counts(struct peer *p, int64_t now);
bool peer_congested(const struct peer *p);
/* Send a message of that type with the request's id; takes over body (an
 * object, or NULL). */
void peer_send(struct peer *p, int id, const char *type, struct json *body,
    bool final);
void peer_error(struct peer *p, int id, const char *code, const char *text);
void peer_subscribe(struct peer *p, int id);
struct stream **peer_streams(struct peer *p);

/* ops.c */
/* A request of a peer that has said hello. */
void ops_run(struct peer *p, int id, const char *op, const struct json *m);

/* ops-record.c */
void op_mark(struct peer *p, int id, const struct json *m);
void op_lock(struct peer *p, int id, const struct json *m);
void op_unlock(struct peer *p, int id, const struct json *m);
void op_verify(struct peer *p, int id, const struct json *m);
/* ops-github.c */
void op_run(struct peer *p, int id, const struct json *m);

/* ops-journal.c */
void op_journal(struct peer *p, int id, const struct json *m);
void op_journal_verify(struct peer *p, int id, const struct json *m);
void op_output(struct peer *p, int id, const struct json *m);

/* journal-notes.c */
/* Open STATE/journal.db; without one the server still watches. */
void server_open_journal(struct server *s);
/* Before any act: -1 with the sentence when nothing could be journalled. */
int server_may_act(const struct server *s, struct err *e);
/* Put a sentence in the journal. p: who did it; NULL: the server itself. env and
 * reason may be NULL. Nothing happens without a journal. */
void server_journal(struct server *s, struct peer *p, const char *kind,
    const char *env, const char *text, const char *reason);
void server_journal_verdict(struct server *s, const struct backup_verdict *v);
/* An operation that the peer may not do; a flood of them is counted, not
 * written. */
void server_journal_denied(struct server *s, struct peer *p, const char *op);

/* runs.c */
/* The engine with the runs of earlier servers, and the gate. The observers are
 * there, and nothing has run yet. */
void runs_open(struct server *s);
/* Around watch_configure(): what is under way is left, and looked after. */
void runs_rest(struct server *s);
void runs_wake(struct server *s);
/* Jobs go on; the next server follows them. */
void runs_close(struct server *s);

/* ops-runs.c */
void op_plan(struct peer *p, int id, const struct json *m);
void op_confirm(struct peer *p, int id, const struct json *m);
void op_act(struct peer *p, int id, const struct json *m);
void op_runbooks(struct peer *p, int id, const struct json *m);
void op_paper(struct peer *p, int id, const struct json *m);

/* stream.c */
void stream_logs(struct peer *p, int id, const struct json *m);
void stream_events(struct peer *p, int id, const struct json *m);
bool streams_has(struct peer *p, int id);
void streams_cancel(struct peer *p, int id);
void streams_free(struct peer *p);
/* The peer has room again. */
void streams_resume(struct peer *p);
/* Send what the turn has gathered. */
void streams_flush(struct peer *p);
/* A container event: remember it, and pass it to whoever follows. */
void streams_event(struct server *s, const char *environment,
    const struct container_event *ev);
/* Call fn for every peer that has said hello. */
void peers_each(struct server *s, void (*fn)(struct peer *p, void *arg),
    void *arg);

#endif
