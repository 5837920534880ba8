#!/usr/bin/env python3
"""The stand-in GitHub alone, on an origin of its own; every request and reply
of it is then held against GitHub's OpenAPI description."""
import http.client
import json
import os
import re
import socket
import sys
import time
import unittest

import tap

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import openapi  # noqa: E402  (the path comes first)
from hub.testing import PROJECT, Case, recorded  # noqa: E402


class Reading(Case):
    def test_seeded_history(self):
        tags = [tag["name"] for tag in self.get("/tags")]
        self.assertEqual(tags[0], "v1.4.0")
        prod = self.get("/actions/workflows/deploy-prod.yml/runs")
        self.assertEqual(prod["total_count"], len(tags))
        self.assertEqual([r["head_branch"] for r in prod["workflow_runs"]], tags)
        for run in prod["workflow_runs"]:
            self.assertEqual(run["conclusion"], "success")
            said = self.get("/actions/runs/%d/approvals" % run["id"])
            self.assertEqual(said[0]["state"], "approved")
            self.assertNotEqual(said[0]["user"]["login"], run["actor"]["login"])
        sha = prod["workflow_runs"][0]["head_sha"]
        for file in ("ci.yml", "deploy-staging.yml", "e2e.yml"):
            self.assertEqual(self.newest(file, head_sha=sha)["conclusion"],
                "success")
        self.assertEqual(self.newest("nightly-backup-test.yml")["event"],
            "schedule")
        live = self.get("/deployments", environment="production")
        self.assertEqual(live[0]["ref"], "v1.4.0")
        states = [self.get("/deployments/%d/statuses" % d["id"])[0]["state"]
            for d in live]
        # nothing makes those of production inactive
        self.assertEqual(set(states), {"success"})
        staging = self.get("/deployments", environment="staging")
        states = [self.get("/deployments/%d/statuses" % d["id"])[0]["state"]
            for d in staging]
        self.assertEqual((states[0], set(states[1:])), ("success", {"inactive"}))

    def test_everything_is_there(self):
        sha = self.newest("ci.yml")["head_sha"]
        self.assertEqual(self.get("/user")["login"], "corentin")
        self.assertEqual(self.get("")["full_name"], "acadenice/formation-hub")
        self.assertEqual(self.get("/actions/workflows")["total_count"], 5)
        self.get("/actions/workflows/ci.yml")
        names = [e["name"] for e in self.get("/environments")["environments"]]
        self.assertEqual(names, ["staging", "production"])
        self.assertEqual(self.get("/commits/%s/status" % sha)["state"], "pending")
        self.lab("status", {"ref": "main", "context": "scan", "state": "failure"})
        self.assertEqual(self.get("/commits/main/status")["state"], "failure")
        checks = self.get("/commits/%s/check-runs" % sha, per_page=100)
        self.assertIn("docker-build", [c["name"] for c in checks["check_runs"]])
        self.assertEqual(len(self.get("/pulls")), 1)
        self.assertEqual(self.get("/issues", labels="critical", state="open"), [])
        number = self.lab("pull", {"labels": ["critical"]})["number"]
        self.lab("pull", {"labels": ["critical"], "issue": True})
        found = self.get("/issues", labels="critical", state="open")
        self.assertEqual([i["number"] for i in found if "pull_request" in i],
            [number])
        self.assertEqual(len(found), 2)
        self.assertEqual(self.get("/actions/runners")["runners"][0]["status"],
            "online")
        self.assertEqual(self.get("/releases")[0]["tag_name"], "v1.4.0")
        self.get("/branches/main")

    def test_git(self):
        compared = self.get("/compare/v1.3.2...v1.4.0")
        self.assertEqual((compared["status"], compared["ahead_by"]), ("ahead", 2))
        self.assertIn("CHANGELOG.md", [f["filename"] for f in compared["files"]])
        self.assertEqual(self.get("/compare/main...v1.4.0")["status"], "behind")
        ref = self.get("/git/ref/tags/v1.4.0")
        # annotated: what the ref holds is not what the tag stands for
        self.assertEqual(ref["object"]["type"], "tag")
        tag = self.get("/git/tags/" + ref["object"]["sha"])
        self.assertEqual(tag["object"]["sha"], self.get("/tags")[0]["commit"]["sha"])
        for path in ("/git/ref/tags/v9", "/compare/v9...main", "/commits/x/status",
                "/git/tags/--all", "/actions/runs/1", "/nothing"):
            self.assertEqual(self.call(PROJECT + path).status, 404, path)

    def test_a_304_costs_nothing(self):
        path = PROJECT + "/actions/runs?per_page=5"
        first = self.call(path)
        used = first.headers["x-ratelimit-used"]
        again = self.call(path, if_none_match=first.headers["etag"])
        self.assertEqual((again.status, again.body), (304, b""))
        self.assertEqual(again.headers["x-ratelimit-used"], used)
        self.assertEqual(again.headers["etag"], first.headers["etag"])
        other = self.call(path, if_none_match='W/"other"')
        self.assertEqual(other.status, 200)
        self.assertEqual(int(other.headers["x-ratelimit-used"]), int(used) + 1)
        counts = self.lab("requests")["counts"]
        self.assertEqual((counts["gets"], counts["not_modified"]), (3, 1))

    def test_pages(self):
        path, seen = PROJECT + "/actions/runs?per_page=7&branch=main", []
        while path:
            answer = self.call(path)
            page = answer.json
            seen += [run["id"] for run in page["workflow_runs"]]
            links = dict((rel, url) for url, rel in re.findall(
                r'<([^>]*)>; rel="(\w+)"', answer.headers.get("link", "")))
            following = links.get("next")
            if following:
                self.assertTrue(following.startswith(self.url + "/repos"))
            path = following[len(self.url):] if following else None
        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual(len(seen), page["total_count"])
        self.assertEqual(self.get("/tags", page=99), [])

    def test_filters(self):
        runs = self.get("/actions/runs", event="schedule")["workflow_runs"]
        self.assertEqual({r["event"] for r in runs}, {"schedule"})
        self.assertEqual(self.get("/actions/runs", status="failure")
            ["total_count"], 0)
        day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 10 * 86400))
        new = self.get("/actions/runs", created=">=" + day)["total_count"]
        old = self.get("/actions/runs", created="<" + day)["total_count"]
        self.assertEqual(new + old, self.get("/actions/runs")["total_count"])
        self.assertTrue(new and old)

    def test_who_may(self):
        self.assertEqual(self.call("/user", token="wrong").status, 401)
        self.assertEqual(self.call("/user", token=None).status, 401)
        self.assertEqual(self.call(PROJECT, token=None).status, 404)
        self.assertEqual(self.call(PROJECT, token="blind-secret").status, 404)
        for path, needs in (("/actions/runs", "actions=read"),
                ("/deployments", "deployments=read"),
                ("/actions/runners", "administration=read")):
            refused = self.call(PROJECT + path, token="weak-secret")
            self.assertEqual(refused.status, 403)
            self.assertEqual(refused.headers["x-accepted-github-permissions"],
                needs)
        self.assertEqual(self.call(PROJECT + "/tags", token="weak-secret").status,
            200)
        refused = self.post("/git/refs", {"ref": "refs/tags/v0", "sha": "0" * 40},
            "weak-secret")
        self.assertEqual(refused.headers["x-accepted-github-permissions"],
            "contents=write")
        self.assertNotIn("secret", json.dumps(self.lab("requests")))

    def test_spent_limit(self):
        self.lab("limit", {"login": "corentin", "used": 4999, "reset": 30})
        self.assertEqual(self.call(PROJECT).status, 200)
        spent = self.call(PROJECT)
        self.assertEqual(spent.status, 403)
        self.assertEqual(spent.headers["x-ratelimit-remaining"], "0")
        # asking how much is left is free
        self.assertEqual(self.get("/rate_limit")["rate"]["remaining"], 0)


class Acting(Case):
    def test_main_goes_to_staging_and_is_tested(self):
        work = os.path.join(self.dir, "w")
        self.git(self.dir, "clone", "-q", self.origin, work)
        self.git(work, "commit", "-q", "--allow-empty", "-m", "a change")
        self.git(work, "push", "-q", "origin", "HEAD:main")
        sha = self.git(work, "rev-parse", "HEAD").strip()
        ci = self.lab("push", {})["started"][0]["id"]
        for file in ("ci.yml", "deploy-staging.yml", "e2e.yml"):
            self.wait(file + " does not pass", lambda: [r for r in self.get(
                "/actions/workflows/%s/runs" % file, head_sha=sha)
                ["workflow_runs"] if r["conclusion"] == "success"])
        jobs = self.get("/actions/runs/%d/jobs" % ci, filter="latest")
        self.assertEqual(jobs["total_count"], 6)
        for job in jobs["jobs"]:
            self.assertEqual({s["conclusion"] for s in job["steps"]}, {"success"})
        self.assertEqual(self.get("/deployments", environment="staging")[0]["sha"],
            sha)
        with open(self.told, encoding="ascii") as f:
            self.assertIn("staging %s\n" % sha, f.read())

    def test_a_tag_waits_and_is_approved(self):
        run = self.tag("v1.5.0", "yan")
        pending = self.get("/actions/runs/%d/pending_deployments" % run["id"])
        self.assertEqual([r["reviewer"]["login"] for r in pending[0]["reviewers"]],
            ["yan", "corentin"])
        self.assertTrue(pending[0]["current_user_can_approve"])
        decided = self.decide(run, "approved")
        self.assertEqual(decided.status, 200, decided.body)
        self.assertEqual(decided.json[0]["ref"], "v1.5.0")
        run = self.completed(run["id"])
        self.assertEqual(run["conclusion"], "success")
        said = self.get("/actions/runs/%d/approvals" % run["id"])
        self.assertEqual((said[0]["state"], said[0]["user"]["login"]),
            ("approved", "corentin"))
        newest = self.get("/deployments", environment="production")[0]
        states = [s["state"] for s in self.get(
            "/deployments/%d/statuses" % newest["id"])]
        self.assertEqual(states, ["success", "in_progress", "pending"])
        with open(self.told, encoding="ascii") as f:
            self.assertIn("prod v1.5.0\n", f.read())
        # decided already
        self.assertEqual(self.post("/actions/runs/%d/pending_deployments" %
            run["id"], {"environment_ids": [902], "state": "approved",
            "comment": ""}).status, 422)

    def test_a_tag_is_rejected(self):
        run = self.tag("v1.5.1")
        self.assertEqual(self.decide(run, "rejected").status, 200)
        run = self.completed(run["id"])
        self.assertEqual(run["conclusion"], "failure")
        self.assertEqual(self.get("/actions/runs/%d/approvals" % run["id"])
            [0]["state"], "rejected")

    def test_nobody_reviews_himself(self):
        self.lab("environment", {"name": "production",
            "prevent_self_review": True})
        self.addCleanup(self.lab, "environment", {"name": "production",
            "prevent_self_review": False})
        run = self.tag("v1.5.2", "corentin")
        pending = self.get("/actions/runs/%d/pending_deployments" % run["id"])
        self.assertFalse(pending[0]["current_user_can_approve"])
        refused = self.decide(run, "approved")
        self.assertEqual(refused.status, 422)
        self.assertIn("No pending deployment", refused.json["message"])
        rules = self.get("/environments/production")["protection_rules"]
        self.assertTrue([r for r in rules if r.get("prevent_self_review")])
        self.assertEqual(self.decide(run, "approved", "yan-secret").status, 200)
        self.assertEqual(self.completed(run["id"])["conclusion"], "success")

    def test_no_gate(self):
        self.lab("environment", {"name": "production", "reviewers": []})
        self.addCleanup(self.lab, "environment", {"name": "production",
            "reviewers": ["yan", "corentin"]})
        self.assertEqual([r["type"] for r in self.get("/environments/production")
            ["protection_rules"]], ["branch_policy"])
        self.git(self.origin, "tag", "v1.5.3", "main")
        run = self.lab("push", {})["started"][0]
        self.assertEqual(self.completed(run["id"])["conclusion"], "success")
        self.assertEqual(self.get("/actions/runs/%d/approvals" % run["id"]), [])

    def test_the_deploy_fails(self):
        mark = os.path.join(self.dir, "deploy-fails")
        open(mark, "w", encoding="ascii").close()
        self.addCleanup(lambda: os.path.exists(mark) and os.unlink(mark))
        run = self.tag("v1.5.4")
        self.decide(run, "approved")
        self.assertEqual(self.completed(run["id"])["conclusion"], "failure")
        steps = self.get("/actions/runs/%d/jobs" % run["id"])["jobs"][0]["steps"]
        self.assertEqual([s["name"] for s in steps
            if s["conclusion"] == "failure"], ["Deploy via SSH"])
        os.unlink(mark)
        self.assertEqual(self.post("/actions/runs/%d/rerun" % run["id"]).status,
            201)
        run = self.wait("the rerun never waits", lambda: self.run_in(
            run["id"], "waiting"))
        self.assertEqual(run["run_attempt"], 2)
        self.decide(run, "approved")
        self.assertEqual(self.completed(run["id"])["conclusion"], "success")
        old = self.get("/actions/runs/%d/attempts/1/jobs" % run["id"])["jobs"]
        self.assertEqual(old[0]["conclusion"], "failure")

    def test_ci_fails_and_is_cancelled(self):
        self.lab("fail", {"workflow": "ci.yml", "job": "test-unit"})
        red = self.lab("run", {"workflow": "ci.yml", "event": "push"})
        red = self.completed(red["started"][0]["id"])
        self.assertEqual(red["conclusion"], "failure")
        jobs = self.get("/actions/runs/%d/jobs" % red["id"])["jobs"]
        said = {job["name"]: job["conclusion"] for job in jobs}
        self.assertEqual((said["test-unit"], said["docker-build"]),
            ("failure", "skipped"))
        self.lab("speed", {"speed": 0})
        self.addCleanup(self.lab, "speed", {"speed": 2000})
        run = self.post("/actions/workflows/e2e.yml/dispatches",
            {"ref": "main", "return_run_details": True}).json
        path = "/actions/runs/%d/cancel" % run["workflow_run_id"]
        self.assertEqual(self.post(path).status, 202)
        self.assertEqual(self.completed(run["workflow_run_id"])["conclusion"],
            "cancelled")
        self.assertEqual(self.post(path).status, 409)
        self.assertEqual(self.post("/actions/workflows/e2e.yml/dispatches",
            {"ref": "main"}).status, 204)
        self.assertEqual(self.post("/actions/workflows/ci.yml/dispatches",
            {"ref": "main"}).status, 422)

    def test_a_tag_made_here(self):
        sha = self.get("/branches/main")["commit"]["sha"]
        made = self.post("/git/tags", {"tag": "v1.6.0", "message": "Release",
            "object": sha, "type": "commit"})
        self.assertEqual(made.status, 201, made.body)
        ref = {"ref": "refs/tags/v1.6.0", "sha": made.json["sha"]}
        self.assertEqual(self.post("/git/refs", ref).status, 201)
        again = self.post("/git/refs", ref)
        self.assertEqual((again.status, again.json["message"]),
            (422, "Reference already exists"))
        self.assertEqual(self.newest("deploy-prod.yml")["head_branch"], "v1.6.0")
        self.assertEqual(self.git(self.origin, "cat-file", "-t", "v1.6.0").strip(),
            "tag")


class Faults(Case):
    def fault(self, name, match=".*", times=1, **params):
        self.lab("fault", {"name": name, "match": match, "times": times,
            "params": params})

    def test_statuses(self):
        for name, status, headers in (
                ("401", 401, {}), ("404", 404, {}), ("422", 422, {}),
                ("502", 502, {"content-type": "text/html; charset=utf-8"}),
                ("403-denied", 403, {"x-accepted-github-permissions":
                    "actions=read"}),
                ("403-limited", 403, {"x-ratelimit-remaining": "0"}),
                ("secondary", 403, {"retry-after": "60"}),
                ("429", 429, {"retry-after": "60"})):
            with self.subTest(name):
                self.fault(name)
                answer = self.call(PROJECT)
                self.assertEqual(answer.status, status)
                for header, value in headers.items():
                    self.assertEqual(answer.headers[header], value)
                self.assertEqual(self.call(PROJECT).status, 200)

    def test_half_a_body(self):
        self.fault("half-body", "GET .*/tags")
        with self.assertRaises(http.client.IncompleteRead):
            self.call(PROJECT + "/tags")

    def test_wrong_json(self):
        self.fault("wrong-json", kind="syntax")
        with self.assertRaises(ValueError):
            self.call(PROJECT + "/tags").json

    def test_hang(self):
        self.fault("hang")
        with socket.create_connection(("127.0.0.1", self.port)) as s:
            s.settimeout(0.3)
            s.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % (
                self.prefix + PROJECT).encode())
            with self.assertRaises(socket.timeout):
                s.recv(1)
        self.assertEqual(self.call(PROJECT).status, 200)

    def test_done_and_yet_502(self):
        self.fault("apply-then-502", "POST ")
        sha = self.get("/branches/main")["commit"]["sha"]
        ref = {"ref": "refs/tags/t-502", "sha": sha}
        self.assertEqual(self.post("/git/refs", ref).status, 502)
        self.assertEqual(self.get("/git/ref/tags/t-502")["object"]["sha"], sha)

    def test_foreign_link(self):
        self.fault("foreign-link", times=0, origin="http://127.0.0.2:9")
        for _ in range(2):
            self.assertIn("<http://127.0.0.2:9/",
                self.call(PROJECT + "/tags").headers["link"])
        self.lab("heal", {})
        self.assertNotIn("link", self.call(PROJECT + "/tags").headers)


class Enterprise(Case):
    prefix = "/api/v3"
    options = ("--no-limits",)

    def test_base_path(self):
        answer = self.call(PROJECT + "/actions/runs?per_page=2")
        self.assertIn("<%s/repos/" % self.url, answer.headers["link"])
        self.assertTrue(answer.json["workflow_runs"][0]["url"].startswith(
            self.url))
        # an Enterprise has no limit unless somebody sets one
        self.assertNotIn("x-ratelimit-limit", answer.headers)
        self.assertEqual(self.call("/rate_limit").status, 404)
        self.prefix = ""
        self.assertEqual(self.call(PROJECT).status, 404)


class Description(unittest.TestCase):
    """Last, as it judges what the others have recorded."""

    maxDiff = None

    def test_everything_recorded(self):
        self.assertGreater(len(recorded), 100)
        try:
            found = openapi.check([r for r in recorded
                if r["method"] != "GET" or not r["path"].endswith("/nothing")])
        except openapi.Missing as e:
            self.skipTest("NOT CHECKED against GitHub's description: %s" % e)
        self.assertEqual("\n".join("%(operation)s: %(text)s" % v
            for v in found["violations"]), "")
        self.assertGreater(len(found["operations"]), 30)

    def test_it_sees_what_is_wrong(self):
        bad = [{"method": "GET", "path": PROJECT + "/actions/runs", "query":
            "status=green&colour=1", "body": None, "status": 200,
            "reply": '{"total_count":1,"workflow_runs":[{"id":"x"}]}'},
            {"method": "POST", "path": PROJECT + "/git/refs", "query": "",
            "body": {"ref": "refs/tags/v1"}, "status": 201, "reply": "{}"}]
        try:
            found = "\n".join(openapi.violations(bad))
        except openapi.Missing as e:
            self.skipTest(str(e))
        for text in ("colour is not known", "status=green", "workflow_runs/0",
                "body: / must have required property 'sha'", "201: "):
            self.assertIn(text, found)


def suite():
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    return unittest.TestSuite(load(case) for case in (
        Reading, Acting, Faults, Enterprise, Description))


if __name__ == "__main__":
    tap.main(suite())
