"""Faults in replies. Each stands in one row of FAULTS: what it does, its
parameters with their defaults, and the hook that does it. A fault that was
asked for waits in Pending until a request fits it."""
import asyncio
import json
import re
import socket
import struct

from . import seed
from .wire import Gone, Reply, message


PAGE = "page:"


class Row:
    """before: instead of the handler; may answer, raise Gone, or let it
    through (None). edit: changes a body, or each piece n of a stream.
    headers: changes the headers. cut: bytes of body after which the
    connection closes. slow: (bytes, seconds) steps. chunk: changes the size
    line of a chunk."""

    def __init__(self, text, before=None, edit=None, headers=None, cut=None,
                 slow=None, chunk=None, stall=False, **params):
        self.help = text
        self.params = params
        self.before = before
        self.edit = edit
        self.headers = headers
        self.cut = cut
        self.slow = slow
        self.chunk = chunk
        self.stall = stall


class Fault:
    def __init__(self, name, row, match, times, params):
        self.name = name
        self.row = row
        self.match = re.compile(match)
        self.times = times        # 0: until reset
        self.params = params
        self.hits = 0

    def describe(self):
        return {"name": self.name, "match": self.match.pattern,
                "times": self.times, "hits": self.hits,
                "params": self.params}


class Pending:
    """The faults that wait, in the order they were asked for. One whose
    pattern begins with `page:` is for the health pages, any other for the
    engine. `rows` is the table they are from, FAULTS here."""

    def __init__(self, rows=None):
        self.rows = FAULTS if rows is None else rows
        self.waiting = []

    def add(self, name, match=".*", times=1, params=None):
        row = self.rows[name]
        self.waiting.append(Fault(name, row, match, times, typed(
            row.params, params or {})))

    def take(self, request, place=""):
        for fault in self.waiting:
            page = fault.match.pattern.startswith(PAGE)
            if page == (place == PAGE) and \
                    fault.match.search(place + request.target):
                fault.hits += 1
                if fault.times and fault.hits >= fault.times:
                    self.waiting.remove(fault)
                return fault
        return None


def typed(defaults, given):
    """The given texts as the types of the defaults. ValueError says which
    is wrong."""
    out = dict(defaults)
    for name, value in given.items():
        if name not in defaults:
            raise ValueError("no parameter %s; there are: %s" % (
                name, ", ".join(sorted(defaults)) or "none"))
        kind = type(defaults[name])
        if kind is bool and isinstance(value, str):
            value = value.lower() in ("1", "yes", "true", "on")
        try:
            out[name] = kind(value)
        except (TypeError, ValueError):
            raise ValueError("%s: expected %s, got %r" % (
                name, kind.__name__, value)) from None
    return out


# --- instead of the answer ----------------------------------------------------

async def drop(fault, request):
    raise Gone


async def reset(fault, request):
    sock = request.writer.get_extra_info("socket")
    if sock.family != socket.AF_UNIX:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
    raise Gone


async def hang(fault, request):
    await asyncio.sleep(fault.params["seconds"])
    raise Gone


async def delay(fault, request):
    await asyncio.sleep(fault.params["seconds"])


async def status(fault, request):
    code, text = fault.params["code"], fault.params["message"]
    if fault.params["html"]:
        return Reply(code, b"<html><head><title>%d</title></head><body>"
                     b"<h1>%s</h1></body></html>\n" % (code, text.encode()),
                     "text/html")
    return message(code, text)


async def garbage(fault, request):
    request.writer.write(bytes(
        seed.mix(n) & 255 for n in range(fault.params["bytes"])))
    await request.writer.drain()
    request.writer.close()
    raise ConnectionError


async def empty(fault, request):
    return Reply(200, b"")


async def huge(fault, request):
    async def stream():
        item = b'{"Id":"%s","Names":["/x"]},' % (b"0" * 64)
        left = int(fault.params["mb"] * 2**20)
        yield b"["
        while left > 0:
            yield item * 600
            left -= len(item) * 600
        yield b"{}]\n"
    return Reply(stream=stream())


async def deep(fault, request):
    depth = fault.params["depth"]
    start, end = (b"[", b"]") if fault.params["kind"] == "array" \
        else (b'{"a":', b"}")
    middle = b"" if start == b"[" else b"1"
    return Reply(200, start * depth + middle +
                 (end * depth if fault.params["closed"] else b"") + b"\n")


# --- a changed answer -----------------------------------------------------------

def malformed(fault, data, n):
    if n > 1:
        return data
    half = len(data) // 2
    # wrong whether it falls into a string or not
    return data[:half] + b'"\x00]}{"' + data[half + 3:]


def binary(fault, data, n):
    return bytes(b ^ 0xA5 if i % 7 == 3 else b for i, b in enumerate(data))


def other_types(fault, data, n):
    try:
        value = json.loads(data)
    except ValueError:
        return data
    return json.dumps(twist(value, fault.params["seed"])).encode() + b"\n"


def twist(value, salt, depth=0):
    """The same shape with about a third of the types wrong; the outermost
    stays."""
    pick = seed.mix(salt, seed.key(str(value)[:80]), depth) % 9
    if depth and pick < 3:
        return (None, {"not": "this"}, [1, [2]])[pick] \
            if not isinstance(value, (int, float)) or value is True \
            else (str(value), -1e300, [value])[pick]
    if isinstance(value, dict):
        return {k: twist(v, salt, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [twist(v, salt, depth + 1) for v in value]
    if depth and pick == 3:
        return 12345678901234567890
    return value


def bad_frame(fault, data, n):
    if n > 1:
        return data
    return struct.pack(">BxxxI", fault.params["stream"],
                       fault.params["length"]) + data


def wrong_version(fault, headers):
    if fault.params["version"]:
        headers["Api-Version"] = fault.params["version"]
    else:
        headers.pop("Api-Version", None)


def wrong_type(fault, headers):
    headers["Content-Type"] = fault.params["type"]


def big_header(fault, headers):
    headers["X-Filler"] = "f" * int(fault.params["kb"] * 1024)


def half(fault, length):
    return max(1, fault.params["bytes"] or length // 2 or 20)


def at_once(fault, length):
    return max(1, fault.params["bytes"])


def steps(fault):
    return fault.params["bytes"], fault.params["wait"]


def bad_chunk(fault, size):
    return b"zz" + size


FAULTS = {
    "drop": Row("close the connection without an answer", before=drop),
    "reset": Row("the same, with a TCP reset where there is TCP",
                 before=reset),
    "hang": Row("read the request, then never answer", before=hang,
                seconds=3600.0),
    "delay": Row("answer rightly, but late", before=delay, seconds=2.0),
    "status": Row("answer with an error (500, 502, 404 …)", before=status,
                  code=500, message="the stand-in was asked to fail",
                  html=False),
    "garbage": Row("answer with bytes that are not HTTP", before=garbage,
                   bytes=512),
    "empty": Row("answer 200 with no body", before=empty),
    "huge": Row("answer with a JSON list of so many megabytes", before=huge,
                mb=100.0),
    "deep": Row("answer with JSON nested so deep (kind array or object)",
                before=deep, depth=10000, kind="array", closed=True),
    "malformed": Row("break the JSON in the middle (a stream: its first "
                     "piece)", edit=malformed),
    "binary": Row("flip bits in one byte of seven", edit=binary),
    "wrong-types": Row("right JSON, wrong types", edit=other_types, seed=1),
    "bad-frame": Row("put a false frame header before a log stream",
                     edit=bad_frame, stream=7, length=0xFFFFFFF0),
    "wrong-version": Row("another Api-Version header (empty: none)",
                         headers=wrong_version, version="9.99"),
    "wrong-content-type": Row("another Content-Type", headers=wrong_type,
                              type="text/html"),
    "big-header": Row("add a header line of so many kilobytes",
                      headers=big_header, kb=1024.0),
    "half-body": Row("close in the middle of the body (bytes: after so "
                     "many)", cut=half, bytes=0),
    "stall": Row("send so many bytes of the body, then nothing more",
                 cut=at_once, stall=True, bytes=100, seconds=3600.0),
    "slow": Row("send so many bytes at a time, waiting so many seconds",
                slow=steps, bytes=1, wait=0.002),
    "bad-chunk": Row("a chunk size that is no number", chunk=bad_chunk),
    "replay": Row("an /events stream begins with so many old events",
                  last=50),
}
