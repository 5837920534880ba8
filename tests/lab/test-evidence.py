#!/usr/bin/env python3
"""What there is to deploy and to go back to, on the real lab: releases and
where they ran, GitHub, the registry, backups and their verification, and
whether a rollback would work.

usage: test-evidence.py [CLASS...]"""

import json
import os
import re
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import openapi  # noqa: E402
import tap  # noqa: E402
from flows import Flow, World, run  # noqa: E402

FIVE = [("ci.yml", 600), ("deploy-staging.yml", 300), ("deploy-prod.yml", 300),
        ("nightly-backup-test.yml", 1800), ("e2e.yml", 900)]
DOCMOST = ("postgres", "docmost")


class Evidence(Flow):
    def ask(self, *words, codes=(0, 1, 2, 3), timeout=60):
        done = self.world.vigie(*words, "--json", timeout=timeout)
        self.assertIn(done.returncode, codes, done.stderr)
        return json.loads(done.stdout)

    def environment(self, command, env):
        return self.ask(command, env)["environments"][0]

    def series(self, env, kind):
        return next(s for s in self.environment("backups", env)["backups"]
                    if s["kind"] == kind)

    def readiness(self, env="prod"):
        return self.environment("readiness", env)["readiness"]

    def check(self, code, env="prod"):
        return next(c for c in self.readiness(env)["checks"]
                    if c["check"] == code)

    def tenure(self, env="prod"):
        tenures = self.environment("readiness", env)["tenures"]
        return tenures[0] if tenures else None

    def deploy(self, tag):
        self.world.lab("deploy", "prod", tag)
        self.until(f"{tag} is on record", deadline=60, step=0.3,
                   predicate=lambda: (self.tenure() or {}).get("tag") == tag
                   and self.tenure()["schemas"])

    def psql(self, sql):
        service, database = DOCMOST
        container = self.world.env["LAB_PROD_" + service.upper()]
        port = re.search(r"POSTGRES_PORT=(\d+)", open(os.path.join(
            self.world.env["LAB_CHECKOUT_PROD"], ".env")).read()).group(1)
        self.world.docker("prod", "exec", container, "psql", "-h", "/tmp",
                          "-p", port, "-U", "postgres", "-qc", sql, database)


class Releases(Evidence):
    def test_in_order_and_where_each_ran(self):
        self.until("the live tenure", deadline=60, step=0.3,
                   predicate=self.tenure)
        items = self.ask("releases", "prod")["items"]
        tags = [i["tag"] for i in items]
        self.assertEqual(tags, ["v1.4.0", "v1.3.2", "v1.3.1", "v1.3.0",
                                "v1.2.0"])
        live = next(i for i in items if i["tag"] == "v1.4.0")
        self.assertIn("prod", live["environments"])
        self.assertIn("prod", [r["environment"] for r in live["ran"]])
        self.until("CI of the releases", deadline=60, step=0.5, predicate=lambda:
                   all(i["ci"] == "success" for i in
                       self.ask("releases")["items"]))
        self.until("the registry's images", deadline=60, step=0.5,
                   predicate=lambda: all(i["image"] for i in
                                         self.ask("releases")["items"]))


class GitHub(Evidence):
    def test_the_plans_five_with_their_limits(self):
        found = self.until("all five have run", deadline=60, step=0.5,
                           predicate=self.all_ran)
        self.assertEqual([(w["file"], w["limit_ms"] // 1000) for w in
                          found["workflows"]], FIVE)
        for w in found["workflows"]:
            self.assertTrue(w["exists"], w["file"])
            self.assertTrue(w["blocks"], w["file"])
            self.assertEqual(w["runs"][0]["state"], "success", w["file"])
        gate = next(g for g in found["gates"] if g["environment"] == "prod")
        self.assertTrue(gate["reviewed"])
        self.assertIn("yan", gate["reviewers"])
        self.assertEqual(found["api"]["login"], "corentin")

    def all_ran(self):
        found = self.ask("workflows")
        return all(w["runs"] for w in found["workflows"]) and \
            found["gates"] and found

    def test_what_was_asked_is_in_its_description(self):
        self.until("all five have run", deadline=60, step=0.5,
                   predicate=self.all_ran)
        recorded = os.path.join(self.world.top, "requests.json")
        with open(recorded, "w", encoding="utf-8") as f:
            f.write(self.world.lab("github", "requests"))
        with open(recorded, encoding="utf-8") as f:
            asked = json.load(f)
        self.assertGreater(len(asked["requests"]), 10)
        try:
            self.assertEqual(openapi.violations(
                asked["requests"]), [])
        except openapi.Missing as why:
            self.skipTest(str(why))

    def test_quiet_questions_cost_nothing(self):
        """What is asked in a quiet minute, and how much of it was new."""
        self.until("all five have run", deadline=60, step=0.5,
                   predicate=self.all_ran)
        before = self.ask("workflows")["api"]
        self.until("some rounds more", deadline=120, step=1, predicate=lambda:
                   self.ask("workflows")["api"]["requests"] >=
                   before["requests"] + 10)
        after = self.ask("workflows")["api"]
        asked = after["requests"] - before["requests"]
        free = after["not_modified"] - before["not_modified"]
        print(f"# {asked} GETs to GitHub while quiet, {free} of them 304")
        self.assertGreaterEqual(free * 2, asked)

    def test_a_limit_is_told_and_obeyed(self):
        self.until("all five have run", deadline=60, step=0.5,
                   predicate=self.all_ran)
        self.world.lab("fault", "github-limited")
        try:
            found = self.until("the limit", deadline=60, step=0.5,
                               predicate=lambda: self.trouble("limited"))
            self.assertEqual(len(found["workflows"]), 5)
            self.assertTrue(found["api"]["next_try"])
        finally:
            self.world.lab("heal", "github-limited")
        self.until("GitHub again", deadline=120, step=0.5,
                   predicate=lambda: self.trouble("ok"))

    def trouble(self, word):
        found = self.ask("workflows")
        return found if found["api"]["trouble"] == word else None


class Backups(Evidence):
    def verified(self, kind, rung):
        code = self.world.vigie("backups", "verify", "prod", kind,
                                timeout=180)
        newest = self.series("prod", kind)["newest"]
        self.assertEqual(newest["rung"], rung,
                         code.stdout + code.stderr + json.dumps(newest))
        return code.returncode, newest

    def test_age_size_rung_and_both_clocks(self):
        for kind in ("docmost", "baserow", "files", "offsite"):
            s = self.until(f"{kind} is listed", deadline=60, step=0.5,
                           predicate=lambda: self.listed(kind))
            self.assertLess(s["age_s"], 24 * 3600, kind)
        s = self.series("prod", "docmost")
        self.assertEqual(s["newest"]["size"], "plausible")
        self.assertEqual(s["gaps"], 1)
        code, newest = self.verified("docmost", "restored")
        self.assertEqual(code, 0)
        self.assertTrue(newest["verified_at"])
        self.assertIn("501", newest["evidence"])
        self.assertIsNotNone(self.series("prod", "docmost")["verified_age_s"])

    def listed(self, kind):
        s = self.series("prod", kind)
        return s if s["items"] else None

    def test_a_truncated_dump_stays_at_its_size(self):
        self.until("listed", deadline=60, step=0.5,
                   predicate=lambda: self.listed("baserow"))
        self.world.lab("fault", "backup-truncated", "prod", "baserow")
        try:
            self.world.vigie("refresh", "prod")
            code, newest = self.verified("baserow", "plausible size")
            self.assertEqual(code, 2)
            self.assertTrue(newest["failure"])
        finally:
            self.world.lab("heal", "backup-truncated", "prod", "baserow")

    def test_an_object_is_fetched_and_restored(self):
        self.until("listed", deadline=60, step=0.5,
                   predicate=lambda: self.listed("offsite"))
        self.verified("offsite", "restored")

    def test_a_wrong_secret_is_told(self):
        config = self.world.config
        good = open(config, encoding="utf-8").read()
        head, mark, tail = good.partition("      - kind: offsite\n")
        self.assertTrue(mark)
        series = re.match(r"(?:        .*\n)+", tail).group(0)
        whole = series.split("        files:")[0].replace(
            "prefix: prod/docmost-", "prefix: prod/")
        rest = tail[len(series):]
        wrong = head + mark + whole.replace("/s3.secret",
                                            "/s3-wrong.secret") + rest
        self.assertNotEqual(good, wrong)
        try:
            self.configure(wrong)
            s = self.until("the refusal", deadline=60, step=0.5,
                           predicate=lambda: self.refused("offsite"))
            self.assertRegex(s["seen"]["error"], "secret")
            self.configure(head + mark + whole + rest)
            self.until("a key with spaces and accents", deadline=60, step=0.5,
                       predicate=self.accents)
        finally:
            self.configure(good)

    def configure(self, text):
        with open(self.world.config, "w", encoding="utf-8") as f:
            f.write(text)
        done = self.world.vigie("server", "--reload")
        self.assertEqual(done.returncode, 0, done.stderr)

    def refused(self, kind):
        s = self.series("prod", kind)
        return s if s["seen"]["error"] else None

    def accents(self):
        return any("\u00e9t\u00e9 2026/notes (1)+.txt" in i["name"]
                   for i in self.series("prod", "offsite")["items"])


class Readiness(Evidence):
    """A world that is ready, and what takes it away, on an open console."""

    def ready(self):
        """v1.3.2 has run and been well, v1.4.0 runs."""
        if not any(t["tag"] == "v1.3.2" for t in
                   self.environment("readiness", "prod")["tenures"]):
            self.deploy("v1.3.2")
            self.deploy("v1.4.0")
        self.until("prod is ready", deadline=90, step=0.5,
                   predicate=lambda: self.readiness()["word"] == "ready")

    def says(self, *words):
        text = self.world.look("ready")
        return all(word in text for word in words)

    def says_ready(self):
        return self.says("rollback READY", "to v1.3.2")

    def test_an_image_that_is_gone(self):
        self.ready()
        self.assertEqual(self.readiness()["target"], "v1.3.2")
        self.world.screen("ready", "prod")
        self.until("the environment's view", lambda: "docmost" in
                   self.world.look("ready"))
        self.world.keys("ready", "R")
        self.until("the console says so", deadline=60, step=0.2,
                   predicate=self.says_ready)
        self.world.lab("fault", "image-gone", "prod", "v1.3.2")
        try:
            self.until("the console says why not", deadline=60, step=0.2,
                       predicate=lambda: self.says("NOT READY",
                                                   "image gone"))
            self.assertEqual(self.check("image")["status"], "crit")
            self.assertIn("v1.3.2", self.check("image")["text"])
        finally:
            self.world.lab("heal", "image-gone", "prod")
        self.until("the console is ready again", deadline=90, step=0.2,
                   predicate=self.says_ready)
        self.world.tmux("kill-session", "-t", "ready")

    def test_another_schema_moves_the_line(self):
        self.ready()
        self.assertNotEqual(self.readiness()["no_return"], "v1.3.2")
        self.psql("insert into kysely_migration values "
                  "('20261126T000000-vigie', 'now')")
        try:
            self.world.vigie("refresh", "prod")
            found = self.until(
                "the line", deadline=120, step=0.5, predicate=lambda:
                self.readiness()["no_return"] == "v1.3.2" and
                self.readiness())
            self.assertEqual(found["word"], "not ready")
            self.assertTrue(found["restore"])
            self.assertIn("docmost schema changed", found["no_return_why"])
        finally:
            self.psql("delete from kysely_migration where "
                      "name = '20261126T000000-vigie'")
        self.world.vigie("refresh", "prod")
        self.until("the line goes back", deadline=120, step=0.5,
                   predicate=lambda: self.readiness()["no_return"] !=
                   "v1.3.2")


class Changelog(Evidence):
    def test_the_cut_is_the_expected_text(self):
        path = os.path.join(self.world.top, "CHANGELOG.md")
        origin = self.world.env["LAB_ORIGIN"]
        before = run("git", "-C", origin, "show", "main:CHANGELOG.md").stdout
        with open(path, "w", encoding="utf-8") as f:
            f.write(before)
        done = self.world.vigie("changelog", "cut", "v1.5.0", "--file", path,
                                "--date", "2026-11-25", "--write")
        self.assertEqual(done.returncode, 0, done.stderr)
        expected = before.replace("## [Unreleased]\n", "## [Unreleased]\n\n"
                                  "## [1.5.0] - 2026-11-25\n", 1)
        with open(path, encoding="utf-8", newline="") as f:
            self.assertEqual(f.read(), expected)


def main():
    loader = unittest.defaultTestLoader
    Flow.world = World()
    # restic is the lab's
    os.environ["PATH"] = os.path.join(Flow.world.dir, "bin") + ":" + \
        os.environ["PATH"]
    try:
        tap.main(unittest.TestSuite(
            loader.loadTestsFromTestCase(case) for case in (
                Releases, GitHub, Changelog, Readiness, Backups)
            if case.__name__ in (sys.argv[1:] or [case.__name__])))
    finally:
        Flow.world.close()


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("1..0 # SKIP a real lab needs root")
        sys.exit(0)
    main()
