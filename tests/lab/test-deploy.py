#!/usr/bin/env python3
"""Deploying and going back on the real lab, by the commands that an operator
types: what really runs afterwards is asked of the engine."""

import json
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import tap  # noqa: E402
from flows import VIGIE, Flow, World  # noqa: E402


BRIDGE = "registry.acadenice.fr/formation-hub/bridge"


class Deploy(Flow):
    def bridge(self, env):
        """The tag of the bridge that runs there."""
        names = self.world.docker(env, "ps", "--filter",
            "label=com.docker.compose.service=bridge", "--format",
            "{{.Image}}")
        return names.rpartition(":")[2]

    def act(self, *words, code=0, timeout=300):
        done = self.world.vigie(*words, timeout=timeout)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def runs(self):
        out = self.world.vigie("runs", "--json").stdout
        return [json.loads(line) for line in out.splitlines()]

    def run_now(self):
        return next((r for r in self.runs() if r["phase"] not in
                     ("done", "failed", "aborted")), None)

    def items(self):
        run = self.run_now()
        step = run and next((s for s in run["steps"] if s["phase"] ==
                             "waiting"), None)
        if not step:
            return run, []
        return run, [i for i in step["items"] if i["status"] != "ok" and
                     not i["reason"] and not i["who"] and
                     i["id"] != "reject"]

    def attend(self, started):
        """Tick what waits for a person until the run has ended."""
        end = time.monotonic() + 240
        while started.poll() is None:
            self.assertLess(time.monotonic(), end, json.dumps(self.runs()))
            run, items = self.items()
            for item in items:
                self.world.vigie("tick", run["id"], item["id"], "--reason",
                                 "the test says so")
            time.sleep(0.5)
        out = started.communicate()[0]
        self.assertEqual(started.returncode, 0, out)
        return out

    def start(self, *words):
        return subprocess.Popen([VIGIE, "--config", self.world.config, *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)

    def watched(self, tag):
        self.until(f"{tag} is on record", deadline=90, step=0.5,
                   predicate=lambda: self.live() == tag)

    def live(self):
        found = json.loads(self.world.vigie("readiness", "prod",
                                            "--json").stdout)
        tenures = found["environments"][0]["tenures"]
        return tenures[0]["tag"] if tenures and tenures[0]["schemas"] else ""

    def test_1_staging_gets_another_commit(self):
        commit = self.world.lab("exec", "staging", "git", "rev-parse",
                                "v1.4.0^{commit}").strip()
        before = self.bridge("staging")
        self.act("deploy", "staging", commit, code=64)
        self.assertEqual(self.bridge("staging"), before)
        out = self.act("deploy", "staging", commit, "--confirm", "staging",
                       "--dry-run")
        self.assertIn("docker compose", out)
        self.assertEqual(self.bridge("staging"), before)
        # the workflow would have pushed it
        self.world.docker("staging", "tag", f"{BRIDGE}:v1.4.0",
                          f"{BRIDGE}:{commit}")
        self.act("deploy", "staging", commit, "--confirm", "staging")
        self.assertEqual(self.bridge("staging"), commit)

    def test_2_production_through_github(self):
        self.watched("v1.4.0")
        started = self.start("deploy", "prod", "v1.5.0", "--confirm", "prod",
                             "--reason", "release")
        self.attend(started)
        self.assertEqual(self.bridge("prod"), "v1.5.0")
        self.watched("v1.5.0")

    def test_3_back_over_ssh_while_github_is_down(self):
        self.world.lab("fault", "github-down")
        try:
            self.act("rollback", "prod", "--confirm", "wrong", "--reason",
                     "the calendar is empty", code=77)
            started = self.start("rollback", "prod", "v1.4.0", "--confirm",
                                 "prod", "--reason", "the calendar is empty",
                                 "--via", "ssh")
            self.attend(started)
        finally:
            self.world.lab("heal", "github-down")
        self.assertEqual(self.bridge("prod"), "v1.4.0")
        env = self.world.environment("prod")
        self.assertIn("rolled back from v1.5.0", env["lock"]["why"])
        self.assertEqual([m["mark"] for m in self.world.status()["marks"]
                          if m["tag"] == "v1.5.0"], ["bad"])
        self.act("deploy", "prod", "v1.5.0", "--confirm", "prod", "--reason",
                 "again", code=2)
        self.act("unlock", "prod", "--reason", "it is mended")

    def test_4_the_journal_holds(self):
        self.act("journal", "--verify")
        out = self.act("journal", "prod", "-n", "500")
        for word in ("run-begin", "step-end", "refused",
                     "the calendar is empty"):
            self.assertIn(word, out)


def main():
    Flow.world = World()
    os.environ["PATH"] = os.path.join(Flow.world.dir, "bin") + ":" + \
        os.environ["PATH"]
    try:
        tap.main()
    finally:
        Flow.world.close()


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("1..0 # SKIP a real lab needs root")
        sys.exit(0)
    main()
