#!/usr/bin/env python3
"""A tag, the run that it starts and its approval, against the stand-in GitHub
and a real origin: tests/lab/verb-probe runs the steps."""
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import unittest

import tap

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import openapi  # noqa: E402  (the path comes first)
from hub.testing import Case, recorded  # noqa: E402

PROBE = os.path.abspath(os.environ.get("VIGIE_VERB_PROBE",
    "tests/lab/verb-probe"))
DEADLINE = 40
BOOK = """
title: Deploy production
environments: [prod]
steps:
  - id: tag
    git-tag: {name: "{version}", commit: "{commit}"}
  - id: gate
    github-approval: {workflow: deploy-prod.yml, commit: "{commit}",
      ref: "{version}", event: push, ended: rerun, comment: "{reason}"}
  - id: deploy
    github-run: {workflow: deploy-prod.yml, commit: "{commit}",
      ref: "{version}", event: push}
"""
BACK = BOOK.replace('name: "{version}", commit: "{commit}"',
    'name: "{from}-rollback", commit: "{commit}", called: tag').replace(
    'ref: "{version}"', 'ref: "{tag}"')


class Probe:
    """One run, and the lines that it says."""

    def __init__(self, case, book, version, commit, token="corentin-secret",
            live="v1.4.0"):
        self.case = case
        self.args = [PROBE, case.url, case.file("token", token),
            os.path.join(case.dir, "clone.git"), case.file("book.yaml", book),
            os.path.join(case.dir, "state-" + case.id()), version, commit, live]
        if os.path.exists(self.args[5]):
            os.unlink(self.args[5])
        self.lines = []
        case.addCleanup(self.kill)
        self.start()

    def start(self):
        self.said = queue.Queue()
        # It ends as it stands: what it still holds is no leak.
        self.process = subprocess.Popen(self.args, stdin=subprocess.PIPE,
            env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"},
            stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.listen, args=(self.process, self.said),
            daemon=True).start()

    @staticmethod
    def listen(process, said):
        for line in process.stdout:
            said.put(line.rstrip("\n"))
        said.put(None)

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(DEADLINE)
        self.process.stdin.close()
        self.process.stdout.close()

    def restart(self):
        self.kill()
        self.start()

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def until(self, *parts):
        """The next line that has them all; pushes are told meanwhile."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            self.case.lab("push", {})
            try:
                line = self.said.get(timeout=0.2)
            except queue.Empty:
                continue
            if line is None:
                break
            self.lines.append(line)
            if all(part in line for part in parts):
                return line
        self.case.fail("waited for %r; %s" % (parts, "\n".join(self.lines)))

    def end(self, phase):
        self.until("run " + phase)
        self.process.wait(DEADLINE)


class Acts(Case):
    serial = 0

    def setUp(self):
        super().setUp()
        Acts.serial += 1
        self.version = "v2.0.%d" % Acts.serial
        self.commit = self.revision("main")

    def file(self, name, text):
        path = os.path.join(self.dir, name)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def revision(self, name):
        return subprocess.run(["git", "-C", self.origin, "rev-parse",
            name + "^{commit}"], check=True, stdout=subprocess.PIPE,
            text=True).stdout.strip()

    def posts(self, part="pending_deployments"):
        return [r for r in self.lab("requests")["requests"]
            if r["method"] == "POST" and part in r["path"]]

    def reviews(self, tag):
        run = self.newest("deploy-prod.yml", branch=tag)
        return run, self.get("/actions/runs/%d/approvals" % run["id"])

    def gate(self, book=BOOK, token="corentin-secret"):
        probe = Probe(self, book, self.version, self.commit, token)
        self.line = probe.until("gate waiting", "waits for")
        return probe

    def test_a_deploy(self):
        probe = self.gate()
        self.assertIn("gate waiting 2 deploy-prod.yml #", self.line)
        self.assertIn("here or at GitHub", self.line)
        self.assertEqual(self.revision(self.version), self.commit)
        probe.tell("approve corentin")
        probe.until("gate done", "approved by corentin")
        probe.until("deploy done", "success")
        probe.end("done")
        run, reviews = self.reviews(self.version)
        self.assertEqual(run["conclusion"], "success")
        self.assertEqual([r["state"] for r in reviews], ["approved"])
        self.assertEqual(len(self.posts()), 1)
        with open(self.told, encoding="ascii") as f:
            self.assertIn("prod %s\n" % self.version, f.readlines())

    def test_an_answer_that_is_lost(self):
        probe = self.gate()
        self.lab("fault", {"name": "apply-then-502",
            "match": "POST .*pending_deployments", "times": 1})
        probe.tell("approve corentin")
        probe.until("gate done", "approved by corentin")
        probe.end("done")
        self.assertEqual(len(self.posts()), 1)
        self.assertEqual(len(self.reviews(self.version)[1]), 1)

    def test_a_request_that_is_lost(self):
        probe = self.gate()
        self.lab("fault", {"name": "502",
            "match": "POST .*pending_deployments", "times": 1})
        probe.tell("approve corentin")
        probe.until("gate done", "approved by corentin")
        probe.end("done")
        self.assertEqual(len(self.reviews(self.version)[1]), 1)

    def test_rejected_here(self):
        probe = self.gate()
        probe.tell("reject corentin")
        probe.until("gate failed", "rejected by corentin")
        probe.end("failed")
        self.assertEqual(len(self.posts()), 1)

    def test_decided_by_somebody_else(self):
        for state, phase in (("approved", "done"), ("rejected", "failed")):
            with self.subTest(state):
                probe = self.gate()
                run = self.newest("deploy-prod.yml", branch=self.version)
                self.lab("review", {"run": run["id"], "login": "yan",
                    "state": state, "comment": "seen"})
                probe.until("gate " + phase, state + " by yan")
                probe.end(phase)
                self.assertEqual(self.posts(), [])
                self.version += "9"

    def test_not_eligible(self):
        self.lab("environment", {"name": "production", "reviewers": ["yan"]})
        self.addCleanup(self.lab, "environment", {"name": "production",
            "reviewers": ["yan", "corentin"]})
        probe = self.gate()
        self.assertIn("gate waiting 0 ", self.line)
        probe.tell("approve corentin")
        probe.until("refused it is not yours to decide here")
        run = self.newest("deploy-prod.yml", branch=self.version)
        self.lab("review", {"run": run["id"], "login": "yan",
            "state": "approved", "comment": "seen"})
        probe.until("gate done", "approved by yan")
        probe.end("done")

    def test_a_step_that_fails(self):
        self.lab("fail", {"workflow": "deploy-prod.yml", "job": "deploy"})
        probe = self.gate()
        probe.tell("approve corentin")
        line = probe.until("deploy failed")
        self.assertIn("failure in job deploy", line)
        probe.end("failed")

    def test_killed_at_each_step(self):
        probe = Probe(self, BOOK, self.version, self.commit)
        probe.until("tag ")
        probe.restart()
        probe.until("gate waiting 2")
        probe.restart()
        probe.until("gate waiting 2")
        probe.tell("approve corentin")
        probe.until("is sent to GitHub")
        probe.restart()
        probe.end("done")
        self.assertEqual(len(self.reviews(self.version)[1]), 1)
        self.assertEqual(self.get("/actions/workflows/deploy-prod.yml/runs",
            branch=self.version)["total_count"], 1)

    def test_the_same_tag_again(self):
        probe = self.gate()
        probe.tell("approve corentin")
        probe.end("done")
        other = self.revision("main~1")
        probe = Probe(self, BOOK, self.version, other)
        line = probe.until("tag failed")
        self.assertIn(self.commit, line)
        self.assertIn(other, line)
        probe.end("failed")
        self.assertEqual(self.revision(self.version), self.commit)

    def test_back(self):
        good = self.revision("v1.3.2")
        for name in ("v1.4.0-rollback", "v1.4.0-rollback.2"):
            probe = Probe(self, BACK, "v1.3.2", good)
            probe.until("gate waiting 2")
            probe.tell("approve corentin")
            probe.end("done")
            self.assertEqual(self.revision(name), good)
            self.assertEqual(self.newest("deploy-prod.yml",
                branch=name)["conclusion"], "success")


class Description(unittest.TestCase):
    def test_all_that_was_said(self):
        try:
            found = openapi.violations(recorded)
        except openapi.Missing as e:
            self.skipTest(str(e))
        self.assertEqual(found, [])


def suite():
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    return unittest.TestSuite(load(case) for case in (Acts, Description))


if __name__ == "__main__":
    tap.main(suite())
