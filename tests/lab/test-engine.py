#!/usr/bin/env python3
"""The stand-in engine against raw HTTP, and against the docker client where
there is one. Run it from anywhere."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

import tap

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from standin import container as shapes  # noqa: E402
from standin import seed  # noqa: E402
from standin.ctl import ask  # noqa: E402
from standin.testing import (  # noqa: E402
    DEADLINE, ENGINE, NAME, Case, Client, frames)


class Reading(Case):
    options = ("--tty", "redis", "--no-health", "postgres",
               "--stats-delay", "0.05")

    def test_ping_and_version(self):
        status, headers, data = self.call("GET", "/_ping")
        self.assertEqual((status, data), (200, b"OK"))
        self.assertEqual(headers["Api-Version"], "1.41")
        version = self.get("/version")
        self.assertEqual(version["ApiVersion"], "1.41")
        self.assertEqual(version["MinAPIVersion"], "1.12")
        self.assertEqual(self.call("HEAD", "/_ping")[0], 200)

    def test_negotiation(self):
        status, _, data = self.call("GET", "/v1.50/info")
        self.assertEqual(status, 400)
        self.assertIn("too new. Maximum supported API version is 1.41",
                      json.loads(data)["message"])
        self.assertEqual(self.call("GET", "/v1.11/info")[0], 400)

    def test_info(self):
        info = self.get("/v1.41/info")
        self.assertEqual(info["ContainersRunning"], 5)
        self.assertEqual(info["CgroupVersion"], "2")
        self.assertIn("stand-in", info["OperatingSystem"])

    def test_keep_alive_and_pipelined_order(self):
        client = self.client()
        for _ in range(3):
            client.send("GET", "/_ping")
        for _ in range(3):
            self.assertEqual(client.reply()[2], b"OK")

    def test_list(self):
        entries = self.get("/v1.41/containers/json?all=1")
        self.assertEqual(len(entries), 5)
        entry = next(e for e in entries if e["Names"] == ["/" + NAME])
        self.assertRegex(entry["Id"], "^[0-9a-f]{64}$")
        self.assertRegex(entry["ImageID"], "^sha256:[0-9a-f]{64}$")
        self.assertEqual(entry["State"], "running")
        self.assertRegex(entry["Status"], r"^Up .* \(healthy\)$")
        self.assertEqual(
            entry["Labels"]["com.docker.compose.service"], "bridge")
        self.assertIsInstance(entry["Created"], int)
        self.assertNotIn("Health", entry)

    def test_filters(self):
        def names(**filters):
            return sorted(
                e["Labels"]["com.docker.compose.service"] for e in self.get(
                    "/v1.41/containers/json?filters=" +
                    urllib.parse.quote(json.dumps(filters))))
        label = "com.docker.compose.service=redis"
        self.assertEqual(names(label=[label]), ["redis"])
        self.assertEqual(names(label={label: True}), ["redis"])
        self.assertEqual(names(name=["hub-(redis|bridge)"]),
                         ["bridge", "redis"])
        self.assertEqual(names(status=["exited"]), [])
        self.assertEqual(names(health=["none"]), ["postgres"])
        for wrong, wanted in (("{", 500), ('{"nosuch":["x"]}', 400),
                              ('{"status":["odd"]}', 400),
                              ('{"name":["("]}', 400)):
            status, _, data = self.call(
                "GET", "/v1.41/containers/json?filters=" +
                urllib.parse.quote(wrong))
            self.assertEqual(status, wanted, wrong)
            self.assertIn("message", json.loads(data))

    def test_inspect(self):
        one = self.get("/v1.41/containers/%s/json" % NAME)
        self.assertEqual(one["Name"], "/" + NAME)
        self.assertEqual(one["State"]["Health"]["Status"], "healthy")
        self.assertEqual(one["State"]["FinishedAt"], "0001-01-01T00:00:00Z")
        self.assertLessEqual(len(one["State"]["Health"]["Log"]), 5)
        self.assertEqual(one["RestartCount"], 0)
        self.assertFalse(one["Config"]["Tty"])
        again = self.get("/v1.41/containers/%s/json" % one["Id"][:12])
        self.assertEqual(again["Id"], one["Id"])
        bare = self.get("/v1.41/containers/formation-hub-postgres-1/json")
        self.assertNotIn("Health", bare["State"])
        image = self.get("/v1.41/images/%s/json" % one["Image"])
        self.assertEqual(image["Id"], one["Image"])
        self.assertEqual(image["RepoTags"], [one["Config"]["Image"]])
        self.assertIn(image["Id"], [
            i["Id"] for i in self.get("/v1.41/images/json")])

    def test_not_found(self):
        status, _, data = self.call("GET", "/v1.41/containers/nosuch/json")
        self.assertEqual(status, 404)
        self.assertEqual(json.loads(data)["message"],
                         "No such container: nosuch")
        status, _, data = self.call("GET", "/v1.41/nosuch")
        self.assertEqual((status, json.loads(data)["message"]),
                         (404, "page not found"))
        self.assertEqual(self.call("GET", "/images/nosuch/json")[0], 404)

    def test_stats(self):
        one = self.get("/v1.41/containers/%s/stats?stream=0" % NAME)
        now, before = one["cpu_stats"], one["precpu_stats"]
        self.assertGreater(now["cpu_usage"]["total_usage"],
                           before["cpu_usage"]["total_usage"])
        self.assertGreater(now["system_cpu_usage"],
                           before["system_cpu_usage"])
        self.assertIn("inactive_file", one["memory_stats"]["stats"])
        once = self.get(
            "/v1.41/containers/%s/stats?stream=0&one-shot=1" % NAME)
        self.assertNotIn("system_cpu_usage", once["precpu_stats"])
        client = self.client()
        client.send("GET", "/v1.41/containers/%s/stats" % NAME)
        client.head()
        samples = [json.loads(client.chunk()) for _ in range(2)]
        self.assertEqual(samples[1]["preread"], samples[0]["read"])

    def test_logs(self):
        base = "/v1.41/containers/%s/logs?" % NAME
        self.assertEqual(self.call("GET", base)[0], 400)
        _, _, data = self.call("GET", base + "stdout=1&stderr=1&tail=7")
        lines = list(frames(data))
        self.assertEqual(len(lines), 7)
        self.assertTrue(all(n in (1, 2) for n, _ in lines))
        _, _, data = self.call("GET", base + "stdout=1&timestamps=1&tail=3")
        stamps = [text.split(b" ")[0] for _, text in frames(data)]
        self.assertEqual(stamps, sorted(stamps))
        self.assertRegex(stamps[0].decode(),
                         r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$")
        _, _, data = self.call(
            "GET", base + "stdout=1&stderr=1&since=%d" % (time.time() + 99))
        self.assertEqual(data, b"")
        _, _, same = self.call("GET", base + "stdout=1&stderr=1&tail=7"
                               "&until=%d" % (time.time() - 60))
        self.assertEqual(len(list(frames(same))), 7)

    def test_log_follow_and_long_line(self):
        client = self.client()
        client.send("GET", "/v1.41/containers/%s/logs?stdout=1&stderr=1"
                    "&follow=1&tail=0" % NAME)
        client.head()
        self.wait(lambda: ask(self.socket, "GET", "/_lab/state")[1][
            "connections"] > 1, "follower")
        self.fault("line", container="bridge", text="follow me")
        while True:
            stream, text = next(frames(client.chunk()))
            if text == b"follow me\n":
                break
        self.assertEqual(stream, 2)
        self.fault("big-line", container="bridge", mb=10)
        total = longest = 0
        while total < 10 << 20:
            data = client.chunk()
            for _, text in frames(data):
                total += len(text)
                longest = max(longest, len(text))
        self.assertEqual(longest, 16384)

    def test_tty_logs_have_no_frames(self):
        _, _, data = self.call("GET", "/v1.41/containers/formation-hub-"
                               "redis-1/logs?stdout=1&tail=2")
        self.assertTrue(data.startswith(b"1:M "), data[:40])

    def test_exec_is_refused(self):
        self.assertEqual(self.call("POST", "/v1.41/containers/%s/exec"
                                   % NAME)[0], 501)


class Acting(Case):
    def state(self, name=NAME):
        return self.get("/v1.41/containers/%s/json" % name)

    def test_kill_and_start(self):
        events = self.events(type=["container"], container=[NAME])
        self.assertEqual(self.call(
            "POST", "/v1.41/containers/%s/kill" % NAME)[0], 204)
        self.assertEqual(self.actions(events, 1), ["kill"])
        die = json.loads(events.chunk())
        self.assertEqual(die["Action"], "die")
        self.assertEqual(die["status"], "die")
        self.assertEqual(die["Actor"]["Attributes"]["exitCode"], "137")
        self.assertEqual(die["Actor"]["Attributes"]["name"], NAME)
        self.assertEqual(die["timeNano"] // 10**9, die["time"])
        self.assertEqual(self.state()["State"]["Status"], "exited")
        self.assertEqual(self.call(
            "POST", "/v1.41/containers/%s/kill" % NAME)[0], 409)
        self.assertEqual(self.call(
            "POST", "/v1.41/containers/%s/start" % NAME)[0], 204)
        self.assertEqual(self.call(
            "POST", "/v1.41/containers/%s/start" % NAME)[0], 304)
        self.assertEqual(self.actions(events, 2),
                         ["start", "health_status: healthy"])

    def test_stop_restart_pause(self):
        name = "formation-hub-redis-1"
        events = self.events(type=["container"], container=[name])
        for verb in ("stop", "start", "restart", "pause", "unpause"):
            self.assertEqual(self.call(
                "POST", "/v1.41/containers/%s/%s" % (name, verb))[0], 204)
        seen = [a for a in self.actions(events, 11)
                if not a.startswith("health")]
        self.assertEqual(seen[:11], [
            "kill", "die", "stop", "start", "kill", "die", "stop", "start",
            "restart", "pause", "unpause"][:len(seen)])
        self.assertEqual(self.call(
            "POST", "/v1.41/containers/%s/unpause" % name)[0], 409)

    def test_crash_and_oom_restart_by_policy(self):
        name = "formation-hub-docmost-1"
        events = self.events(type=["container"], container=[name],
                             event=["oom", "die", "start"])
        self.fault("oom", container="docmost")
        self.assertEqual(self.actions(events, 3), ["oom", "die", "start"])
        self.fault("die", container="docmost", code=3)
        self.assertEqual(self.actions(events, 2), ["die", "start"])
        self.assertEqual(self.state(name)["RestartCount"], 2)
        self.fault("oom", container="docmost", restart="no")
        state = self.state(name)["State"]
        self.assertTrue(state["OOMKilled"])
        self.assertEqual(state["ExitCode"], 137)
        self.fault("start", container="docmost")
        self.assertFalse(self.state(name)["State"]["OOMKilled"])

    def test_health(self):
        name = "formation-hub-baserow-1"
        events = self.events(event=["health_status"])
        self.fault("flap", container="baserow", times=4, period=0.01)
        self.assertEqual(
            [a for a in self.actions(events, 4) if "health" in a],
            ["health_status: unhealthy", "health_status: healthy"] * 2)
        self.fault("unhealthy", container="baserow")
        health = self.state(name)["State"]["Health"]
        self.assertEqual(health["Status"], "unhealthy")
        self.assertGreaterEqual(health["FailingStreak"], 3)

    def test_recreate_and_remove(self):
        events = self.events(type=["container"], event=[
            "create", "destroy", "start"])
        ref = "postgres:17"
        before = self.state("formation-hub-postgres-1")
        self.fault("recreate", container="postgres", image=ref)
        self.assertEqual(self.actions(events, 3),
                         ["destroy", "create", "start"])
        after = self.state("formation-hub-postgres-1")
        self.assertNotEqual(before["Image"], after["Image"])
        self.assertEqual(after["Config"]["Image"], ref)
        self.fault("create", service="worker", count=2)
        self.fault("remove", container="formation-hub-worker-*")

    def test_hostile_names_are_served_raw(self):
        self.fault("create", service="hostile", count=7)
        events = self.events(event=["rename"])
        self.fault("hostile-names", container="formation-hub-hostile-*")
        raw = [events.chunk() for _ in range(7)]
        self.assertTrue(any(b"\xff" in line for line in raw))
        self.assertEqual(len(ask(self.socket, "GET", "/_lab/state")[1][
            "containers"]), 12)
        status, _, data = self.call("GET", "/v1.41/containers/json")
        self.assertEqual(status, 200)
        self.assertIn(b"\\u001b[2J", data)
        self.assertIn("\u202e".encode(), data)
        self.assertIn(b"\xc2\x9b", data)
        self.fault("remove", container="*hostile*")


class Versions(Case):
    options = ("--api", "1.44-1.52", "--cgroup", "1", "--stats-delay", "0.01")

    def test_newer_shapes(self):
        self.assertEqual(self.call("GET", "/v1.41/info")[0], 400)
        self.assertEqual(self.call("GET", "/v1.52/info")[0], 200)
        entry = self.get("/v1.52/containers/json")[0]
        self.assertEqual(entry["Health"]["Status"], "healthy")
        client = self.client()
        client.send("GET", "/v1.52/events")
        client.head()
        self.fault("pause", container="redis")
        event = json.loads(client.chunk())
        self.assertNotIn("status", event)
        self.assertEqual(event["Action"], "pause")
        client = self.client()
        client.send("GET", "/v1.52/containers/%s/logs?stdout=1" % NAME)
        self.assertEqual(client.head()[1]["Content-Type"],
                         "application/vnd.docker.multiplexed-stream")

    def test_cgroup_v1(self):
        one = self.get("/containers/%s/stats?stream=0" % NAME)
        self.assertIn("total_inactive_file", one["memory_stats"]["stats"])
        self.assertEqual(sum(one["cpu_stats"]["cpu_usage"]["percpu_usage"]),
                         one["cpu_stats"]["cpu_usage"]["total_usage"])


class Labels(Case):
    options = ("--services", "bridge,postgres-baserow", "--image",
               "bridge=reg/bridge:v1.3.2", "--label",
               "bridge:org.opencontainers.image.revision=abc123")

    def test_image_labels(self):
        revision = "org.opencontainers.image.revision"
        one = self.get("/v1.41/containers/%s/json" % NAME)
        self.assertEqual(one["Config"]["Labels"][revision], "abc123")
        image = self.get("/v1.41/images/reg/bridge:v1.3.2/json")
        self.assertEqual(image["Config"]["Labels"][revision], "abc123")
        self.fault("recreate", image="reg/bridge:v1.4.0", revision="def456")
        one = self.get("/v1.41/containers/%s/json" % NAME)
        self.assertEqual(one["Config"]["Labels"][revision], "def456")

    def test_a_service_like_another(self):
        one = self.get(
            "/v1.41/containers/formation-hub-postgres-baserow-1/json")
        self.assertEqual(one["Config"]["Image"], "postgres:18")


class Scale(Case):
    options = ("--containers", "4995", "--stats-delay", "0")

    @staticmethod
    def rss(process):
        with open("/proc/%d/status" % process.pid, encoding="ascii") as f:
            return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1]) // 1024

    def test_five_thousand(self):
        self.assertEqual(len(self.get("/v1.41/containers/json")), 5000)
        start = time.monotonic()
        self.get("/v1.41/containers/json")
        self.assertLess(time.monotonic() - start, 2)
        self.assertLess(self.rss(self.process), 120)

    def test_twenty_engines(self):
        process = self.begin("--engines", "20", "--socket-dir", self.dir,
                             "--containers", "95")
        names = set()
        for n in range(20):
            status, data = ask("%s/engine-%02d.sock" % (self.dir, n + 1),
                               "GET", "/containers/json")
            self.assertEqual((status, len(data)), (200, 100))
            names.update(entry["Id"] for entry in data)
        self.assertEqual(len(names), 2000)
        self.assertLess(self.rss(process), 120)


class Sites(Case):
    @classmethod
    def setUpClass(cls):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            cls.port = free.getsockname()[1]
        cls.options = ("--http", str(cls.port))
        super().setUpClass()

    def page(self, path):
        sock = socket.create_connection(("127.0.0.1", self.port), DEADLINE)
        self.addCleanup(sock.close)
        client = Client.__new__(Client)
        client.sock, client.data = sock, b""
        client.send("GET", path)
        status, _, data = client.reply()
        return status, data

    def test_pages_follow_the_containers(self):
        status, data = self.page("/api/health")
        self.assertEqual((status, json.loads(data)["status"]), (200, "ok"))
        self.assertEqual(self.page("/api/_health/"), (200, b"OK"))
        self.assertEqual(self.page("/health")[0], 200)
        self.fault("status", match="page:/api/_health", code=500)
        self.assertEqual(self.call("GET", "/_ping")[0], 200)
        self.assertEqual(self.page("/api/_health/")[0], 500)
        self.assertEqual(self.page("/health")[0], 200)
        self.fault("stop", container="redis")
        status, data = self.page("/api/health")
        self.assertEqual(status, 503)
        self.assertIn("redis", json.loads(data)["error"])
        self.fault("stop", container="bridge")
        self.assertEqual(self.page("/health")[0], 502)


@unittest.skipUnless(shutil.which("docker"), "no docker client here")
class DockerClient(Case):
    def docker(self, *arguments):
        done = subprocess.run(
            ["docker", "-H", "unix://" + self.socket, *arguments],
            capture_output=True, timeout=DEADLINE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode()

    def test_ps_logs_inspect(self):
        self.assertIn(NAME, self.docker("ps"))
        self.assertEqual(
            self.docker("ps", "-q", "--filter",
                        "label=com.docker.compose.service=bridge"),
            self.docker("inspect", "-f", "{{slice .Id 0 12}}", NAME))
        done = subprocess.run(
            ["docker", "-H", "unix://" + self.socket, "logs", "--tail", "4",
             NAME], capture_output=True, timeout=DEADLINE, check=True)
        self.assertEqual((done.stdout + done.stderr).count(b"\n"), 4)
        self.assertIn("stand-in", self.docker("info"))
        self.assertIn("docmost/docmost", self.docker("images"))

    def test_events(self):
        start = str(time.time())
        self.docker("kill", NAME)
        self.docker("start", NAME)
        seen = self.docker("events", "--since", start, "--until",
                           str(time.time()), "--filter", "type=container",
                           "--format", "{{.Action}}").split("\n")
        self.assertEqual(seen[:3], ["kill", "die", "start"])


class Pieces(unittest.TestCase):
    """What needs no engine."""

    def test_human(self):
        for seconds, text in ((0, "Less than a second"), (1, "1 second"),
                              (59, "59 seconds"), (60, "About a minute"),
                              (3599, "59 minutes"), (3600, "About an hour"),
                              (5400, "2 hours"), (172800, "2 days"),
                              (1300000, "2 weeks")):
            self.assertEqual(shapes.human(seconds * shapes.SECOND), text)

    def test_stamp(self):
        self.assertEqual(shapes.stamp(0), "0001-01-01T00:00:00Z")
        self.assertEqual(shapes.stamp(1_500_000_000),
                         "1970-01-01T00:00:01.5Z")

    def test_wave_never_goes_back(self):
        wave = seed.Wave(2.0, 0.8, 7)
        sums = [wave.sum(t / 3) for t in range(3000)]
        self.assertEqual(sums, sorted(sums))


class CommandLine(unittest.TestCase):
    def test_daemon_and_fault_command(self):
        with tempfile.TemporaryDirectory(prefix="engine-") as where:
            path, pid = where + "/s", where + "/pid"

            def run(*arguments):
                return subprocess.run([ENGINE, *arguments], timeout=DEADLINE,
                                      capture_output=True, check=False)
            self.assertEqual(run("--socket", path, "--daemon", "--pid-file",
                                 pid).returncode, 0)
            try:
                self.assertNotEqual(run("--socket", path).returncode, 0)
                self.assertEqual(run("fault", "--socket", path, "die",
                                     "restart=no").returncode, 0)
                self.assertEqual(run("fault", "--socket", path,
                                     "nosuch").returncode, 1)
                self.assertIn(b"half-body", run("fault", "--socket", path,
                                                "--list").stdout)
                state = json.loads(run("state", "--socket", path).stdout)
                self.assertEqual(state["containers"][NAME]["state"],
                                 "exited")
            finally:
                with open(pid, encoding="ascii") as f:
                    os.kill(int(f.read()), 15)
            end = time.monotonic() + DEADLINE
            while os.path.exists(path) or os.path.exists(pid):
                self.assertLess(time.monotonic(), end, "it does not end")
                time.sleep(0.02)


if __name__ == "__main__":
    tap.main()
