"""The services of formation-hub as the lab plays them, one program for all:
docmost, baserow, bridge, minio. Each answers the health paths of the real one
in its format, and really asks the databases it depends on. Runs in a container
whose only other content is a Python and a busybox.

Faults come as files in /faults: NAME-unhealthy (health says 503), NAME-slow
(seconds to wait before any answer), NAME-flood (log lines per tick of 0.1 s)."""

import http.server
import json
import os
import random
import socket
import struct
import sys
import threading
import time
from urllib.parse import urlsplit, parse_qs

NAME = sys.argv[1]
PORT = int(os.environ.get("PORT", "3000"))
VERSION = os.environ.get("APP_VERSION", "0")
HOST = socket.gethostname()
STARTED = time.time()


# ---- what the services depend on

def recv_exact(s, n):
    data = b""
    while len(data) < n:
        part = s.recv(n - len(data))
        if not part:
            raise OSError("connection closed")
        data += part
    return data


def pg_message(s):
    kind = recv_exact(s, 1)
    size = struct.unpack("!I", recv_exact(s, 4))[0]
    return kind, recv_exact(s, size - 4)


def pg_error(body):
    fields = {f[:1]: f[1:] for f in body.split(b"\0") if f}
    return OSError(fields.get(b"M", b"error").decode("utf-8", "replace"))


def pg_query(url, sql):
    """Run sql over PostgreSQL's own protocol; rows of text."""
    u = urlsplit(url)
    with socket.create_connection((u.hostname, u.port or 5432), 5) as s:
        start = b"user\0%s\0database\0%s\0\0" % (
            u.username.encode(), u.path.lstrip("/").encode())
        s.sendall(struct.pack("!II", len(start) + 8, 196608) + start)
        rows, sent = [], False
        while True:
            kind, body = pg_message(s)
            if kind == b"R" and struct.unpack("!I", body[:4])[0] == 3:
                word = (u.password or "").encode() + b"\0"
                s.sendall(b"p" + struct.pack("!I", len(word) + 4) + word)
            elif kind == b"R" and struct.unpack("!I", body[:4])[0] != 0:
                raise OSError("unsupported authentication")
            elif kind == b"E":
                raise pg_error(body)
            elif kind == b"D":
                rows.append(pg_row(body))
            elif kind == b"Z" and sent:
                s.sendall(b"X" + struct.pack("!I", 4))
                return rows
            elif kind == b"Z":
                query = sql.encode() + b"\0"
                s.sendall(b"Q" + struct.pack("!I", len(query) + 4) + query)
                sent = True


def pg_row(body):
    count = struct.unpack("!H", body[:2])[0]
    at, row = 2, []
    for _ in range(count):
        size = struct.unpack("!i", body[at:at + 4])[0]
        at += 4
        row.append(None if size < 0 else body[at:at + size].decode())
        at += max(size, 0)
    return row


def redis_ping(url):
    u = urlsplit(url)
    with socket.create_connection((u.hostname, u.port or 6379), 5) as s:
        s.sendall(b"*1\r\n$4\r\nPING\r\n")
        if not s.recv(64).startswith(b"+PONG"):
            raise OSError("no PONG")


def problem(check, *args):
    try:
        check(*args)
    except OSError as e:
        return str(e) or type(e).__name__
    return None


# ---- log lines, as each service writes them

def pino(level, msg, **more):
    line = {"level": level, "time": int(time.time() * 1000), "pid": 1,
        "hostname": HOST}
    line.update(more)
    line["msg"] = msg
    return json.dumps(line, ensure_ascii=False)


def django(level, logger, msg):
    now = time.time()
    return "%s,%03d %s %s- %s" % (
        time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now)),
        now % 1 * 1000, level, logger, msg)


def log(level, msg, **more):
    """level: info, warn, error. Warnings and errors go to stderr."""
    number = {"info": 30, "warn": 40, "error": 50}[level]
    if NAME == "baserow":
        word = {"info": "INFO", "warn": "WARNING", "error": "ERROR"}[level]
        line = django(word, more.get("context", "baserow.core"), msg)
    elif NAME == "minio":
        line = json.dumps({"level": level.upper(), "time": time.strftime(
            "%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "message": msg})
    else:
        line = pino(number, msg, **more)
    out = sys.stdout if level == "info" else sys.stderr
    out.write(line + "\n")
    out.flush()


ROUTINE = {
    "docmost": [("POST /api/pages/info 200", "HTTP"),
        ("POST /api/search 200", "HTTP"),
        ("Collaboration session opened", "CollaborationGateway"),
        ("Page history saved", "HistoryProcessor"),
        ("POST /api/pages/recent 200", "HTTP")],
    "baserow": [("GET /api/database/rows/table/12/ 200", "baserow.access"),
        ("Task baserow.core.jobs.tasks.clean_up_jobs succeeded", "celery.worker"),
        ("PATCH /api/database/rows/table/7/31/ 200", "baserow.access"),
        ("Task update_rollups succeeded in 0.04s", "celery.worker")],
    "bridge": [("GET /personnes/42/timeline", "http"),
        ("rollup formation recalculated", "rollup"),
        ("GET /formations", "http")],
    "minio": [("GET formation-hub/attachments", "s3"),
        ("scanner cycle complete", "scanner")],
}


def fault(kind):
    """The fault's number, or None when it is not set."""
    try:
        with open("/faults/%s-%s" % (NAME, kind)) as f:
            return float(f.read().strip() or 1)
    except (OSError, ValueError):
        return None


def chatter():
    """A modest stream of ordinary lines; a flood when the lab asks for it."""
    due = time.monotonic() + 1
    count = 0
    while True:
        time.sleep(0.5)
        lines = fault("flood")
        while lines:
            for _ in range(int(lines)):
                count += 1
                log("error", "flood %d: connection reset by peer, retrying" % count,
                    context="flood")
            time.sleep(0.1)
            lines = fault("flood")
        if time.monotonic() >= due:
            due = time.monotonic() + random.uniform(2, 8)
            msg, context = random.choice(ROUTINE[NAME])
            if random.random() < 0.03:
                log("warn", "slow query: %d ms" % random.randint(300, 900),
                    context=context)
            else:
                log("info", msg, context=context,
                    responseTime=random.randint(3, 90))


# ---- answers

def docmost_health():
    down = {}
    for name, why in (
            ("database", problem(pg_query, os.environ["DATABASE_URL"], "SELECT 1")),
            ("redis", problem(redis_ping, os.environ["REDIS_URL"]))):
        if why:
            down[name] = {"status": "down", "message": why}
    if fault("unhealthy"):
        down["database"] = {"status": "down", "message": "lab: told to fail"}
    up = {n: {"status": "up"} for n in ("database", "redis") if n not in down}
    every = dict(up)
    every.update(down)
    if down:
        log("error", "Health Check has failed! %s" % json.dumps(down),
            context="HealthCheckService")
    return 503 if down else 200, {"status": "error" if down else "ok",
        "info": up, "error": down, "details": every}


def wrapped(data):
    return 200, {"data": data, "success": True, "status": 200}


def docmost(method, path, query, body):
    if path == "/api/health":
        return docmost_health()
    if path == "/api/health/live":
        return wrapped("ok")
    if path == "/api/auth/login" and method == "POST":
        if not body.get("email") or not body.get("password"):
            return 401, {"message": "Email or password does not match",
                "error": "Unauthorized", "statusCode": 401}
        status, answer = wrapped(None)
        return status, answer, {"Set-Cookie":
            "authToken=lab.%d; Path=/; HttpOnly; SameSite=Lax" % time.time()}
    if path == "/api/pages/info" and method == "POST":
        return wrapped({"id": body.get("pageId"), "title": "Smoke test"})
    if path == "/api/search" and method == "POST":
        return wrapped({"items": [{"id": "smoke-test-page",
            "title": "Smoke test", "rank": 0.6}]})
    if path == "/":
        return 200, "<!doctype html><title>Docmost</title>\n"
    return None


def baserow_full():
    why = problem(pg_query, os.environ["DATABASE_URL"], "SELECT 1")
    checks = {"CacheBackend": "working",
        "DatabaseBackend": why or "working",
        "DefaultFileStorageHealthCheck": "working"}
    return 200, {"passing": not why, "checks": checks,
        "celery_queue_size": 0, "celery_export_queue_size": 0}


def baserow(method, path, query, body):
    failing = bool(fault("unhealthy"))
    if path in ("/api/_health/", "/_health/"):
        return (503 if failing else 200), "OK"
    if path == "/api/_health/full/":
        return baserow_full()
    if path == "/api/_health/celery-queue/":
        return (503 if failing else 200), ""
    if path == "/api/user/token-auth/" and method == "POST":
        return 200, {"access_token": "lab", "refresh_token": "lab",
            "user": {"username": body.get("email")}}
    if path == "/api/database/tokens/check/":
        return 200, {"token": "OK"}
    if path == "/":
        return 200, "<!doctype html><title>Baserow</title>\n"
    return None


def bridge(method, path, query, body):
    if path in ("/health", "/api/health"):
        failing = bool(fault("unhealthy"))
        return (503 if failing else 200), {
            "status": "error" if failing else "ok", "version": VERSION,
            "uptime": round(time.time() - STARTED, 1)}
    return None


def minio(method, path, query, body):
    if path in ("/minio/health/live", "/minio/health/ready"):
        return (503 if fault("unhealthy") else 200), ""
    return None


ANSWER = {"docmost": docmost, "baserow": baserow, "bridge": bridge,
    "minio": minio}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def answer(self):
        slow = fault("slow")
        if slow:
            time.sleep(slow)
        url = urlsplit(self.path)
        body = self.body()
        reply = ANSWER[NAME](self.command, url.path, parse_qs(url.query), body)
        if reply is None:
            reply = 404, {"message": "Cannot %s %s" % (self.command, url.path),
                "error": "Not Found", "statusCode": 404}
        self.send(*reply)

    def body(self):
        try:
            size = min(int(self.headers.get("Content-Length") or 0), 1 << 20)
            data = json.loads(self.rfile.read(size) or b"{}")
        except ValueError:
            return {}
        return data if isinstance(data, dict) else {}

    def send(self, status, content, headers=()):
        text = isinstance(content, str)
        data = (content if text else json.dumps(content)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8" if text
            else "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_POST = do_HEAD = answer

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass


# ---- docmost migrates its database when it starts

def migrate():
    """As docmost with kysely: apply what is missing, refuse what is unknown."""
    url = os.environ["DATABASE_URL"]
    wanted = os.environ.get("MIGRATIONS", "").split()
    for attempt in range(15):
        try:
            have = [r[0] for r in pg_query(url,
                "SELECT name FROM kysely_migration ORDER BY name")]
            break
        except OSError as e:
            log("warn", "Unable to connect to the database. Retrying (%d)... %s"
                % (attempt + 1, e), context="DatabaseModule")
            time.sleep(1)
    else:
        log("error", "Failed to connect to database, exiting...",
            context="DatabaseModule")
        sys.exit(1)
    for name in have:
        if name not in wanted:
            log("error", "Failed to run database migration. corrupted migrations: "
                "previously executed migration %s is missing" % name,
                context="DatabaseMigrationService")
            sys.exit(1)
    for name in wanted:
        if name not in have:
            pg_query(url, "INSERT INTO kysely_migration VALUES ('%s', '%s')" % (
                name, time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())))
            log("info", 'Migration "%s" executed successfully' % name,
                context="DatabaseMigrationService")


def main():
    if NAME == "docmost":
        migrate()
    server = Server(("127.0.0.1", PORT), Handler)
    log("info", "%s %s listening on %d" % (NAME, VERSION, PORT),
        context="NestApplication")
    threading.Thread(target=chatter, daemon=True).start()
    server.serve_forever(poll_interval=5)


if __name__ == "__main__":
    main()
