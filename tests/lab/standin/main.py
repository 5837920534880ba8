"""The command line: `engine [serve] …`, `engine fault|state|reset …`."""
import argparse
import asyncio
import os
import re
import resource
import signal
import socket
import ssl
import sys

from . import acts, api, ctl, seed, sites
from .daemon import Daemon
from .faults import Pending
from .wire import Server

DEFAULT_SERVICES = "docmost,baserow,bridge,postgres,redis"


class Engine:
    """One socket and everything behind it."""

    def __init__(self, options, path, index=0):
        self.path = path
        self.daemon = Daemon(options, index)
        self.pending = Pending()
        self.acts = acts.Acts(self)
        self.server = Server(
            self.answer, lambda reply: api.headers(self.daemon, reply),
            self.pending)

    async def answer(self, request):
        if request.path.startswith("/_lab/"):
            return await acts.answer(self, request)
        return await api.answer(self.daemon, request)

    async def listen(self):
        remove_stale(self.path)
        mask = os.umask(0o177)
        try:
            await self.server.listen_unix(self.path)
        finally:
            os.umask(mask)

    async def outage(self, seconds, live):
        """The engine goes away and comes back."""
        daemon = self.daemon
        self.server.close()
        os.unlink(self.path)
        self.server.drop_all()
        daemon.events.close_all()
        stopped = []
        if not live:
            for c in daemon.containers.values():
                if c.running():
                    stopped.append(c)
                    daemon.exit(c, 0, restart=False)
        daemon.events.ring.clear()
        await asyncio.sleep(seconds)
        await self.listen()
        for c in stopped:
            daemon.start(c)


def remove_stale(path):
    """A socket nobody answers on is in the way; one that is used stays."""
    if not os.path.exists(path):
        return
    probe = socket.socket(socket.AF_UNIX)
    try:
        probe.connect(path)
    except OSError:
        os.unlink(path)
    else:
        raise SystemExit("engine: %s is in use" % path)
    finally:
        probe.close()


async def churn(engine, every):
    """Now and then something happens, always the same for the same seed."""
    daemon, n = engine.daemon, 0
    while True:
        n += 1
        await asyncio.sleep(every * (0.5 + seed.unit(daemon.key, n, 20)))
        alive = [c for c in daemon.containers.values()
                 if c.state == "running"]
        if not alive:
            continue
        c = alive[seed.mix(daemon.key, n, 21) % len(alive)]
        what = seed.mix(daemon.key, n, 22) % 4
        if what == 0:
            daemon.exit(c, 1, restart=True)
        elif what == 1:
            daemon.oom(c, restart=True)
        elif c.health == "healthy":
            daemon.set_health(c, "unhealthy")
            daemon.later(every / 2, daemon.set_health, c, "healthy")


async def health_events(engine):
    """The exec events that healthchecks cause in a real engine, made only
    while somebody listens."""
    daemon, step = engine.daemon, 0
    while True:
        await asyncio.sleep(1)
        step += 1
        if not daemon.events.listeners:
            continue
        for c in daemon.containers.values():
            if c.health and c.state == "running" and \
                    (step + c.seed) % 30 == 0:
                command = "/bin/sh -c " + " ".join(c.service.health[1:])
                ident = seed.digest("exec", c.id, step)
                for action in ("exec_create: ", "exec_start: "):
                    daemon.tell(c, action + command, execID=ident)
                daemon.tell(c, "exec_die", execID=ident, exitCode="0")


def parser():
    p = argparse.ArgumentParser(
        prog="engine", description="A stand-in Docker Engine on a Unix "
        "socket. See ENGINE.md. Other commands: fault, state, reset.")
    where = p.add_argument_group("where")
    where.add_argument("--socket", metavar="PATH", help="its Unix socket")
    where.add_argument("--engines", type=int, default=1, metavar="N",
                       help="so many engines, as DIR/engine-01.sock …")
    where.add_argument("--socket-dir", metavar="DIR")
    where.add_argument("--http", metavar="PORT | SERVICE=PORT,…",
                       type=sites.parse, default=[],
                       help="serve the health pages on 127.0.0.1")
    where.add_argument("--https", metavar="PORT | SERVICE=PORT,…",
                       type=sites.parse, default=[],
                       help="the same over TLS; needs --tls-cert")
    where.add_argument("--tls-cert", metavar="PEM")
    where.add_argument("--tls-key", metavar="PEM",
                       help="when it is not in the certificate's file")
    where.add_argument("--daemon", action="store_true",
                       help="return once it answers, go on in background")
    where.add_argument("--pid-file", metavar="FILE")
    where.add_argument("--log-file", metavar="FILE", default=os.devnull,
                       help="where a daemon's messages go")
    what = p.add_argument_group("what it shows")
    what.add_argument("--name", default="standin",
                      help="the engine's host name (default %(default)s)")
    what.add_argument("--project", default="formation-hub")
    what.add_argument("--services", type=commas, metavar="A,B,…",
                      default=DEFAULT_SERVICES.split(","),
                      help="default " + DEFAULT_SERVICES)
    what.add_argument("--containers", type=int, default=0, metavar="N",
                      help="N more containers of the scaled service")
    what.add_argument("--scale", default="worker", metavar="SERVICE",
                      help="the service that --containers scales")
    what.add_argument("--image", action="append", default=[],
                      metavar="SERVICE=REF")
    what.add_argument("--label", action="append", default=[],
                      metavar="SERVICE:KEY=VALUE",
                      help="a label of that service's image")
    what.add_argument("--tty", type=commas, default=[], metavar="A,B",
                      help="services with a terminal: unframed logs")
    what.add_argument("--no-health", type=commas, default=[],
                      metavar="A,B", help="services without healthcheck")
    what.add_argument("--starting", type=commas, default=[], metavar="A,B",
                      help="services whose health is still starting")
    what.add_argument("--seed", default="1")
    what.add_argument("--uptime", type=float, default=3 * 86400.0,
                      metavar="SECONDS", help="mean age of the containers")
    what.add_argument("--history", type=int, default=500, metavar="N",
                      help="log lines each has at the beginning, about")
    how = p.add_argument_group("how it behaves")
    how.add_argument("--api", type=api_range, default=((1, 12), (1, 41)),
                     metavar="MAX | MIN-MAX", help="default 1.12-1.41")
    how.add_argument("--cgroup", type=int, choices=(1, 2), default=2)
    how.add_argument("--cpus", type=int, default=2)
    how.add_argument("--memory", type=int, default=8192, metavar="MIB")
    how.add_argument("--stats-delay", type=float, default=1.0,
                     metavar="SECONDS", help="what one /stats sample takes")
    how.add_argument("--exit-delay", type=float, default=0.03,
                     metavar="SECONDS", help="from a kill to its die event")
    how.add_argument("--settle", type=float, default=5.0, metavar="SECONDS",
                     help="mean time from start to healthy")
    how.add_argument("--churn", type=float, default=0, metavar="SECONDS",
                     help="something happens about so often (0: never)")
    how.add_argument("--exec-events", action="store_true",
                     help="send the exec events of healthchecks too")
    how.add_argument("--live-restore", action="store_true")
    return p


def commas(text):
    return [part for part in text.split(",") if part]


def api_range(text):
    found = re.fullmatch(r"(?:(\d+)\.(\d+)-)?(\d+)\.(\d+)", text)
    if not found:
        raise argparse.ArgumentTypeError("expected 1.41 or 1.24-1.41")
    low = (int(found[1]), int(found[2])) if found[1] else (1, 12)
    return low, (int(found[3]), int(found[4]))


async def serve(options, ready):
    engines = []
    if options.socket:
        engines.append(Engine(options, options.socket))
    for n in range(options.engines if options.socket_dir else 0):
        engines.append(Engine(options, os.path.join(
            options.socket_dir, "engine-%02d.sock" % (n + 1)), n + 1))
    tls = None
    if options.https:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options.tls_cert, options.tls_key)
    pages = [(sites.Site(engines[0].daemon, engines[0].pending, service),
              port, context) for ports, context in (
                  (options.http, None), (options.https, tls))
             for service, port in ports]
    for engine in engines:
        await engine.listen()
        if options.churn:
            engine.daemon.spawn(churn(engine, options.churn))
        if options.exec_events:
            engine.daemon.spawn(health_events(engine))
    for page, port, context in pages:
        await page.server.listen_tcp(port, context)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    ready()
    await stop.wait()
    for engine in engines:
        if os.path.exists(engine.path):
            os.unlink(engine.path)


def run(options, work=serve):
    """Serve until a signal; in a child when it is to be a daemon. `work` is a
    coroutine function of the options and what to call once it answers."""
    tell = None
    if options.daemon:
        reader, tell = os.pipe()
        child = os.fork()
        if child:
            os.close(tell)
            if os.read(reader, 1):
                return 0
            os.waitpid(child, 0)
            return 1
        os.close(reader)
        os.setsid()

    def ready():
        if options.pid_file:
            with open(options.pid_file, "w", encoding="ascii") as out:
                out.write("%d\n" % os.getpid())
        if options.daemon:
            log = os.open(options.log_file,
                          os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            null = os.open(os.devnull, os.O_RDONLY)
            for fd, number in ((null, 0), (log, 1), (log, 2)):
                os.dup2(fd, number)
            os.write(tell, b"+")
            os.close(tell)
        else:
            print("ready", flush=True)

    try:
        asyncio.run(work(options, ready))
    finally:
        if options.pid_file and os.path.exists(options.pid_file):
            os.unlink(options.pid_file)
    return 0


def main(argv):
    for name, command in (("fault", ctl.fault), ("state", ctl.state),
                          ("reset", ctl.reset)):
        if argv and argv[0] == name:
            try:
                return command(argv[1:])
            except (OSError, ValueError) as wrong:
                print("engine %s: %s" % (name, wrong), file=sys.stderr)
                return 1
    if argv and argv[0] == "serve":
        argv = argv[1:]
    p = parser()
    options = p.parse_args(argv)
    if not options.socket and not options.socket_dir:
        p.error("--socket PATH or --socket-dir DIR is needed")
    if options.https and not options.tls_cert:
        p.error("--https needs --tls-cert")
    try:
        options.images = dict(text.split("=", 1) for text in options.image)
    except ValueError:
        p.error("--image: expected SERVICE=REF")
    options.labels = {}
    for text in options.label:
        found = re.fullmatch(r"([^:]+):([^=]+)=(.*)", text)
        if not found:
            p.error("--label: expected SERVICE:KEY=VALUE")
        options.labels.setdefault(found[1], {})[found[2]] = found[3]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        return run(options)
    except (OSError, SystemExit) as wrong:
        print("engine: %s" % wrong, file=sys.stderr)
        return 1
