"""The health pages that docmost, baserow and the bridge would serve, on
loopback, so that probes have something to ask. They follow the state of the
containers: for what does not run the proxy before it answers 502, what is
unhealthy answers 503 itself."""
from .faults import PAGE
from .wire import Reply, Server, json_reply


def up(daemon, service):
    return any(c.state == "running" and c.health != "unhealthy"
               for c in daemon.containers.values()
               if c.service.name == service)


def runs(daemon, service):
    return any(c.state == "running" for c in daemon.containers.values()
               if c.service.name == service)


def exists(daemon, service):
    return any(c.service.name == service
               for c in daemon.containers.values())


def docmost(daemon, path):
    if path == "/api/health/live":
        return json_reply({"data": "ok", "success": True, "status": 200})
    if path != "/api/health":
        return html("Docmost")
    good, bad = {}, {}
    for key, service in (("database", "postgres"), ("redis", "redis")):
        if up(daemon, service) or not exists(daemon, service):
            good[key] = {"status": "up"}
        else:
            bad[key] = {"status": "down",
                        "message": "getaddrinfo ENOTFOUND " + service}
    return json_reply({"status": "error" if bad else "ok", "info": good,
                       "error": bad, "details": {**good, **bad}},
                      503 if bad else 200)


def baserow(daemon, path):
    if path == "/api/_health/":
        return Reply(200, b"OK", "text/plain")
    if path == "/_health/":
        return Reply(200, b"OK", "text/plain")
    if path.startswith("/api/_health/celery-queue/"):
        return json_reply({"queues": {"celery": 0, "export": 0}})
    return html("Baserow")


def bridge(daemon, path):
    return json_reply({"status": "ok", "version": next(
        (c.labels.get("org.opencontainers.image.version", "")
         for c in daemon.containers.values()
         if c.service.name == "bridge"), "")})


def html(title):
    return Reply(200, b"<!doctype html><title>%s</title>\n" % title.encode(),
                 "text/html; charset=utf-8")


SERVE = {"docmost": docmost, "baserow": baserow, "bridge": bridge}
# on a shared port the path says whose page it is
PATHS = (("/api/_health/", "baserow"), ("/_health/", "baserow"),
         ("/health", "bridge"), ("/", "docmost"))


class Site:
    """The pages of one service, or of all three when it is None."""

    def __init__(self, daemon, pending, service=None):
        self.daemon = daemon
        self.service = service
        self.server = Server(self.answer, lambda reply: {}, pending, PAGE)

    async def answer(self, request):
        service = self.service or next(
            name for start, name in PATHS if request.path.startswith(start))
        if not runs(self.daemon, service):
            return Reply(502, b"Bad Gateway", "text/plain; charset=utf-8")
        if not up(self.daemon, service):
            return json_reply({"status": "error", "message": "unhealthy"},
                              503)
        return SERVE[service](self.daemon, request.path)


def parse(text):
    """PORT, or SERVICE=PORT,…: [(service or None, port)]"""
    out = []
    for part in text.split(","):
        service, eq, port = part.rpartition("=")
        if eq and service not in SERVE:
            raise ValueError("no page for %s; there are: %s" % (
                service, ", ".join(SERVE)))
        out.append((service or None, int(port)))
    return out
