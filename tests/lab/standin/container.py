"""One container: what is kept of it, and what is derived from that.

Times are nanoseconds since the epoch. Only daemon.py changes a container."""
import collections
import time

from . import seed
from .seed import Wave

SECOND = 10**9
ZERO_TIME = "0001-01-01T00:00:00Z"
CHECK_EVERY = 30 * SECOND
STATES = ("created", "restarting", "running", "removing", "paused", "exited",
          "dead")


class Container:
    __slots__ = (
        "id", "name", "service", "number", "project", "image", "image_id",
        "labels", "seed", "tty", "policy", "created", "state", "started",
        "finished", "exit_code", "oom", "restarts", "by_hand", "health",
        "health_since", "fail_since", "address", "runs", "lines", "log_from",
        "cpu", "memory", "boost", "memory_set", "generation", "cache",
        "backoff")

    def __init__(self, service, number, project, name, image, labels, now,
                 ident, tty=False):
        self.id = ident
        self.name = name
        self.service = service
        self.number = number
        self.project = project
        self.image, self.image_id = image
        self.labels = labels
        self.seed = int(ident[:16], 16)
        self.tty = tty
        self.policy = "unless-stopped"
        self.created = now
        self.state = "created"
        self.started = self.finished = 0
        self.exit_code = 0
        self.oom = False
        self.restarts = 0
        self.by_hand = False
        self.health = "starting" if service.health else None
        self.health_since = now
        self.fail_since = None
        self.address = 0
        self.runs = collections.deque(maxlen=32)
        self.lines = None
        self.log_from = now
        self.cpu = Wave(service.cpu, 0.8, self.seed)
        self.memory = Wave(service.memory, 0.15, self.seed + 1)
        self.boost = None
        self.memory_set = None
        self.generation = 0
        self.cache = None
        self.backoff = 0.1

    # --- state -----------------------------------------------------------

    def running(self):
        """As moby's State.Running: also while paused or restarting."""
        return self.state in ("running", "paused", "restarting")

    def alive(self):
        """Has it a process now?"""
        return self.state in ("running", "paused")

    def pid(self):
        """Above the highest pid that Linux gives, so that it is nobody's."""
        return 5_000_000 + self.seed % 1_000_000 + self.restarts \
            if self.alive() else 0

    def status_text(self, now):
        """What `docker ps` prints under STATUS."""
        if self.state == "restarting":
            return "Restarting (%d) %s ago" % (
                self.exit_code, human(now - self.finished))
        if self.state == "paused":
            return "Up %s (Paused)" % human(now - self.started)
        if self.state == "running":
            up = "Up " + human(now - self.started)
            if self.health == "starting":
                return up + " (health: starting)"
            return "%s (%s)" % (up, self.health) if self.health else up
        if self.state == "removing":
            return "Removal In Progress"
        if self.state == "dead":
            return "Dead"
        if not self.started:
            return "Created"
        return "Exited (%d) %s ago" % (
            self.exit_code, human(now - self.finished))

    def checks(self, now):
        """Health as inspect shows it: the last five checks are worked out
        from the time, not kept."""
        end = now if self.alive() else self.finished
        done = max(0, (end - self.started) // CHECK_EVERY)
        log = []
        streak = 0
        if self.health == "unhealthy" and self.fail_since is not None:
            streak = max(3, (end - self.fail_since) // CHECK_EVERY)
        for n in range(max(1, done - 4), done + 1):
            at = self.started + n * CHECK_EVERY
            bad = done - n < streak
            took = int(4e7 + 6e7 * seed.unit(self.seed, n))
            log.append({
                "Start": stamp(at), "End": stamp(at + took),
                "ExitCode": 1 if bad else 0,
                "Output": "connection refused\n" if bad else "ok\n"})
        return {"Status": self.health, "FailingStreak": int(streak),
                "Log": log}

    # --- figures ---------------------------------------------------------

    def cpu_total(self, now):
        """Nanoseconds of CPU since it started."""
        if not self.alive():
            return 0
        total = self.cpu.sum(now / SECOND) - self.cpu.sum(
            self.started / SECOND)
        if self.boost:
            rate, since, before = self.boost
            total += before + rate * (now - since) / SECOND
        return int(total / 100 * SECOND)

    def set_cpu(self, percent, now):
        """Burn `percent` more than usual from now on."""
        before = 0.0
        if self.boost:
            rate, since, before = self.boost
            before += rate * (now - since) / SECOND
        self.boost = (percent, now, before)

    def memory_now(self, now):
        """(usage without cache, cache) in bytes; it grows after a start."""
        if not self.alive():
            return 0, 0
        mib = self.memory.at(now / SECOND)
        if self.memory_set is not None:
            mib = self.memory_set
        warm = min(1.0, 0.4 + (now - self.started) / SECOND / 60)
        used = int(mib * warm * 2**20) & ~4095
        return used, int(mib * 0.35 * 2**20) & ~4095

    def stopped_at(self):
        """When the newest run ended, or 0 while it lasts."""
        return 0 if self.alive() else self.finished

    def ran_at(self, t):
        """Was there a process at that time?"""
        for begin, end in reversed(self.runs):
            if t >= begin:
                return end == 0 or t < end
        return False


def stamp(ns):
    """RFC 3339 with nanoseconds, as Go writes it."""
    if not ns:
        return ZERO_TIME
    whole, part = divmod(ns, SECOND)
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
    frac = ("%09d" % part).rstrip("0")
    return "%s.%sZ" % (text, frac) if frac else text + "Z"


def human(ns):
    """A duration as docker's units.HumanDuration writes it."""
    seconds = int(ns // SECOND)
    if seconds < 1:
        return "Less than a second"
    if seconds == 1:
        return "1 second"
    if seconds < 60:
        return "%d seconds" % seconds
    minutes = seconds // 60
    if minutes == 1:
        return "About a minute"
    if minutes < 60:
        return "%d minutes" % minutes
    hours = int(seconds / 3600 + 0.5)
    if hours == 1:
        return "About an hour"
    if hours < 48:
        return "%d hours" % hours
    if hours < 24 * 14:
        return "%d days" % (hours // 24)
    if hours < 24 * 60:
        return "%d weeks" % (hours // 24 // 7)
    if hours < 24 * 365 * 2:
        return "%d months" % (hours // 24 // 30)
    return "%d years" % (hours // 24 // 365)
