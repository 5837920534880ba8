"""What the stand-in's tests share: a client that sees every byte, and a test
case with an engine of its own."""
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse

from .ctl import ask

ENGINE = os.path.join(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))), "engine")
NAME = "formation-hub-bridge-1"
DEADLINE = 10


class Client:
    """One connection, byte by byte under the test's control."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(DEADLINE)
        self.sock.connect(path)
        self.data = b""

    def close(self):
        self.sock.close()

    def send(self, method, target, body=b"", head=""):
        self.sock.sendall(("%s %s HTTP/1.1\r\nHost: docker\r\n%s"
                           "Content-Length: %d\r\n\r\n" % (
                               method, target, head, len(body))).encode()
                          + body)

    def more(self):
        piece = self.sock.recv(1 << 20)
        if not piece:
            raise EOFError("closed after %r" % self.data[-60:])
        self.data += piece

    def until(self, mark):
        while mark not in self.data:
            self.more()
        out, self.data = self.data.split(mark, 1)
        return out

    def take(self, n):
        while len(self.data) < n:
            self.more()
        out, self.data = self.data[:n], self.data[n:]
        return out

    def head(self):
        lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        return int(lines[0].split()[1]), dict(
            line.split(": ", 1) for line in lines[1:])

    def chunk(self):
        size = int(self.until(b"\r\n"), 16)
        return self.take(size + 2)[:-2]

    def reply(self):
        status, headers = self.head()
        if headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while True:
                part = self.chunk()
                if not part:
                    break
                parts.append(part)
            return status, headers, b"".join(parts)
        return status, headers, self.take(
            int(headers.get("Content-Length", 0)))


def frames(data):
    while data:
        size = int.from_bytes(data[4:8], "big")
        yield data[0], data[8:8 + size]
        data = data[8 + size:]


class Case(unittest.TestCase):
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="engine-")
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        cls.socket = os.path.join(cls.dir, "s")
        cls.process = cls.begin("--socket", cls.socket, "--settle", "0.2",
                                *cls.options)

    @classmethod
    def begin(cls, *arguments):
        process = subprocess.Popen([ENGINE, *arguments],
                                   stdout=subprocess.PIPE)
        cls.addClassCleanup(cls.end, process)
        if process.stdout.readline() != b"ready\n":
            raise RuntimeError("the engine did not start")
        return process

    @staticmethod
    def end(process):
        process.terminate()
        process.wait(DEADLINE)
        process.stdout.close()

    def setUp(self):
        ask(self.socket, "POST", "/_lab/reset", {})

    def client(self):
        client = Client(self.socket)
        self.addCleanup(client.close)
        return client

    def call(self, method, target, body=b""):
        client = self.client()
        client.send(method, target, body)
        status, headers, data = client.reply()
        return status, headers, data

    def get(self, target):
        status, _, data = self.call("GET", target)
        self.assertEqual(status, 200, data)
        return json.loads(data)

    def fault(self, name, match=".*", times=1, **params):
        status, answer = ask(self.socket, "POST", "/_lab/fault", {
            "name": name, "match": match, "times": times, "params": params})
        self.assertEqual(status, 200, answer)

    def events(self, **filters):
        client = self.client()
        client.send("GET", "/v1.41/events?filters=" + urllib.parse.quote(
            json.dumps(filters)))
        self.assertEqual(client.head()[0], 200)
        return client

    def actions(self, client, n):
        return [json.loads(client.chunk())["Action"] for _ in range(n)]

    def wait(self, predicate, what):
        end = time.monotonic() + DEADLINE
        while not predicate():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.02)
