#!/usr/bin/env python3
"""vigie on the lab, as an operator would see it: what is shown, how fast a
death is seen, and every fault with its healing.

usage: test-flows.py [--light]"""

import json
import os
import pwd
import re
import socket
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import tap  # noqa: E402
from flows import LIGHT, Flow, World, kill, run  # noqa: E402

ENVIRONMENTS = ("local", "staging", "prod")
RFC3339 = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"
# The contract of `vigie status --json`: name, and what it may be besides null.
TIME = "time"
ENVIRONMENT = {"name": str, "status": str, "reasons": list, "stale": bool,
               "observed_at": TIME, "version": dict, "services": list,
               "host": dict, "probes": list}
VERSION = {"tag": str, "commit": str, "dirty": bool, "since": TIME}
SERVICE = {"name": str, "container": str, "status": str, "state": str,
           "health": str, "since": TIME, "restarts": int, "oom_killed": bool,
           "image": str, "digest": str, "cpu_percent": (int, float),
           "memory_bytes": int}
HOST = {"cpu_percent": (int, float), "load1": (int, float),
        "memory_percent": (int, float), "disk_percent": (int, float)}
PROBE = {"name": str, "url": str, "status": str, "http_code": int,
         "latency_ms": (int, float), "tls_days_left": (int, float)}


class Contract(Flow):
    def check(self, value, shape, where):
        for key, kind in shape.items():
            self.assertIn(key, value, where)
            if value[key] is None:
                continue
            if kind == TIME:
                self.assertRegex(value[key], RFC3339, f"{where}.{key}")
            else:
                self.assertIsInstance(value[key], kind, f"{where}.{key}")

    def test_status_json_follows_the_contract(self):
        status = self.world.status("--wait")
        self.check(status, {"project": str, "observed_at": TIME,
                            "environments": list}, "top")
        self.assertEqual([e["name"] for e in status["environments"]],
                         list(ENVIRONMENTS))
        for env in status["environments"]:
            self.check(env, ENVIRONMENT, env["name"])
            self.check(env["version"], VERSION, env["name"])
            self.check(env["host"], HOST, env["name"])
            self.assertTrue(env["services"], env["name"])
            self.assertTrue(env["probes"], env["name"])
            for service in env["services"]:
                self.check(service, SERVICE, f"{env['name']} service")
            for probe in env["probes"]:
                self.check(probe, PROBE, f"{env['name']} probe")

    def test_digests_are_those_of_the_engine(self):
        for env in self.world.status("--wait")["environments"]:
            for service in env["services"]:
                self.assertEqual(service["digest"], self.world.docker(
                    env["name"], "inspect", "-f", "{{.Image}}",
                    service["container"]))

    @unittest.skipIf(LIGHT, "stand-in engines have no hosts")
    def test_versions_are_those_of_the_checkouts(self):
        self.world.status("--wait")
        for name in ENVIRONMENTS:
            checkout = self.world.env["LAB_CHECKOUT_" + name.upper()]
            self.until(f"{name}'s commit", lambda: self.world.environment(
                name)["version"]["commit"] == head(checkout))
        self.assertEqual(self.world.environment("prod")["version"]["tag"],
                         "v1.4.0")
        self.assertTrue(self.world.environment("local")["version"]["dirty"])

    @unittest.skipIf(LIGHT, "stand-in engines have no hosts")
    def test_figures_of_containers_and_hosts_are_known(self):
        for name in ENVIRONMENTS:
            self.until(f"{name}'s figures", lambda: all(
                s["cpu_percent"] is not None and s["memory_bytes"]
                for s in self.world.environment(name)["services"]
                if s["state"] == "running"))
            host = self.world.environment(name)["host"]
            self.assertIsNotNone(host["cpu_percent"])
            self.assertIsNotNone(host["disk_percent"])

    def test_prometheus_text_is_well_formed(self):
        text = self.world.vigie("status", "--prometheus").stdout
        helped, typed, samples = set(), set(), set()
        sample = re.compile(
            r'^([a-z_:][a-z0-9_:]*)(\{([a-z_]+="(\\.|[^"\\\n])*",?)*\})? '
            r"(-?[0-9.e+-]+|NaN|[+-]Inf)$", re.I)
        for line in text.splitlines():
            if line.startswith("# HELP "):
                helped.add(line.split()[2])
            elif line.startswith("# TYPE "):
                self.assertIn(line.split()[2], helped)
                self.assertNotIn(line.split()[2], typed, "typed twice")
                typed.add(line.split()[2])
            else:
                self.assertRegex(line, sample)
                self.assertIn(sample.match(line).group(1), typed)
                self.assertNotIn(line.rsplit(" ", 1)[0], samples, "twice")
                samples.add(line.rsplit(" ", 1)[0])
        self.assertIn("vigie_service_status", typed)


def head(checkout):
    """The commit that a checkout stands on, read as git keeps it."""
    with open(os.path.join(checkout, ".git", "HEAD"), encoding="ascii") as f:
        text = f.read().strip()
    if not text.startswith("ref: "):
        return text
    path = os.path.join(checkout, ".git", text[5:])
    with open(path, encoding="ascii") as f:
        return f.read().strip()


class Death(Flow):
    def test_a_killed_container_is_seen_everywhere_at_once(self):
        world = self.world
        victim = world.env["LAB_PROD_DOCMOST"]
        world.screen("one")
        world.screen("two", width=200, height=60)
        world.screen("wall", "wall")
        for name in ("one", "two", "wall"):
            self.until(f"{name} shows prod",
                       lambda: "docmost" in world.look(name)
                       or (name == "wall" and "PROD" in world.look(
                           name).upper()))
        self.until("prod is well", lambda: self.well("prod"))
        try:
            world.docker("prod", "kill", victim)
            for name in ("one", "two", "wall"):
                self.until(f"{name} says why",
                           lambda: "137" in world.look(name), deadline=5,
                           step=0.01)
                self.assertLess(self.took, 1, name)
            plugin = world.vigie("status", "prod", "--plugin")
            self.assertEqual(plugin.returncode, 2, plugin.stdout)
            self.assertRegex(plugin.stdout, r"^VIGIE CRITICAL - .*docmost")
        finally:
            world.docker("prod", "start", victim)
        self.until("prod is well again", lambda: self.well("prod"),
                   deadline=60)
        for name in ("one", "two", "wall"):
            world.tmux("kill-session", "-t", name)

    def test_events_and_logs_are_streamed(self):
        world = self.world
        world.docker("local", "restart", "-t", "1",
                     world.env["LAB_LOCAL_BRIDGE"])
        self.until("the restart among the events", lambda: re.search(
            r"bridge\s+die", world.vigie("events", "local").stdout))
        logs = world.vigie("logs", "prod", "docmost", "--tail", "5")
        self.assertEqual(logs.returncode, 0, logs.stderr)
        self.assertLessEqual(len(logs.stdout.splitlines()), 5)
        self.assertTrue(all(line.startswith("docmost") for line in
                            logs.stdout.splitlines()), logs.stdout)


class Faults(Flow):
    def stale(self, name):
        return self.world.environment(name)["stale"]

    @unittest.skipIf(LIGHT, "stand-in engines have no sshd")
    def test_a_stopped_sshd_makes_its_environment_stale_alone(self):
        self.until("prod is fresh", lambda: not self.stale("prod"))
        self.world.lab("fault", "sshd-stop", "prod")
        try:
            self.until("prod is stale", lambda: self.stale("prod"),
                       deadline=20)
            # What was judged crit in a busy minute goes stale part by part.
            self.until_status("prod", "unknown", deadline=60)
            self.assertFalse(self.stale("local"))
            self.assertFalse(self.stale("staging"))
        finally:
            self.world.lab("heal", "sshd-stop", "prod")
        self.until("prod is fresh again", lambda: not self.stale("prod"),
                   deadline=90)

    @unittest.skipIf(LIGHT, "stand-in engines are not killed here")
    def test_a_killed_engine_is_told_and_heals(self):
        self.until("staging is fresh", lambda: not self.stale("staging"))
        self.world.lab("fault", "engine-kill", "staging")
        try:
            self.until("staging is stale or unknown", lambda:
                       self.world.environment("staging")["status"]
                       in ("unknown", "crit"), deadline=30)
        finally:
            self.world.lab("heal", "engine-kill", "staging")
        self.until("staging is well", lambda: self.well("staging"),
                   deadline=90)

    @unittest.skipIf(LIGHT, "stand-in engines have no sshd")
    def test_a_changed_host_key_is_refused_with_the_mending_command(self):
        self.world.lab("fault", "hostkey-change", "staging")
        try:
            link = self.until("the link is refused", lambda: [
                env["link"] for env in [self.world.environment("staging")]
                if env["link"]["error"] and "SHA256:" in env["link"]["error"]],
                deadline=60)[0]
            self.assertIn("ssh-keygen", link["error"])
        finally:
            self.world.lab("heal", "hostkey-change", "staging")
        self.until("staging is fresh again", lambda: not self.stale("staging"),
                   deadline=120)

    def probe(self, env, name):
        for probe in self.world.environment(env)["probes"]:
            if probe["name"] == name:
                return probe
        raise KeyError(name)

    @unittest.skipIf(LIGHT, "stand-in engines have one certificate")
    def test_expired_and_self_signed_certificates_are_told_apart(self):
        for fault, word in (("tls-expired", "expired"),
                            ("tls-self-signed", "certificate")):
            self.world.lab("fault", fault, "prod")
            try:
                self.world.vigie("refresh", "prod")
                reasons = self.until(f"{fault} shows", deadline=60, step=0.2,
                                     predicate=lambda: [
                                         r for r in self.probe(
                                             "prod", "wiki")["reasons"]
                                         if word in r and "left" not in r])
                self.assertTrue(reasons)
                days = self.probe("prod", "wiki")["tls_days_left"]
                self.assertIsNotNone(days, "dates of a refused certificate")
                if fault == "tls-expired":
                    self.assertLess(days, 0)
            finally:
                self.world.lab("heal", fault, "prod")
        self.world.vigie("refresh", "prod")
        self.until("the certificate is good again", deadline=90, step=0.2,
                   predicate=lambda: self.probe("prod", "wiki")[
                       "tls_days_left"] in (23, 24))

    def test_the_server_killed_is_started_again_by_the_console(self):
        world = self.world
        world.screen("survivor")
        self.until("it shows", lambda: "docmost" in world.look("survivor"))
        before = world.server_pid()
        kill(before)
        self.until("another server runs", lambda: world.server_pid()
                   not in (None, before))
        self.until("it shows again", lambda: "docmost" in world.look(
            "survivor"))
        self.assertEqual(world.status("--wait")["project"], "formation-hub")
        world.tmux("kill-session", "-t", "survivor")

    def test_a_killed_console_costs_nothing(self):
        world = self.world
        world.screen("victim")
        self.until("it shows", lambda: "docmost" in world.look("victim"))
        before = world.server_pid()
        kill(world.screen_pid("victim"))
        self.assertEqual(world.status()["project"], "formation-hub")
        self.assertEqual(world.server_pid(), before)
        world.tmux("kill-session", "-t", "victim")

    def test_a_bad_configuration_leaves_the_old_one_in_force(self):
        world = self.world
        with open(world.config, encoding="utf-8") as f:
            good = f.read()
        try:
            with open(world.config, "a", encoding="utf-8") as f:
                f.write("\nenviroments: {}\n")
            check = world.vigie("config", "check")
            self.assertNotEqual(check.returncode, 0)
            self.assertRegex(check.stderr, r":\d+:\d+: .*environments")
            notices = self.until("a notice", lambda: world_notices(world))
            self.assertIn("refused", notices[0]["text"])
        finally:
            with open(world.config, "w", encoding="utf-8") as f:
                f.write(good)
        self.until("the notice is gone", lambda: not world_notices(world))


def world_notices(world):
    """Read through the socket: the file is broken, so vigie itself cannot."""
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(socket_path(world))
        lines = s.makefile("rw", encoding="utf-8")
        for message in ({"id": 1, "op": "hello", "protocol": 1},
                        {"id": 2, "op": "subscribe"}):
            lines.write(json.dumps(message) + "\n")
        lines.flush()
        for line in lines:
            answer = json.loads(line)
            if answer["type"] == "snapshot":
                return [n for n in answer["model"]["notices"]
                        if n["key"] == "config"]
    return []


def socket_path(world):
    with open(world.config, encoding="utf-8") as f:
        return re.search(r'^socket: *"?([^"\s]+)', f.read(), re.M).group(1)


class Roles(Flow):
    ACTS = ("shell", "refresh", "reload", "stop", "deploy", "plan", "confirm",
            "nonsense")

    def answers(self, uid, config):
        """What a user gets for every act, through the raw socket."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.setgroups([])
                os.setuid(uid)
                text = json.dumps(self.converse(config))
                os.write(writer, text.encode())
                code = 0
            finally:
                os._exit(code)
        os.close(writer)
        with os.fdopen(reader) as f:
            text = f.read()
        os.waitpid(pid, 0)
        return json.loads(text)

    def converse(self, path):
        codes = {}
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(path)
            lines = s.makefile("rw", encoding="utf-8")
            lines.write('{"id":1,"op":"hello","protocol":1}\n')
            lines.flush()
            welcome = json.loads(lines.readline())
            codes["hello"] = welcome.get("role") or welcome["code"]
            if "role" not in welcome:
                return codes
            for number, op in enumerate(self.ACTS, 2):
                lines.write(json.dumps({
                    "id": number, "op": op, "environment": "prod",
                    "container": "x"}) + "\n")
                lines.flush()
                codes[op] = json.loads(lines.readline()).get("code")
        return codes

    @unittest.skipUnless(os.geteuid() == 0, "other users need root")
    def test_a_viewer_is_refused_every_act_on_the_raw_socket(self):
        world = self.world
        nobody = pwd.getpwnam("nobody").pw_uid
        path = os.path.join(world.top, "open.sock")
        config = os.path.join(world.top, "open.yaml")
        with open(world.config, encoding="utf-8") as f:
            text = f.read()
        text = re.sub(r"^socket:.*$", f"socket: {path}", text, flags=re.M)
        text = re.sub(r"^state:.*$", f"state: {world.top}/open-state", text,
                      flags=re.M)
        text = re.sub(r"^viewers:.*$", "viewers: [nobody]", text, flags=re.M)
        with open(config, "w", encoding="utf-8") as f:
            f.write(text)
        try:
            self.assertIn(world.vigie("status", config=config).returncode,
                          (0, 1, 2, 3))
            got = self.answers(nobody, path)
            self.assertEqual(got.pop("hello"), "viewer")
            self.assertEqual(set(got.values()), {"not_permitted"}, got)
            stranger = pwd.getpwnam("daemon").pw_uid
            self.assertEqual(self.answers(stranger, path),
                             {"hello": "not_permitted"})
        finally:
            world.vigie("server", "--stop", config=config)


class Languages(Flow):
    def test_a_french_screen_without_an_installed_locale(self):
        self.world.screen("fr", env={"LANG": "fr_FR.UTF-8",
                                     "LC_ALL": "fr_FR.UTF-8"})
        self.until("French words", lambda: re.search(
            r"aide|quitter|filtre", self.world.look("fr")))
        self.world.tmux("kill-session", "-t", "fr")

    def test_an_ascii_screen_without_colours(self):
        self.world.screen("plain", env={"LANG": "C", "LC_ALL": "C",
                                        "NO_COLOR": "1"})
        self.until("it shows", lambda: "docmost" in self.world.look("plain"))
        text = self.world.tmux("capture-pane", "-e", "-p", "-t",
                               "plain").stdout
        self.assertTrue(text.isascii(), text)
        # 39 and 49 are the terminal's own colours.
        self.assertNotRegex(text, r"\x1b\[(3[0-8]|4[0-8]|9\d|10\d)\b")
        self.world.tmux("kill-session", "-t", "plain")


class Releases(Flow):
    def releases(self):
        done = self.world.vigie("releases", "--json")
        return json.loads(done.stdout)["items"]

    def item(self, tag):
        return next((i for i in self.releases() if i["tag"] == tag), {})

    def test_releases_are_in_order_with_where_they_run(self):
        self.until("prod's version", lambda:
                   self.item("v1.4.0").get("environments") == ["prod"])
        self.assertEqual([i["tag"] for i in self.releases()][-5:],
                         ["v1.4.0", "v1.3.2", "v1.3.1", "v1.3.0", "v1.2.0"])
        self.assertEqual(self.item("v1.4.0")["bump"], "minor")
        self.assertIn("Session expiry", self.item("v1.4.0")["notes"])
        self.assertEqual(self.item("v1.2.0")["author"], "corentin")

    def test_a_pushed_tag_appears(self):
        origin = self.world.env["LAB_ORIGIN"]
        done = run("git", "-c", "safe.directory=*", "-c", "user.name=yan",
                   "-c", "user.email=yan@acadenice.fr", "-C", origin, "tag",
                   "-a", "v1.10.0", "-m", "Release v1.10.0", "main")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.until("the new tag", lambda: self.item("v1.10.0"))
        self.assertEqual(self.releases()[0]["tag"], "v1.10.0")


def main():
    Flow.world = World()
    try:
        loader = unittest.defaultTestLoader
        tap.main(unittest.TestSuite(
            loader.loadTestsFromTestCase(case)
            for case in (Contract, Releases, Death, Faults, Roles,
                         Languages)))
    finally:
        Flow.world.close()


if __name__ == "__main__":
    main()
