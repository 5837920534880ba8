"""The command line: `github serve …`, `github push URL`, `github ask URL …`."""
import argparse
import asyncio
import json
import os
import re
import shlex
import signal
import sys

from standin.main import run

from . import client
from .origin import NotThere
from .server import Hub as Server
from .state import Hub


def parser():
    p = argparse.ArgumentParser(prog="github", description="A stand-in GitHub"
        " that keeps state, on 127.0.0.1. See GITHUB.md. Other commands: push"
        " URL; ask URL NAME [JSON].")
    p.add_argument("--port", type=int, required=True)
    p.add_argument("--prefix", default="", metavar="PATH",
        help="/api/v3 for a GitHub Enterprise, nothing for api.github.com")
    p.add_argument("--origin", required=True, metavar="DIR",
        help="the bare git repository behind it")
    p.add_argument("--project", required=True, metavar="OWNER/NAME")
    p.add_argument("--tokens", required=True, metavar="FILE",
        help="JSON: {token: {login, permissions: {actions: read, …}}}")
    p.add_argument("--speed", type=float, default=1, metavar="N",
        help="runs take an Nth of their time; 0 stops them (%(default)s)")
    p.add_argument("--deploy-command", type=shlex.split, metavar="WORDS",
        help="called with ENV REF by the deploy jobs; its exit code decides")
    p.add_argument("--no-history", dest="history", action="store_false",
        help="start without runs and deployments of the past")
    p.add_argument("--no-limits", dest="limits", action="store_false",
        help="no limit of requests and no header of one, as an Enterprise is"
        " set up at first")
    p.add_argument("--daemon", action="store_true",
        help="return once it answers, go on in background")
    p.add_argument("--pid-file", metavar="FILE")
    p.add_argument("--log-file", metavar="FILE", default=os.devnull)
    return p


async def serve(options, ready):
    hub = Hub(options)
    server = Server(hub, options)
    await server.listen_tcp(options.port)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    outages(server, options.port)
    ready()
    await stop.wait()
    server.drop_all()


def outages(server, port):
    """SIGUSR1 closes the port and every connection, SIGUSR2 opens it again."""
    loop = asyncio.get_running_loop()

    def down():
        server.close()
        server.drop_all()

    def up():
        if not server.listener.is_serving():
            loop.create_task(server.listen_tcp(port))
    loop.add_signal_handler(signal.SIGUSR1, down)
    loop.add_signal_handler(signal.SIGUSR2, up)


def push(argv):
    """For a post-receive hook: it must not fail the push."""
    try:
        client.ask(argv[0], "push", {})
    except (OSError, ValueError) as wrong:
        print("github push: %s" % wrong, file=sys.stderr)
    return 0


def ask(argv):
    value = json.loads(argv[2]) if len(argv) > 2 else None
    status, answer = client.ask(argv[0], argv[1], value)
    print(json.dumps(answer, indent=1))
    return 0 if status == 200 else 1


def main(argv):
    for name, command, least in (("push", push, 1), ("ask", ask, 2)):
        if len(argv) > least and argv[0] == name:
            try:
                return command(argv[1:])
            except (OSError, ValueError) as wrong:
                print("github %s: %s" % (name, wrong), file=sys.stderr)
                return 1
    if argv and argv[0] == "serve":
        argv = argv[1:]
    p = parser()
    options = p.parse_args(argv)
    if not re.fullmatch(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", options.project):
        p.error("--project: expected OWNER/NAME")
    if not re.fullmatch(r"(/[A-Za-z0-9_.-]+)*", options.prefix):
        p.error("--prefix: expected a path without a slash at its end")
    try:
        return run(options, serve)
    except (OSError, NotThere) as wrong:
        print("github: %s" % wrong, file=sys.stderr)
        return 1
