"""HTTP as GitHub does it: who asks, conditional requests, limits, pages; and
the record of every request."""
import collections
import hashlib
import json
import re
import time
import urllib.parse

from standin.wire import Reply, Server

from . import control, routes
from .api import Ask, Listing, Problem
from .faults import Pending, error
from .origin import NotThere

KEPT, KEPT_BYTES = 3000, 64 << 20
VERSIONS = ("2022-11-28", "2026-03-10")
JSON = "application/json; charset=utf-8"
UNAVAILABLE = "Resource not accessible by personal access token"


class Record:
    """Every request counted, the newest kept whole: KEPT of them, and no more
    than KEPT_BYTES of replies."""

    def __init__(self):
        self.kept = collections.deque()
        self.bytes = 0
        self.counts = collections.Counter()

    def clear(self):
        self.kept.clear()
        self.counts.clear()
        self.bytes = 0

    def begin(self, request, path, name):
        headers = dict(request.headers)
        if "authorization" in headers:
            headers["authorization"] = "(the token of %s)" % (name or "nobody")
        self.counts["requests"] += 1
        self.counts["gets"] += request.method == "GET"
        target = request.target.partition("?")
        row = {"n": self.counts["requests"], "method": request.method,
            "path": path, "query": target[2], "headers": headers,
            "body": json_or_text(request.body), "status": None,
            "not_modified": False, "reply": None, "fault": None,
            "at": time.time()}
        self.kept.append(row)
        return row

    def finish(self, row, reply):
        row["status"] = reply.status
        row["not_modified"] = reply.status == 304
        row["reply"] = reply.body.decode("utf-8", "replace")
        self.counts["status %d" % reply.status] += 1
        self.counts["not_modified"] += reply.status == 304
        self.bytes += len(row["reply"])
        while len(self.kept) > KEPT or self.bytes > KEPT_BYTES:
            self.bytes -= len(self.kept.popleft()["reply"] or "")


def json_or_text(body):
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


class Arrivals(Pending):
    """Takes note of each request as its fault is looked for."""

    def __init__(self, server):
        super().__init__()
        self.server = server

    def take(self, request, place=""):
        self.server.arrived(request)
        fault = super().take(request, place)
        request.row["fault"] = fault.name if fault else None
        return fault


class Hub(Server):
    """The server of one hub (state.Hub)."""

    small = 1 << 30           # a Content-Length, never chunks

    def __init__(self, hub, options):
        super().__init__(self.respond, lambda reply: {}, Arrivals(self))
        self.hub = hub
        self.prefix = options.prefix
        self.routes = routes.table(options.project)
        self.record = Record()
        self.limits = options.limits

    def arrived(self, request):
        hub = self.hub
        path = request.target.partition("?")[0]
        request.outside = not path.startswith(self.prefix + "/")
        if not request.outside:
            path = path[len(self.prefix):]
        request.path = urllib.parse.unquote(path)
        scheme, _, token = request.headers.get(
            "authorization", "").partition(" ")
        known = hub.tokens.find(token.strip()) \
            if scheme.lower() in ("bearer", "token") else None
        request.wrong_token = bool(scheme) and not known
        request.login = known["login"] if known else None
        request.permissions = known["permissions"] if known else {}
        request.limit = hub.limit_of(request.login or "")
        request.row = self.record.begin(request, path, request.login)

    # --- one request ------------------------------------------------------------

    async def respond(self, request):
        if request.path.startswith("/_lab/"):
            return await control.answer(self, request)
        try:
            reply = self.checked(request)
        except Problem as p:
            reply = error(p.status, p.message, p.headers,
                **({"errors": p.errors} if p.errors else {}))
        except NotThere:
            reply = error(404, "Not Found")
        if request.fault and request.fault.row.reply:
            reply = request.fault.row.reply(request.fault, reply)
        return reply

    def checked(self, request):
        """What stands between a request and its function."""
        if "user-agent" not in request.headers:
            raise Problem(403, "Request forbidden by administrative rules."
                " Please make sure your request has a User-Agent header.")
        version = request.headers.get("x-github-api-version", VERSIONS[0])
        if version not in VERSIONS:
            raise Problem(400, "%s is not a supported version." % version)
        if request.wrong_token:
            raise Problem(401, "Bad credentials")
        if request.outside:
            raise Problem(404, "Not Found")
        free = request.path == "/rate_limit"
        if free and not self.limits:
            raise Problem(404, "Rate limiting is not enabled.")
        free = free or not self.limits
        if not free and not request.limit.remaining:
            raise Problem(403, "API rate limit exceeded for user ID 1002.")
        if not free:
            request.limit.used += 1
        route, args = routes.find(self.routes, request.method, request.path)
        if not route:
            raise Problem(404, "Not Found")
        self.permit(route, request)
        ask = Ask(request, request.login, args)
        if request.method == "GET":
            return self.conditional(request, ask, route.act(self.hub, ask))
        ask.body = request.row["body"]
        status, value = route.act(self.hub, ask)
        return Reply(status, b"" if value is None else dump(value), JSON)

    def permit(self, route, request):
        if request.login is None and route.permission is None \
                and request.path != "/rate_limit":
            raise Problem(401, "Requires authentication")
        # who may not even know of the repository is not told of it
        if route.inside and "metadata" not in request.permissions:
            raise Problem(404, "Not Found")
        if not route.allowed(request.permissions):
            raise Problem(403, UNAVAILABLE, headers={
                "X-Accepted-GitHub-Permissions": route.accepted})

    def conditional(self, request, ask, value):
        headers = {"Cache-Control": "private, max-age=60, s-maxage=60",
            "Vary": "Accept, Authorization, Cookie, X-GitHub-OTP"}
        if isinstance(value, Listing):
            value = self.paged(request, ask, value, headers)
        body = dump(value)
        if request.path == "/rate_limit":
            return Reply(200, body, JSON)
        tag = hashlib.sha256(body + headers.get("Link", "").encode()).hexdigest()
        headers["ETag"] = 'W/"%s"' % tag
        asked = re.findall(r'"([^"]*)"', request.headers.get("if-none-match", ""))
        row = request.fault.row if request.fault else None
        # a fault of bodies wants one
        if tag in asked and not (row and (row.edit or row.cut)):
            # a 304 does not count against the limit
            request.limit.used -= 1
            return Reply(304, b"", None, headers=headers)
        return Reply(200, body, JSON, headers=headers)

    def paged(self, request, ask, listing, headers):
        items, rels = ask.page_of(listing)
        links = []
        for rel, page in rels.items():
            query = dict(request.query, page=str(page))
            links.append('<%s%s?%s>; rel="%s"' % (self.hub.base,
                urllib.parse.quote(request.path), urllib.parse.urlencode(query),
                rel))
        if links:
            headers["Link"] = ", ".join(links)
        shown = [listing.shape(item) for item in items]
        return {"total_count": len(listing.items), listing.key: shown} \
            if listing.key else shown

    # --- one reply --------------------------------------------------------------

    async def write(self, pen, request, reply):
        if hasattr(request, "row"):
            reply.headers = dict(self.dress(request), **reply.headers)
            self.record.finish(request.row, reply)
        return await super().write(pen, request, reply)

    def dress(self, request):
        limit = request.limit
        version = request.headers.get("x-github-api-version", VERSIONS[0])
        out = {"Server": "github.com", "X-GitHub-Media-Type":
            "github.v3; format=json", "X-GitHub-Api-Version-Selected": version,
            "X-GitHub-Request-Id": "LAB0:%05X" % request.row["n"]}
        if self.limits:
            out.update({"X-RateLimit-Limit": str(limit.limit),
                "X-RateLimit-Remaining": str(limit.remaining),
                "X-RateLimit-Used": str(limit.used),
                "X-RateLimit-Reset": str(limit.reset),
                "X-RateLimit-Resource": "core"})
        return out


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
