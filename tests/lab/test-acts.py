#!/usr/bin/env python3
"""Deployments and rollbacks by command, with runbooks of harmless jobs: plans,
refusals, races, and a server that is killed half-way. No engine is needed."""

import json
import os
import pty
import pwd
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import tap
from stand import Raw

BUILD = os.environ.get("VIGIE_BUILD", "build")
SOURCE = os.path.abspath(os.environ.get("VIGIE_SOURCE", os.path.join(
    os.path.dirname(__file__), "..", "..")))
VIGIE = os.path.abspath(os.path.join(BUILD, "vigie"))
USER = pwd.getpwuid(os.geteuid()).pw_name
RACES = int(os.environ.get("VIGIE_RACES", "50"))
DEADLINE = 30
CONFIG = """project: hub
state: %(dir)s/state
socket: %(dir)s/vigie.sock
runbooks: %(dir)s/books
repository: {path: %(dir)s/repo, fetch: off}
environments:
  staging: {engine: %(dir)s/none.sock, directory: %(dir)s/repo,
            deploy: calm, rollback: back}
  prod: {engine: %(dir)s/none.sock, directory: %(dir)s/repo,
         production: true, deploy: calm, rollback: back}
"""
CALM = """title: Deploy {version} to {environment}
environments: ["*"]
steps:
  - id: count
    title: count this run
    job: echo {environment} {commit} >> %(dir)s/ran
    timeout: 20s
"""
SLOW = """title: Deploy {version} slowly to {environment}
environments: ["*"]
steps:
  - id: gate
    title: count, then wait for the test
    job: |
      echo {environment} >> %(dir)s/ran
      while [ ! -e %(dir)s/go ]; do sleep 0.05; done
    timeout: 60s
  - id: after
    title: what comes after
    job: echo after >> %(dir)s/ran
    timeout: 20s
"""
FAILS = """title: Deploy {version}, which fails
environments: ["*"]
steps:
  - id: break
    title: break
    job: |
      echo the last words
      exit 3
    timeout: 20s
"""


class Peer(Raw):
    """A connection that asks, and waits for its answers."""

    next = 100

    def put(self, op, **arguments):
        self.next += 1
        self.ask(self.next, op, **arguments)
        return self.next

    def answer(self, number):
        return self.until(lambda m: m.get("id") == number and m.get("final"))


class Acts(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="vigie-acts.")
        self.socket = self.path("vigie.sock")
        self.env = dict(os.environ, HOME=self.dir, LC_ALL="C",
                        VIGIE_DATADIR=SOURCE, GIT_CONFIG_NOSYSTEM="1",
                        VIGIE_CONFIG=self.path("vigie.yaml"))
        for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "LANGUAGE",
                     "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
            self.env.pop(name, None)
        os.mkdir(self.path("books"))
        self.book("calm", CALM)
        self.book("back", CALM.replace("Deploy", "Back to"))
        self.make_repository()
        with open(self.path("vigie.yaml"), "w", encoding="utf-8") as f:
            f.write(CONFIG % {"dir": self.dir})
        self.server = None
        self.start()

    def tearDown(self):
        open(self.path("go"), "w").close()
        if self.server:
            self.end(signal.SIGTERM)
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def book(self, name, text):
        with open(self.path("books", name + ".yaml"), "w",
                  encoding="utf-8") as f:
            f.write(text % {"dir": self.dir})

    def git(self, *words):
        return subprocess.run(
            ["git", "-C", self.path("repo"), "-c", "user.name=t",
             "-c", "user.email=t@t"] + list(words), env=self.env, check=True,
            capture_output=True, text=True).stdout.strip()

    def make_repository(self):
        os.mkdir(self.path("repo"))
        self.git("init", "-q", "-b", "main")
        for tag in ("v1.0.0", "v1.1.0"):
            self.git("commit", "-q", "--allow-empty", "-m", tag)
            self.git("tag", "-a", "-m", tag, tag)
        self.head = self.git("rev-parse", "HEAD")

    def start(self):
        self.server = subprocess.Popen(
            [VIGIE, "server", "--foreground"], env=self.env,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            try:
                Raw(self).close()
                return
            except (OSError, AttributeError, TypeError):
                time.sleep(0.02)
        self.fail("the server does not answer within %d s" % DEADLINE)

    def end(self, signo):
        self.server.send_signal(signo)
        self.server.wait(DEADLINE)
        self.server = None

    def vigie(self, *words):
        done = subprocess.run([VIGIE] + list(words), env=self.env,
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120)
        return done.returncode, done.stdout, done.stderr

    def until(self, what, holds):
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            found = holds()
            if found:
                return found
            time.sleep(0.05)
        self.fail("%s: not within %d s" % (what, DEADLINE))

    def know(self):
        """A server that was just started knows no version yet: the command
        waits for that."""
        self.assertEqual(self.vigie("deploy", "staging", "--dry-run")[0], 0)

    def ran(self):
        try:
            with open(self.path("ran"), encoding="utf-8") as f:
                return f.read().split("\n")[:-1]
        except FileNotFoundError:
            return []

    def journal(self, kind):
        code, out, err = self.vigie("journal", "--json", "-n", "10000")
        self.assertEqual(code, 0, err)
        return [e for e in map(json.loads, out.splitlines())
                if e["kind"] == kind]

    def runs(self):
        out = self.vigie("runs", "--json")[1]
        return [json.loads(line) for line in out.splitlines()]

    def assert_whole(self):
        code, out, err = self.vigie("journal", "--verify")
        self.assertEqual(code, 0, out + err)

    def test_a_deployment_by_command(self):
        code, out, err = self.vigie("deploy", "staging", "--dry-run")
        self.assertEqual(code, 0, err)
        self.assertIn("Deploy %s to staging" % self.head[:7], out)
        self.assertIn("echo 'staging' '%s'" % self.head, out)
        self.assertEqual(self.ran(), [])
        code, out, err = self.vigie("deploy", "staging", "--confirm",
                                    "staging")
        self.assertEqual(code, 0, out + err)
        self.assertIn("done after", out)
        self.assertEqual(self.ran(), ["staging " + self.head])
        confirmed = self.journal("confirm")[0]
        self.assertEqual((confirmed["who"], confirmed["uid"]),
                         (USER, os.geteuid()))
        self.assertEqual(len(confirmed["fingerprint"]), 64)
        self.assertEqual(self.runs()[0]["phase"], "done")
        code, out, err = self.vigie("deploy", "prod", "v1.0.0", "--confirm",
                                    "prod", "--json")
        self.assertEqual(code, 0, err)
        self.assertEqual(json.loads(out)["target"], "v1.0.0")
        self.assert_whole()

    def test_refusals_have_codes_and_are_journalled(self):
        for code, words, says in (
                (64, ("deploy", "prod"), "--confirm"),
                (64, ("deploy", "nowhere", "--confirm", "x"), "nowhere"),
                (64, ("deploy", "prod", "v9", "--confirm", "prod"), "v9"),
                (77, ("deploy", "prod", "--confirm", "staging"), "'prod'"),
                (77, ("-r", "deploy", "prod", "--confirm", "prod"),
                 "operator"),
                (77, ("rollback", "prod", "v1.0.0", "--confirm", "prod"),
                 "reason"),
                (64, ("retry", "x"), "reason"),
                (64, ("abort", "x"), "there is no run")):
            got, out, err = self.vigie(*words)
            self.assertEqual(got, code, (words, out, err))
            self.assertIn(says, err)
        self.assertEqual(self.vigie("lock", "prod", "--reason", "hands off")[
            0], 0)
        got, out, err = self.vigie("deploy", "prod", "--confirm", "prod")
        self.assertEqual(got, 2, out + err)
        self.assertIn("hands off", err)
        self.assertEqual(self.vigie("deploy", "prod", "--dry-run")[0], 2)
        self.assertEqual(self.ran(), [])
        texts = "\n".join(e["text"] for e in self.journal("refused"))
        for word in ("not_found", "wrong_word", "reason_missing", "failed"):
            self.assertIn("(%s)" % word, texts)
        self.assertIn("plan", self.journal("denied")[0]["text"])
        self.assert_whole()

    def test_a_rollback_locks_and_marks(self):
        self.until("the checkout is seen", lambda: json.loads(self.vigie(
            "status", "--json")[1])["environments"][1]["version"]["commit"])
        code, out, err = self.vigie(
            "rollback", "prod", "v1.0.0", "--confirm", "prod", "--reason",
            "pages are blank")
        self.assertEqual(code, 0, out + err)
        self.assertEqual(len(self.ran()), 1)
        status = json.loads(self.vigie("status", "--json")[1])
        prod = [e for e in status["environments"] if e["name"] == "prod"][0]
        self.assertEqual(prod["lock"]["who"], USER)
        self.assertIn("rolled back from v1.1.0: pages are blank",
                      prod["lock"]["why"])
        self.assertEqual([(m["tag"], m["mark"]) for m in status["marks"]],
                         [("v1.1.0", "bad")])
        code, out, err = self.vigie("rollback", "staging", "v1.1.0",
                                    "--confirm", "staging", "--reason", "x")
        self.assertEqual(code, 2, out + err)
        self.assertIn("bad", err)

    def test_a_failure_shows_its_last_words(self):
        self.book("calm", FAILS)
        code, out, err = self.vigie("deploy", "staging", "--confirm",
                                    "staging")
        self.assertEqual(code, 2, out + err)
        self.assertIn("exit code 3", out)
        self.assertIn("| the last words", out)

    def test_races_have_one_winner(self):
        self.book("calm", CALM + """  - id: rest
    title: stay a little
    job: sleep 0.3
    timeout: 20s
""")
        self.know()
        for i in range(RACES):
            peers = [Peer(self), Peer(self)]
            plans = [p.answer(p.put("plan", act="deploy",
                                    environment="staging"))["plan"]
                     for p in peers]
            asked = [p.put("confirm", plan=plan["id"], word=plan["word"])
                     for p, plan in zip(peers, plans)]
            answers = [p.answer(n) for p, n in zip(peers, asked)]
            started = [a for a in answers if a["type"] == "started"]
            lost = [a for a in answers if a["type"] == "error"]
            self.assertEqual((len(started), len(lost)), (1, 1), answers)
            self.assertEqual(lost[0]["code"], "busy")
            self.assertIn(USER, lost[0]["text"])
            self.assertIn("count", lost[0]["text"])
            for p in peers:
                p.close()
            self.assertEqual(self.vigie("runs", started[0]["run"], "-f")[0],
                             0)
            self.assertEqual(len(self.ran()), i + 1)
        self.assert_whole()

    def test_a_plan_is_its_askers_and_serves_once(self):
        self.know()
        a, b = Peer(self), Peer(self)
        plan = a.answer(a.put("plan", act="deploy", environment="staging"))[
            "plan"]
        stolen = b.answer(b.put("confirm", plan=plan["id"], word="y"))
        self.assertEqual(stolen["code"], "not_permitted")
        self.assertEqual(self.vigie("lock", "staging", "--reason", "no")[0],
                         0)
        moved = a.answer(a.put("confirm", plan=plan["id"], word="y"))
        self.assertEqual(moved["code"], "moved")
        self.assertIn("the lock changed", moved["text"])
        again = a.answer(a.put("confirm", plan=plan["id"], word="y"))
        self.assertEqual(again["code"], "expired")
        self.assertEqual(self.ran(), [])

    def test_killed_in_the_middle_of_a_job(self):
        self.book("calm", SLOW)
        code, out, err = self.vigie("deploy", "staging", "--confirm",
                                    "staging", "--detach")
        self.assertEqual(code, 0, err)
        run = out.split()[1].rstrip(":")
        self.until("the job runs", self.ran)
        self.end(signal.SIGKILL)
        self.start()
        self.until("it is followed again", lambda: self.runs()[0]["phase"] ==
                   "running")
        code, out, err = self.vigie("deploy", "staging", "--confirm",
                                    "staging")
        self.assertEqual(code, 2, out + err)
        self.assertIn(USER, err)
        open(self.path("go"), "w").close()
        # What comes after an absence waits for a person.
        self.until("it stands before the next step", lambda: self.runs()[0][
            "phase"] in ("paused", "done"))
        if self.runs()[0]["phase"] == "paused":
            self.assertEqual(self.vigie("resume", run)[0], 0)
        self.assertEqual(self.vigie("runs", run, "-f")[0], 0)
        self.assertEqual(self.ran(), ["staging", "after"])
        self.assert_whole()

    def test_another_configuration_in_the_middle_of_a_job(self):
        self.book("calm", SLOW)
        code, out, err = self.vigie("deploy", "staging", "--confirm",
                                    "staging", "--detach")
        self.assertEqual(code, 0, err)
        run = out.split()[1].rstrip(":")
        self.until("the job runs", self.ran)
        self.assertEqual(self.vigie("server", "--reload")[0], 0)
        self.assertEqual(self.runs()[0]["phase"], "running")
        open(self.path("go"), "w").close()
        self.assertEqual(self.vigie("runs", run, "-f")[0], 0)
        self.assertEqual(self.ran(), ["staging", "after"])

    def test_held_resumed_and_aborted(self):
        self.book("calm", SLOW)
        run = self.vigie("deploy", "staging", "--confirm", "staging",
                         "--detach")[1].split()[1].rstrip(":")
        self.until("the job runs", self.ran)
        self.assertEqual(self.vigie("hold", run)[0], 0)
        open(self.path("go"), "w").close()
        self.until("it stands", lambda: self.runs()[0]["phase"] == "paused")
        self.assertEqual(self.vigie("abort", run, "--reason", "enough")[0], 0)
        self.assertEqual(self.vigie("runs", run, "-f")[0], 2)
        self.assertEqual(self.ran(), ["staging"])

    def typed(self, words, *answers):
        """The command in a terminal of its own: each answer is given once its
        question is seen; what came, and the exit code."""
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(VIGIE, [VIGIE] + list(words), self.env)
        out = ""
        for question, answer in answers + ((None, None),):
            while question is None or question not in out:
                ready = select.select([fd], [], [], DEADLINE)[0]
                self.assertTrue(ready, "%s: not asked: %s" % (question, out))
                try:
                    piece = os.read(fd, 4096)
                except OSError:
                    piece = b""
                if not piece:
                    break
                out += piece.decode()
            if question:
                self.assertIn(question, out)
                os.write(fd, answer.encode())
        os.close(fd)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), out

    def test_a_terminal_is_asked(self):
        code, out = self.typed(("deploy", "staging"),
                               ("type y to go on:", "n\n"))
        self.assertEqual(code, 77, out)
        self.assertIn("the word", out)
        self.assertEqual(self.ran(), [])
        code, out = self.typed(("deploy", "staging"),
                               ("type y to go on:", "\x04"))
        self.assertEqual(code, 77, out)
        code, out = self.typed(("rollback", "prod", "v1.0.0"),
                               ("type prod to go on:", "prod\n"),
                               ("why?", "blank pages\n"))
        self.assertEqual(code, 0, out)
        self.assertIn("commands:", out)
        self.assertEqual(len(self.ran()), 1)
        confirmed = self.journal("confirm")[0]
        self.assertEqual(confirmed["reason"], "blank pages")
        self.assertRegex(confirmed["tty"], "^/dev/pts/")

    def test_an_interrupt_only_ends_the_following(self):
        self.book("calm", SLOW)
        code, out = self.typed(("deploy", "staging"),
                               ("type y to go on:", "y\n"),
                               ("  gate            count", "\x03"))
        self.assertEqual(code, 3, out)
        self.assertIn("-f follows it again", out)
        open(self.path("go"), "w").close()
        self.assertEqual(self.vigie("runs", self.runs()[0]["id"], "-f")[0],
                         0)
        self.assertEqual(self.ran(), ["staging", "after"])

    def test_runbooks_and_paper(self):
        code, out, err = self.vigie("runbook")
        self.assertEqual(code, 0, err)
        self.assertIn("calm", out)
        self.assertIn("deploy-prod-ssh", out)
        code, out, err = self.vigie("runbook", "calm", "--paper", "staging",
                                    "version=v9", "commit=c o")
        self.assertEqual(code, 0, err)
        self.assertIn("echo 'staging' 'c o'", out)
        self.assertEqual(self.vigie("runbook", "calm", "--paper", "staging",
                                    "nonsense")[0], 64)


if __name__ == "__main__":
    tap.main()
