"""HTTP/1.1 over asyncio: keep-alive, chunked replies, streams; and the ways
of writing a reply wrongly that faults.py asks for."""
import asyncio
import collections
import json
import re
import urllib.parse

from . import shapes

HEAD_LIMIT = 64 << 10
BODY_LIMIT = 16 << 20
SMALL = 2048              # Go's server gives longer replies in chunks
PIECE = 32 << 10
REASONS = {101: "UPGRADED", 200: "OK", 201: "Created", 202: "Accepted",
           204: "No Content", 304: "Not Modified", 400: "Bad Request",
           401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           405: "Method Not Allowed", 409: "Conflict",
           422: "Unprocessable Entity", 429: "Too Many Requests",
           500: "Internal Server Error", 501: "Not Implemented",
           502: "Bad Gateway", 503: "Service Unavailable"}
VERSIONED = re.compile(r"^/v(\d+)\.(\d+)(/.*)$")


class Gone(Exception):
    """Close the connection now, whatever was promised."""


class Reply:
    """What to answer: `body` as a whole, or `stream`, an asynchronous
    generator of bytes."""

    def __init__(self, status=200, body=b"", kind="application/json",
                 stream=None, headers=()):
        self.status = status
        self.body = body
        self.kind = kind
        self.stream = stream
        self.headers = dict(headers)
        self.common = True


def json_reply(value, status=200):
    return Reply(status, shapes.dump(value))


def message(status, text):
    return json_reply({"message": text}, status)


class Request:
    def __init__(self, method, target, headers, body):
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        path, _, query = target.partition("?")
        found = VERSIONED.match(path)
        self.version = None
        if found:
            self.version = int(found[1]), int(found[2])
            path = found[3]
        self.path = urllib.parse.unquote(path)
        self.query = {name: values[-1] for name, values in
                      urllib.parse.parse_qs(
                          query, keep_blank_values=True).items()}

    def flag(self, name, default=False):
        """As moby's BoolValue: anything but these is true."""
        value = self.query.get(name)
        if value is None:
            return default
        return value.strip().lower() not in ("", "0", "no", "false", "none")

    def json(self):
        return json.loads(self.body or b"{}")


class Server:
    """Listens for one engine. `answer` takes a Request and gives a Reply;
    `common` gives the headers of every reply; `faults` those that wait, and
    `place` which of them are for this server."""

    small = SMALL

    def __init__(self, answer, common, faults, place=""):
        self.answer = answer
        self.place = place
        self.common = common
        self.faults = faults
        self.writers = set()
        self.served = collections.Counter()
        self.sent = 0
        self.listener = None

    async def listen_unix(self, path):
        self.listener = await asyncio.start_unix_server(
            self.connected, path, limit=HEAD_LIMIT, backlog=512)

    async def listen_tcp(self, port, tls=None):
        self.listener = await asyncio.start_server(
            self.connected, "127.0.0.1", port, limit=HEAD_LIMIT, ssl=tls)

    def close(self):
        self.listener.close()

    def drop_all(self, but=None):
        for writer in list(self.writers):
            if writer is not but:
                writer.transport.abort()

    async def connected(self, reader, writer):
        self.writers.add(writer)
        try:
            while await self.serve_one(reader, writer):
                pass
        except (Gone, ConnectionError, asyncio.IncompleteReadError,
                asyncio.LimitOverrunError, ValueError):
            writer.transport.abort()
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self.writers.discard(writer)
            writer.close()

    async def serve_one(self, reader, writer):
        """One request and its reply. Is there to be another?"""
        request = await read_request(reader)
        if request is None:
            return False
        request.writer = writer
        lab = request.path.startswith("/_lab/")
        if not lab:
            self.served[re.sub(r"(containers|images)/(?!json)[^/]+/",
                               r"\1/{}/", request.path)] += 1
        fault = None
        if not lab:
            fault = self.faults.take(request, self.place)
        reply = None
        if fault and fault.row.before:
            reply = await self.race(reader, fault.row.before(fault, request))
        if reply is None:
            request.fault = fault
            reply = await self.answer(request)
        pen = Pen(writer, fault)
        try:
            work = self.write(pen, request, reply)
            if fault or reply.stream is not None:
                return await self.race(reader, work)
            return await work
        finally:
            self.sent += pen.sent

    async def race(self, reader, coroutine):
        """The coroutine's result, unless the client leaves first."""
        work = asyncio.ensure_future(coroutine)
        leave = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait((work, leave),
                               return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise Gone
            return work.result()
        finally:
            for task in (work, leave):
                task.cancel()
            # the reader must be free again before the next request
            await asyncio.gather(work, leave, return_exceptions=True)

    async def write(self, pen, request, reply):
        headers = self.common(reply)
        if reply.kind:
            headers["Content-Type"] = reply.kind
        headers["Date"] = shapes.http_date()
        headers.update(reply.headers)
        body, bare = reply.body, reply.status in (204, 304)
        if reply.stream is None and not bare:
            body = pen.edit(body)
        chunked = reply.stream is not None or len(body) > self.small
        if request.method == "HEAD":
            body, chunked = b"", False
        keep = request.headers.get("connection", "").lower() != "close"
        if chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif not bare:
            headers["Content-Length"] = str(len(body))
        if not keep:
            headers["Connection"] = "close"
        pen.headers(headers)
        head = "HTTP/1.1 %d %s\r\n%s\r\n" % (
            reply.status, REASONS.get(reply.status, "Status"),
            "".join("%s: %s\r\n" % item for item in headers.items()))
        await pen.put(head.encode("utf-8", "replace"), True)
        pen.promise(len(body))
        if reply.stream is not None:
            await self.pump(pen, reply.stream)
        elif chunked:
            for at in range(0, len(body), PIECE):
                await pen.chunk(body[at:at + PIECE])
        else:
            await pen.put(body)
        if chunked:
            await pen.put(b"0\r\n\r\n")
        return keep

    async def pump(self, pen, stream):
        try:
            async for data in stream:
                if data:
                    await pen.chunk(pen.edit(data))
        finally:
            await stream.aclose()


class Pen:
    """Writes to one connection, as badly as its fault wants."""

    def __init__(self, writer, fault):
        self.writer = writer
        self.fault = fault
        self.sent = 0
        self.left = None          # bytes until it is cut
        self.pieces = 0

    def edit(self, data):
        self.pieces += 1
        if self.fault and self.fault.row.edit:
            return self.fault.row.edit(self.fault, data, self.pieces)
        return data

    def headers(self, headers):
        if self.fault and self.fault.row.headers:
            self.fault.row.headers(self.fault, headers)

    def promise(self, length):
        """The head is out; `length` of a body is to follow, 0 of a stream."""
        cut = self.fault.row.cut if self.fault else None
        if cut:
            self.left = cut(self.fault, length)

    async def chunk(self, data):
        size = b"%x" % len(data)
        if self.fault and self.fault.row.chunk:
            size = self.fault.row.chunk(self.fault, size)
        await self.put(size + b"\r\n" + data + b"\r\n")

    async def put(self, data, head=False):
        if self.left is not None:
            data = data[:self.left]
            self.left -= len(data)
        self.sent += len(data)
        step, wait = self.fault.row.slow(self.fault) \
            if self.fault and self.fault.row.slow else (0, 0)
        if step:
            for at in range(0, len(data), step):
                self.writer.write(data[at:at + step])
                await self.writer.drain()
                await asyncio.sleep(wait)
        else:
            self.writer.write(data)
            await self.writer.drain()
        if self.left == 0:
            if self.fault.row.stall:
                await asyncio.sleep(self.fault.params["seconds"])
            # an orderly close, so that what was written still arrives
            self.writer.close()
            raise ConnectionError("cut")


async def read_request(reader):
    """The next request, or None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    body = b""
    if headers.get("transfer-encoding", "").lower() == "chunked":
        while True:
            size = int((await reader.readline()).split(b";")[0], 16)
            piece = await reader.readexactly(size + 2)
            if not size:
                break
            body += piece[:-2]
            if len(body) > BODY_LIMIT:
                raise Gone
    elif "content-length" in headers:
        size = int(headers["content-length"])
        if not 0 <= size <= BODY_LIMIT:
            raise Gone
        body = await reader.readexactly(size)
    return Request(method, target, headers, body)
