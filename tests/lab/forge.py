"""The lab's GitHub: tokens, the hook that tells it of pushes, its process."""

import json
import os
import secrets
import shlex
import signal
import sys

import host
from hub import client
from layout import REPOSITORY, port_open
from util import LabError, kill, spawn, wait_until, write

HERE = os.path.dirname(os.path.realpath(__file__))
PROGRAM = os.path.join(HERE, "github")
# so that CI, staging and the tests after a push take less than a minute
SPEED = 20
WRITES = ("actions", "contents", "deployments")
READS = ("administration", "checks", "issues", "metadata", "pull_requests",
    "statuses")
# file: login, permissions
TOKENS = {
    "github.token": ("corentin", dict({name: "read" for name in READS},
        **{name: "write" for name in WRITES})),
    "github-yan.token": ("yan", dict({name: "read" for name in READS},
        **{name: "write" for name in WRITES})),
    "github-weak.token": ("corentin", {"metadata": "read", "contents": "read"}),
}


def url(lab):
    return "http://127.0.0.1:%d" % lab.box_port("github")


def make_tokens(lab):
    known = {}
    for name, (login, permissions) in TOKENS.items():
        token = "github_pat_lab%s" % secrets.token_hex(20)
        known[token] = {"login": login, "permissions": permissions}
        write(lab.path(name), token + "\n", 0o600)
    write(lab.path("github-tokens.json"), json.dumps(known, indent=1) + "\n",
        0o600)


def make_hook(lab):
    hooks = lab.path("origin.git", "hooks")
    os.makedirs(hooks, exist_ok=True)
    write(os.path.join(hooks, "post-receive"), "#!/bin/sh\n"
        "# the stand-in GitHub starts what a push starts\n"
        "exec %s %s push %s\n" % (shlex.quote(sys.executable),
        shlex.quote(PROGRAM), url(lab)), 0o755)


def start(lab):
    make_tokens(lab)
    make_hook(lab)
    os.makedirs(lab.path("box", "log"), exist_ok=True)
    argv = [sys.executable, PROGRAM, "serve",
        "--port", str(lab.box_port("github")),
        "--origin", lab.path("origin.git"), "--project", REPOSITORY,
        "--tokens", lab.path("github-tokens.json"), "--speed", str(SPEED)]
    if lab.real:
        argv += ["--deploy-command", " ".join(map(shlex.quote, [sys.executable,
            os.path.join(HERE, "lab"), "deploy", "--dir", lab.dir, "--build"]))]
    log = lab.path("box", "log", "github.log")
    host.remember(lab, "box", "github", spawn(argv, log, host.mark_env(lab)))
    wait_until("stand-in GitHub", lambda: port_open(lab.box_port("github")), 20,
        lambda: host.pid_of(lab, "box", "github"), log)


def ask(lab, name, value=None):
    try:
        status, answer = client.ask(url(lab), name, value)
    except (OSError, ValueError) as e:
        raise LabError("the stand-in GitHub does not answer: %s" % e)
    if status != 200:
        raise LabError("the stand-in GitHub: %s" % answer.get("message"))
    return answer


def settled(lab, up):
    wait_until("port of the stand-in GitHub",
        lambda: port_open(lab.box_port("github")) == up, 10)


def signalled(number, up):
    """It keeps its state and gives up its port, or takes it again."""
    def act(lab, env, argument):
        pid = host.pid_of(lab, "box", "github")
        if pid is None:
            raise LabError("the stand-in GitHub does not run")
        kill([pid], number)
        settled(lab, up)
    return act


def replies(name, match=".*", number=None):
    def act(lab, env, argument):
        params = {number: int(argument)} if number and argument else {}
        ask(lab, "fault", {"name": name, "match": match, "times": 0,
            "params": params})
    return act


def heal(name):
    def act(lab, env, argument):
        ask(lab, "heal", {"name": name})
    return act


BOX = ("box",)
# as faults.FAULTS
FAULTS = {
    "github-down": (signalled(signal.SIGUSR1, False),
        signalled(signal.SIGUSR2, True), BOX, "box",
        "GitHub's port is closed; it forgets nothing"),
    "github-hang": (replies("hang"), heal("hang"), BOX, "box",
        "GitHub accepts and never answers"),
    "github-limited": (replies("403-limited", number="reset"),
        heal("403-limited"), BOX, "box",
        "GitHub says that the hour's requests are spent, for [SECONDS, 60]"),
    "github-502": (replies("502"), heal("502"), BOX, "box",
        "GitHub answers 502 to everything"),
    "github-401": (replies("401"), heal("401"), BOX, "box",
        "GitHub takes no token"),
}
