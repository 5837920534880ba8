#!/usr/bin/env python3
"""The stand-in engine's faults are the ones that were asked for."""
import json
import os
import socket
import sys
import time
import unittest

import tap

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from standin.ctl import ask  # noqa: E402
from standin.testing import NAME, Case  # noqa: E402


class Faulty(Case):
    LIST = "/v1.41/containers/json"

    def broken(self, name, **params):
        self.fault(name, "containers/json", **params)
        self.one = self.client()
        self.one.send("GET", self.LIST)

    def test_scope(self):
        self.fault("status", "containers/json", times=2, code=502,
                   html=True)
        self.assertEqual(self.call("GET", "/_ping")[0], 200)
        for wanted in (502, 502, 200):
            self.assertEqual(self.call("GET", self.LIST)[0], wanted)
        self.fault("status", times=0)
        for _ in range(3):
            self.assertEqual(self.call("GET", self.LIST)[0], 500)
        ask(self.socket, "POST", "/_lab/reset", {})
        self.assertEqual(self.call("GET", self.LIST)[0], 200)

    def test_drop_and_garbage(self):
        self.broken("drop")
        with self.assertRaises((EOFError, ConnectionError)):
            self.one.reply()
        self.broken("garbage")
        with self.assertRaises((EOFError, ConnectionError)):
            self.one.head()

    def test_half_body(self):
        self.broken("half-body")
        status, _ = self.one.head()
        self.assertEqual(status, 200)
        with self.assertRaises(EOFError) as caught:
            while True:
                self.one.chunk()
        self.assertNotIn("b''", str(caught.exception))

    def test_bad_json(self):
        self.broken("malformed")
        with self.assertRaises(ValueError):
            json.loads(self.one.reply()[2])
        self.broken("wrong-types")
        value = json.loads(self.one.reply()[2])
        self.assertIsInstance(value, list)
        self.broken("deep", depth=10000)
        self.assertEqual(self.one.reply()[2], b"[" * 10000 + b"]" * 10000
                         + b"\n")
        self.broken("empty")
        self.assertEqual(self.one.reply()[2], b"")
        self.broken("huge", mb=2)
        self.assertGreater(len(json.loads(self.one.reply()[2])), 10000)

    def test_hang_and_stall(self):
        self.broken("hang")
        self.one.sock.settimeout(0.2)
        with self.assertRaises(socket.timeout):
            self.one.head()
        self.one.close()
        self.broken("stall", bytes=10)
        self.one.head()
        self.one.sock.settimeout(0.2)
        with self.assertRaises(socket.timeout):
            self.one.chunk()
        self.one.close()
        self.wait(lambda: ask(self.socket, "GET", "/_lab/state")[1][
            "connections"] == 1, "the hung connections go")

    def test_slow_is_still_right(self):
        self.fault("slow", "/_ping", wait=0.0005)
        status, _, data = self.call("GET", "/_ping")
        self.assertEqual((status, data), (200, b"OK"))

    def test_headers(self):
        self.fault("wrong-version", "/_ping", version="0.1")
        self.assertEqual(self.call("GET", "/_ping")[1]["Api-Version"], "0.1")
        self.fault("wrong-version", "/_ping", version="")
        self.assertNotIn("Api-Version", self.call("GET", "/_ping")[1])
        self.broken("bad-chunk")
        self.one.head()
        with self.assertRaises(ValueError):
            self.one.chunk()

    def test_log_faults(self):
        self.fault("hostile-log", container="bridge")
        _, _, data = self.call("GET", "/v1.41/containers/%s/logs?stdout=1"
                               "&stderr=1&tail=9" % NAME)
        for bad in (b"\x1b[2J", b"\xe2\x80\xae", b"\r", b"\xc2\x9b", b"\xff"):
            self.assertIn(bad, data)
        self.fault("bad-frame", "/logs")
        _, _, data = self.call("GET", "/v1.41/containers/%s/logs?stdout=1"
                               "&tail=1" % NAME)
        self.assertEqual(data[:8], b"\x07\0\0\0\xff\xff\xff\xf0")
        client = self.client()
        client.send("GET", "/v1.41/containers/%s/logs?stdout=1&follow=1"
                    "&tail=0" % NAME)
        client.head()
        self.fault("flood", container="bridge", mb=20, seconds=1)
        total = 0
        while total < 5 << 20:
            total += len(client.chunk())

    def test_events_closed_and_replayed(self):
        events = self.events(type=["container"])
        start = time.time()
        self.fault("close-events")
        self.assertEqual(events.chunk(), b"")
        self.fault("die", container="redis", restart="no")
        client = self.client()
        client.send("GET", "/v1.41/events?since=%f" % start)
        client.head()
        self.assertEqual(json.loads(client.chunk())["Action"], "die")
        self.fault("replay", "/events", last=5)
        twice = self.events(event=["die"])
        self.assertEqual(self.actions(twice, 1), ["die"])
        self.fault("start", container="redis")

    def test_malformed_event(self):
        self.fault("malformed", "/events")
        events = self.events(type=["container"], event=["pause", "unpause"])
        self.fault("pause", container="redis")
        self.fault("unpause", container="redis")
        with self.assertRaises(ValueError):
            json.loads(events.chunk())
        self.assertEqual(self.actions(events, 1), ["unpause"])

    def test_drop_all(self):
        events = self.events()
        self.fault("drop-all")
        with self.assertRaises((EOFError, ConnectionError)):
            events.chunk()

    def test_unknown_faults_are_refused(self):
        for order in ({"name": "nosuch"},
                      {"name": "die", "params": {"nosuch": 1}},
                      {"name": "die", "params": {"code": "x"}},
                      {"name": "drop", "match": "("}):
            status, answer = ask(self.socket, "POST", "/_lab/fault", order)
            self.assertEqual(status, 400, answer)
        status, _ = ask(self.socket, "POST", "/_lab/fault", {
            "name": "die", "params": {"container": "nosuch"}})
        self.assertEqual(status, 404)


class Restarting(Case):
    def test_engine_restart(self):
        events = self.events(type=["container"])
        self.fault("engine-restart", seconds=0.2)
        with self.assertRaises((EOFError, ConnectionError)):
            while events.chunk():
                pass
            raise EOFError

        def back():
            try:
                ask(self.socket, "GET", "/_lab/state")
            except OSError:
                return False
            return True
        self.wait(lambda: not os.path.exists(self.socket), "it goes")
        self.wait(back, "it comes back")
        self.wait(lambda: len(self.get("/v1.41/containers/json")) == 5,
                  "its containers come back")


if __name__ == "__main__":
    tap.main()
