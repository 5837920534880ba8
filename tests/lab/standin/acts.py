"""Faults in containers and in the engine, done at once, and the /_lab paths
that drive every fault. Nothing below /_lab is Docker's."""
import asyncio
import fnmatch
import json
import re
import time

from .container import SECOND
from .daemon import Refused
from .faults import FAULTS, typed
from .wire import Reply, json_reply, message

HOSTILE = ("\x1b[2J\x1b]0;owned\x07red\x1b[31m", "bidi\u202eoverride\u2066x",
           "cr\roverwrite", "c1\x9b31m\x85next", "wide\u3042\u0301\u200b\ufeff",
           "nul\x00tab\tbell\x07", "bad\udcff\udcc3utf8")


def hostile_text(n):
    return HOSTILE[n % len(HOSTILE)]


class Acts:
    """One engine's acts. `engine` has .daemon, .server, .pending and
    .outage(seconds, live)."""

    def __init__(self, engine):
        self.engine = engine
        self.daemon = engine.daemon

    def chosen(self, pattern):
        """Containers by name, id, service, or a pattern of names."""
        found = [c for c in self.daemon.containers.values()
                 if pattern in (c.name, c.id, c.service.name) or
                 fnmatch.fnmatchcase(c.name, pattern)]
        if not found:
            raise Refused(404, "No such container: " + pattern)
        return found

    def each(self, params):
        return self.chosen(params["container"])

    # --- containers -------------------------------------------------------

    def die(self, p):
        for c in self.each(p):
            self.daemon.exit(c, p["code"], restart_of(p))

    def oom(self, p):
        for c in self.each(p):
            self.daemon.oom(c, restart_of(p))

    def health(self, p):
        for c in self.each(p):
            self.daemon.set_health(c, p["to"])

    def unhealthy(self, p):
        self.health({**p, "to": "unhealthy"})

    def healthy(self, p):
        self.health({**p, "to": "healthy"})

    def start(self, p):
        for c in self.each(p):
            if not c.alive():
                self.daemon.start(c)

    async def stop(self, p):
        await asyncio.gather(*(self.daemon.stop(c) for c in self.each(p)
                               if c.running()))

    def pause(self, p):
        for c in self.each(p):
            if c.state == "running":
                self.daemon.pause(c, True)

    def unpause(self, p):
        for c in self.each(p):
            if c.state == "paused":
                self.daemon.pause(c, False)

    def flap(self, p):
        async def go(c):
            for n in range(p["times"]):
                if p["how"] == "health":
                    self.daemon.set_health(
                        c, "healthy" if n % 2 else "unhealthy")
                else:
                    self.daemon.exit(c, 1, restart=True)
                await asyncio.sleep(p["period"])
        for c in self.each(p):
            self.daemon.spawn(go(c))

    def load(self, p):
        now = self.daemon.now()
        for c in self.each(p):
            if p["cpu"] >= 0:
                c.set_cpu(p["cpu"], now)
            if p["mib"] >= 0:
                c.memory_set = p["mib"]

    def remove(self, p):
        for c in self.each(p):
            if c.running():
                c.by_hand = True
                self.daemon.exit(c, 137, restart=False)
            self.daemon.remove(c)

    async def recreate(self, p):
        await asyncio.gather(*(self.daemon.recreate(
            c, p["image"] or c.image, p["revision"]) for c in self.each(p)))

    def create(self, p):
        number = 1 + max((c.number for c in self.daemon.containers.values()
                          if c.service.name == p["service"]), default=0)
        for n in range(p["count"]):
            c = self.daemon.add(p["service"], number + n, p["image"] or None)
            self.daemon.create(c)
            self.daemon.start(c)

    # --- logs and names -----------------------------------------------------

    def line(self, p):
        for c in self.each(p):
            for _ in range(p["times"]):
                self.daemon.say(c, p["stream"], p["text"].encode(
                    "utf-8", "surrogateescape"))

    def big_line(self, p):
        data = b"0123456789abcdef" * int(p["mb"] * 2**16)
        for c in self.each(p):
            self.daemon.say(c, p["stream"], data)

    def hostile_log(self, p):
        for c in self.each(p):
            for n in range(p["times"]):
                self.daemon.say(c, 1 + n % 2, hostile_text(n).encode(
                    "utf-8", "surrogateescape"))

    def flood(self, p):
        from . import logs
        until = self.daemon.now() + int(p["seconds"] * SECOND)
        for c in self.each(p):
            logs.flood(c, p["mb"] * 2**20, until)
            self.daemon.wake(c)

    def hostile_names(self, p):
        for n, c in enumerate(self.each(p)):
            text = hostile_text(n)
            c.labels = {**c.labels, "org.vigie.hostile": text}
            if p["service"]:
                c.labels["com.docker.compose.service"] = text
            c.image = "img/" + text
            self.daemon.rename(c, c.name + text)

    def rename(self, p):
        for c in self.each(p)[:1]:
            self.daemon.rename(c, p["name"])

    # --- the engine -----------------------------------------------------------

    def drop_all(self, p):
        self.engine.server.drop_all(but=p["writer"])

    def close_events(self, p):
        self.daemon.events.close_all()

    def event_flood(self, p):
        async def go():
            tick = 0.02
            busy = list(self.daemon.containers.values())
            for n in range(int(p["seconds"] / tick)):
                for k in range(max(1, int(p["rate"] * tick))):
                    self.daemon.tell(busy[(n + k) % len(busy)],
                                     p["action"])
                await asyncio.sleep(tick)
        self.daemon.spawn(go())

    def engine_restart(self, p):
        # after the answer is out, as it goes down with the rest
        self.daemon.later(0.05, self.engine.outage, p["seconds"], p["live"])


def restart_of(p):
    return {"yes": True, "no": False}.get(p["restart"])


ONE = {"container": "bridge"}
ACTS = {
    "die": ("the process ends by itself (restart yes, no, policy)",
            Acts.die, {**ONE, "code": 1, "restart": "policy"}),
    "oom": ("the kernel kills it for its memory", Acts.oom,
            {**ONE, "restart": "policy"}),
    "unhealthy": ("its healthcheck fails", Acts.unhealthy, ONE),
    "healthy": ("its healthcheck passes again", Acts.healthy, ONE),
    "flap": ("health or process goes and comes so many times, period "
             "seconds apart (how health or process)", Acts.flap,
             {**ONE, "how": "health", "times": 6, "period": 1.0}),
    "start": ("start it", Acts.start, ONE),
    "stop": ("stop it", Acts.stop, ONE),
    "pause": ("pause it", Acts.pause, ONE),
    "unpause": ("go on", Acts.unpause, ONE),
    "load": ("so much CPU (percent) more, so much memory (MiB)", Acts.load,
             {**ONE, "cpu": -1.0, "mib": -1.0}),
    "remove": ("remove it", Acts.remove, ONE),
    "recreate": ("a new container, from another image if one is named",
                 Acts.recreate, {**ONE, "image": "", "revision": ""}),
    "create": ("more containers of a service", Acts.create,
               {"service": "worker", "count": 1, "image": ""}),
    "line": ("add a log line", Acts.line,
             {**ONE, "text": "ERROR something broke", "stream": 2,
              "times": 1}),
    "big-line": ("add one log line of so many megabytes", Acts.big_line,
                 {**ONE, "mb": 10.0, "stream": 1}),
    "hostile-log": ("add lines with ESC, CR, C1, bidi, NUL, broken UTF-8",
                    Acts.hostile_log, {**ONE, "times": 7}),
    "flood": ("its log flows at so many megabytes a second for followers",
              Acts.flood, {**ONE, "mb": 5.0, "seconds": 10.0}),
    "hostile-names": ("the same bytes in its name, image and labels "
                      "(service: in the compose service too)",
                      Acts.hostile_names, {**ONE, "service": False}),
    "rename": ("rename it", Acts.rename, {**ONE, "name": "renamed"}),
    "drop-all": ("abort every connection now", Acts.drop_all, {}),
    "close-events": ("end every /events stream now; what happens until the "
                     "client is back waits in the ring", Acts.close_events,
                     {}),
    "event-flood": ("so many events a second", Acts.event_flood,
                    {"rate": 2000.0, "seconds": 2.0,
                     "action": "exec_create: /bin/sh -c true"}),
    "engine-restart": ("no socket for so many seconds, events forgotten; "
                       "containers restart unless live", Acts.engine_restart,
                       {"seconds": 2.0, "live": False}),
}


async def answer(engine, request):
    """The /_lab paths."""
    path = request.path.removeprefix("/_lab")
    if request.method == "GET" and path == "/faults":
        return json_reply({
            "replies": {name: {"help": row.help, "params": row.params}
                        for name, row in FAULTS.items()},
            "acts": {name: {"help": row[0], "params": row[2]}
                     for name, row in ACTS.items()}})
    if request.method == "GET" and path == "/state":
        # in ASCII, as names may hold anything
        return Reply(200, json.dumps(state(engine)).encode())
    if request.method == "POST" and path == "/reset":
        engine.pending.waiting.clear()
        return json_reply({})
    if request.method == "POST" and path == "/fault":
        try:
            return await inject(engine, request)
        except Refused as refused:
            return message(refused.status, str(refused))
        except (ValueError, TypeError, KeyError, re.error) as wrong:
            return message(400, str(wrong))
    return message(404, "no such lab path")


async def inject(engine, request):
    order = json.loads(request.body)
    name, params = order["name"], order.get("params") or {}
    if name in FAULTS:
        engine.pending.add(name, order.get("match", ".*"),
                           int(order.get("times", 1)), params)
    elif name in ACTS:
        _, act, defaults = ACTS[name]
        given = typed(defaults, params)
        given["writer"] = request.writer
        result = act(engine.acts, given)
        if asyncio.iscoroutine(result):
            await result
    else:
        raise ValueError("no fault %s" % name)
    return json_reply({})


def state(engine):
    daemon = engine.daemon
    return {
        "name": daemon.name,
        "containers": {c.name: {"id": c.id, "state": c.state,
                                "health": c.health, "restarts": c.restarts,
                                "image": c.image}
                       for c in daemon.containers.values()}
        if len(daemon.containers) <= 200 else len(daemon.containers),
        "waiting": [f.describe() for f in engine.pending.waiting],
        "connections": len(engine.server.writers),
        "event_streams": len(daemon.events.listeners),
        "requests": dict(engine.server.served),
        "bytes_sent": engine.server.sent,
        "cpu_seconds": time.process_time()}
