"""Log lines and their framing.

Ordinary lines are worked out from the container's seed and the time, never
kept; lines that a fault or a client caused are kept, within a ceiling."""
import asyncio
import collections
import struct
import time

from . import seed
from .container import SECOND

PIECE = 16384            # the daemon splits longer lines
KEPT_LINES = 2000
KEPT_BYTES = 64 << 20
WORDS = ("pages", "spaces", "tables", "rows", "fields", "views", "search",
         "comments", "users", "rollups")


class Kept:
    """The lines that are really stored, oldest first."""

    def __init__(self):
        self.lines = collections.deque()
        self.size = 0
        self.flood = None

    def add(self, at, stream, data):
        self.lines.append((at, stream, data))
        self.size += len(data)
        while self.size > KEPT_BYTES or len(self.lines) > KEPT_LINES:
            self.size -= len(self.lines.popleft()[2])


def store(container, at, stream, data):
    if container.lines is None:
        container.lines = Kept()
    container.lines.add(at, stream, data)


def flood(container, rate, until):
    """Whoever follows gets `rate` bytes a second until then."""
    if container.lines is None:
        container.lines = Kept()
    container.lines.flood = (rate, until)


def made(container, n):
    """Line number n: (at, stream, data)."""
    service = container.service
    at = line_time(container, n)
    total = sum(line[0] for line in service.lines)
    pick = seed.mix(container.seed, n, 2) % total
    for weight, stream, text in service.lines:
        if pick < weight:
            break
        pick -= weight
    r = seed.mix(container.seed, n, 3)
    gm = time.gmtime(at // SECOND)
    ms = at // 10**6
    path = "/api/%s/%d" % (WORDS[r % 10], r >> 8 & 1023)
    return at, stream, text.format(
        lvl=30, ms=ms, id=container.id[:12], path=path, get="GET " + path,
        n2=r >> 16 & 63, n3=r >> 20 & 511, n4=r >> 24 & 4095,
        hex="%08x" % (r >> 32),
        iso=time.strftime("%Y-%m-%d %H:%M:%S.", gm) + "%03d" % (ms % 1000),
        date=time.strftime("%Y-%m-%d %H:%M:%S", gm),
        us_date=time.strftime("%m/%d/%Y, %I:%M:%S %p", gm),
        redis_date=time.strftime("%d %b %Y %H:%M:%S.", gm)
        + "%03d" % (ms % 1000)).encode()


def line_time(container, n):
    every = container.service.every
    return container.log_from + int(
        (n + 0.9 * seed.unit(container.seed, n, 1)) * every * SECOND)


def between(container, after, upto):
    """All lines with after < at <= upto, by time."""
    every = container.service.every * SECOND
    out = []
    n = max(0, int((after - container.log_from) / every) - 1)
    while True:
        at = line_time(container, n)
        if at > upto:
            break
        if at > after and container.ran_at(at):
            out.append(made(container, n))
        n += 1
    if container.lines:
        kept = [line for line in container.lines.lines
                if after < line[0] <= upto]
        if kept:
            out = sorted(out + kept, key=lambda line: line[0])
    return out


def next_time(container, after):
    """When the next ordinary line is due."""
    every = container.service.every * SECOND
    n = max(0, int((after - container.log_from) / every) - 1)
    while line_time(container, n) <= after:
        n += 1
    return line_time(container, n)


def pieces(lines, streams):
    """Lines as the daemon logs them: (at, stream, data with its newline)."""
    for at, stream, data in lines:
        if stream not in streams:
            continue
        while len(data) >= PIECE:
            yield at, stream, data[:PIECE]
            data = data[PIECE:]
        yield at, stream, data + b"\n"


def frame(entry, tty, stamps):
    at, stream, data = entry
    if stamps:
        data = b"%s.%09dZ %s" % (time.strftime(
            "%Y-%m-%dT%H:%M:%S", time.gmtime(at // SECOND)).encode(),
            at % SECOND, data)
    if tty:
        return data
    return struct.pack(">BxxxI", stream, len(data)) + data


async def stream(daemon, container, streams, since, until, tail, stamps,
                 follow):
    """The body of one /logs reply, as byte strings."""
    now = daemon.now()
    tty = container.tty
    upto = now if until is None else min(now, until)
    entries = list(pieces(between(container, since or 0, upto), streams))
    if tail is not None:
        entries = entries[-tail:] if tail else []
    block = bytearray()
    for entry in entries:
        block += frame(entry, tty, stamps)
        if len(block) > 65536:
            yield bytes(block)
            block.clear()
    yield bytes(block)
    if not follow:
        return
    waiting = asyncio.Event()
    daemon.log_waits.setdefault(container.id, set()).add(waiting)
    try:
        while until is None or upto < until:
            if not container.alive():
                break
            wait = next_time(container, upto) - daemon.now()
            if container.lines and container.lines.flood:
                wait = SECOND // 20
            if until is not None:
                wait = min(wait, until - daemon.now())
            try:
                await asyncio.wait_for(waiting.wait(),
                                       max(0, wait) / SECOND)
            except asyncio.TimeoutError:
                pass
            waiting.clear()
            last, upto = upto, daemon.now()
            for entry in pieces(between(container, last, upto), streams):
                yield frame(entry, tty, stamps)
            if container.lines and container.lines.flood:
                yield flooded(container, tty, stamps, last, upto)
    finally:
        waits = daemon.log_waits.get(container.id, set())
        waits.discard(waiting)
        if not waits:
            daemon.log_waits.pop(container.id, None)


def flooded(container, tty, stamps, last, now):
    rate, until = container.lines.flood
    if now >= until:
        container.lines.flood = None
    one = frame((now, 1, b"flood " + b"0123456789abcdef" * 12 + b"\n"), tty,
                stamps)
    return one * max(1, int(rate * min(now - last, SECOND) / SECOND
                            / len(one)))
