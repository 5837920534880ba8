"""What the tests of the stand-in share: a client, and a test case with a
stand-in and an origin of its own."""
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.parse

import layout
import repo

from . import client

PROGRAM = os.path.join(os.path.dirname(os.path.dirname(
    os.path.realpath(__file__))), "github")
PROJECT = "/repos/acadenice/formation-hub"
ALL = ("actions", "administration", "checks", "contents", "deployments",
    "issues", "metadata", "pull_requests", "statuses")
TOKENS = {
    "corentin-secret": {"login": "corentin",
        "permissions": {name: "write" for name in ALL}},
    "yan-secret": {"login": "yan", "permissions": {name: "write" for name in ALL}},
    "weak-secret": {"login": "corentin",
        "permissions": {"metadata": "read", "contents": "read"}},
    "blind-secret": {"login": "eve", "permissions": {}},
}
DEADLINE = 15
recorded = []


class Answer:
    def __init__(self, reply, body):
        self.status = reply.status
        self.headers = {name.lower(): value for name, value in reply.getheaders()}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


class Case(unittest.TestCase):
    prefix = ""
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="github-")
        cls.addClassCleanup(shutil.rmtree, cls.dir)
        cls.git = staticmethod(repo.Git("git"))
        repo.make_origin(layout.Lab(cls.dir), cls.git)
        cls.origin = os.path.join(cls.dir, "origin.git")
        tokens = os.path.join(cls.dir, "tokens.json")
        with open(tokens, "w", encoding="ascii") as f:
            json.dump(TOKENS, f)
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            cls.port = s.getsockname()[1]
        cls.url = "http://127.0.0.1:%d%s" % (cls.port, cls.prefix)
        cls.told = os.path.join(cls.dir, "told")
        command = 'sh -c \'echo "$0 $1" >>%s; test ! -e %s/deploy-fails\'' % (
            cls.told, cls.dir)
        cls.process = subprocess.Popen([PROGRAM, "serve",
            "--port", str(cls.port), "--prefix", cls.prefix, "--origin",
            cls.origin, "--project", "acadenice/formation-hub", "--tokens",
            tokens, "--speed", "2000", "--deploy-command", command,
            *cls.options],
            stdout=subprocess.PIPE)
        cls.addClassCleanup(cls.end)
        if cls.process.stdout.readline() != b"ready\n":
            raise RuntimeError("the stand-in did not start")

    @classmethod
    def end(cls):
        cls.process.terminate()
        cls.process.wait(DEADLINE)
        cls.process.stdout.close()

    def setUp(self):
        self.lab("reset", {})

    def tearDown(self):
        recorded.extend(self.lab("requests")["requests"])

    def lab(self, name, value=None):
        status, answer = client.ask(self.url, name, value)
        self.assertEqual(status, 200, answer)
        return answer

    def call(self, path, method="GET", body=None, token="corentin-secret",
            **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
            timeout=DEADLINE)
        self.addCleanup(connection.close)
        head = {"User-Agent": "test", "Accept": "application/vnd.github+json"}
        if token:
            head["Authorization"] = "Bearer " + token
        head.update((name.replace("_", "-"), value)
            for name, value in headers.items())
        connection.request(method, self.prefix + path,
            None if body is None else json.dumps(body), head)
        reply = connection.getresponse()
        return Answer(reply, reply.read())

    def get(self, path, **query):
        below = "" if path.startswith("/user") or path.startswith("/rate") \
            else PROJECT
        tail = "?" + urllib.parse.urlencode(query) if query else ""
        answer = self.call(below + path + tail)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def post(self, path, body=None, token="corentin-secret"):
        return self.call(PROJECT + path, "POST", body, token)

    def wait(self, what, predicate):
        end = time.monotonic() + DEADLINE
        while True:
            value = predicate()
            if value:
                return value
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.02)

    def newest(self, file, **query):
        return self.get("/actions/workflows/%s/runs" % file, per_page=1,
            **query)["workflow_runs"][0]

    def tag(self, name, who="corentin"):
        """Push a release's tag; its run of deploy-prod, waiting."""
        self.git(self.origin, "tag", "-a", name, "-m", "Release " + name, "main",
            who=who)
        started = self.lab("push", {})["started"]
        self.assertEqual([r["workflow"] for r in started], ["deploy-prod.yml"])
        return self.wait("%s never waits" % name, lambda: self.run_in(
            started[0]["id"], "waiting"))

    def run_in(self, ident, status):
        run = self.get("/actions/runs/%d" % ident)
        return run if run["status"] == status else None

    def completed(self, ident):
        return self.wait("run %d never ends" % ident,
            lambda: self.run_in(ident, "completed"))

    def decide(self, run, state, token="corentin-secret"):
        pending = self.get("/actions/runs/%d/pending_deployments" % run["id"])
        ids = [p["environment"]["id"] for p in pending]
        return self.post("/actions/runs/%d/pending_deployments" % run["id"],
            {"environment_ids": ids, "state": state, "comment": "by the test"},
            token)
