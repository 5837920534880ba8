"""What can be made to go wrong with a reply. The machinery is the stand-in
engine's; a pattern here fits "METHOD /path?query"."""
import json
import time

from standin.faults import Pending as Waiting
from standin.faults import Row as Plain
from standin.faults import hang
from standin.wire import Reply

DOCS = "https://docs.github.com/rest"
UNICORN = (b"<!DOCTYPE html>\n<html><head><title>Unicorn! &middot; GitHub"
    b"</title></head><body><p>This page is taking too long to load.</p></body>"
    b"</html>\n")


class Row(Plain):
    """reply: changes the Reply after the work was done."""

    def __init__(self, text, before=None, reply=None, **rest):
        super().__init__(text, before, **rest)
        self.reply = reply


class Pending(Waiting):
    def __init__(self):
        super().__init__(FAULTS)

    def take(self, request, place=""):
        for fault in self.waiting:
            if fault.match.search("%s %s" % (request.method, request.target)):
                fault.hits += 1
                if fault.times and fault.hits >= fault.times:
                    self.waiting.remove(fault)
                return fault
        return None


def error(status, text, headers=(), **more):
    """An error as GitHub words it."""
    return Reply(status, json.dumps(dict({"message": text,
        "documentation_url": DOCS, "status": str(status)}, **more)).encode(),
        "application/json; charset=utf-8", headers=headers)


def says(status, text, **more):
    async def before(fault, request):
        return error(status, text, **more)
    return before


async def denied(fault, request):
    return error(403, "Resource not accessible by personal access token",
        {"X-Accepted-GitHub-Permissions": fault.params["permissions"]})


async def limited(fault, request):
    p = fault.params
    return error(p["code"], "API rate limit exceeded for user ID 1002.", {
        "X-RateLimit-Remaining": "0", "X-RateLimit-Used": "5000",
        "X-RateLimit-Reset": str(int(time.time()) + p["reset"])})


async def secondary(fault, request):
    p = fault.params
    headers = {"Retry-After": str(p["retry_after"])} if p["retry_after"] else {}
    return error(p["code"], "You have exceeded a secondary rate limit. Please"
        " wait a few minutes before you try again.", headers)


async def bad_gateway(fault, request):
    if fault.params["html"]:
        return Reply(502, UNICORN, "text/html; charset=utf-8")
    return error(502, "Server Error")


def half(fault, length):
    # a body of nothing is cut in its head
    return max(1, length * fault.params["percent"] // 100)


WRONG = {
    "syntax": b'{"total_count": 3, "workflow_runs": [{"id": 1,',
    "type": b'{"total_count": "many", "workflow_runs": {"id": "x"}}',
    "array": b'[[[[[[[[]]]]]]]]',
    "empty": b"",
    "deep": b"[" * 20000,
}


def wrong(fault, data, n):
    return WRONG.get(fault.params["kind"], WRONG["syntax"])


def after_502(fault, reply):
    return Reply(502, UNICORN, "text/html; charset=utf-8")


def foreign_link(fault, reply):
    """Pages that lead to somebody else's server."""
    reply.headers["Link"] = '<%s/steal?page=2>; rel="next", <%s/steal?page=9>;' \
        ' rel="last"' % (fault.params["origin"], fault.params["origin"])
    return reply


FAULTS = {
    "401": Row("Bad credentials", says(401, "Bad credentials")),
    "403-denied": Row("a permission is missing", denied,
        permissions="actions=read"),
    "403-limited": Row("the hour's requests are spent", limited, code=403,
        reset=60),
    "secondary": Row("too fast", secondary, code=403, retry_after=60),
    "404": Row("Not Found", says(404, "Not Found")),
    "422": Row("Validation Failed", says(422, "Validation Failed",
        errors=[{"resource": "Lab", "field": "lab", "code": "invalid"}])),
    "429": Row("too many requests", secondary, code=429, retry_after=60),
    "502": Row("Bad Gateway", bad_gateway, html=True),
    "hang": Row("never answers", hang, seconds=3600.0),
    "half-body": Row("closes within the body", cut=half, percent=50),
    "wrong-json": Row("kind: %s" % ", ".join(WRONG), edit=wrong, kind="syntax"),
    "apply-then-502": Row("does it, and says 502", reply=after_502),
    "foreign-link": Row("Link leads elsewhere", reply=foreign_link,
        origin="http://127.0.0.2:9"),
}
