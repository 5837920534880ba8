"""The three Compose projects: brought up as the plan does it."""

import os
import time

import docker_engine
import host
import images
from layout import CHECKOUT, REMOTE
from util import LabError, run, write

SERVICES = ("docmost", "baserow", "bridge", "postgres", "postgres-baserow",
    "redis", "minio")


def make_cli(lab, programs):
    """A docker with the Compose plugin that touches no ~/.docker."""
    plugins = lab.path("docker-config", "cli-plugins")
    os.makedirs(plugins)
    os.symlink(programs.compose, plugins + "/docker-compose")
    os.makedirs(lab.path("bin"))
    library = programs.env(programs["docker"]).get("LD_LIBRARY_PATH")
    preset = "LD_LIBRARY_PATH='%s' " % library if library else ""
    write(lab.path("bin", "docker"), "#!/bin/sh\n"
        "# the docker of this lab, with Compose v2\n"
        "export DOCKER_CONFIG='%s'\n%sexec '%s' \"$@\"\n"
        % (lab.path("docker-config"), preset, programs["docker"]), 0o755)
    # the scripts of formation-hub want curl on their host
    if programs.root and programs["curl"].startswith(programs.root):
        write(lab.path("bin", "curl"), "#!/bin/sh\nLD_LIBRARY_PATH='%s' exec '%s' \"$@\"\n"
            % (":".join(programs.libdirs()), programs["curl"]), 0o755)


def compose(lab, env, words, timeout=120):
    """docker compose on a host, in its checkout."""
    docker = lab.path("bin", "docker")
    if env in REMOTE:
        argv = host.enter(lab, env) + ["sh", "-c", 'cd "$0" && exec "$@"', CHECKOUT]
        return run(argv + [docker, "compose"] + words, timeout=timeout)
    return run([docker, "-H", "unix://" + lab.socket(env), "compose"] + words,
        cwd=lab.checkout(env), timeout=timeout)


def up(lab, env, archive, head, workers):
    docker_engine.load(lab, env, archive)
    if env == "staging":
        docker_engine.tag(lab, env, images.BRIDGE + ":edge",
            "%s:%s" % (images.BRIDGE, head))
    words = ["up", "-d", "--quiet-pull"]
    if workers:
        words += ["--scale", "worker=%d" % workers]
    compose(lab, env, words, 120 + 3 * workers)


def sick(lab, env):
    """Services that are not healthy yet, with what the engine says of them."""
    found = docker_engine.containers(lab, env)
    bad = {}
    for service in SERVICES:
        _, state, status, _ = found.get((service, "1"), (None, "absent", "absent", ""))
        if state != "running" or "(healthy)" not in status:
            bad[service] = status
    return bad


def wait_healthy(lab, env, timeout):
    deadline = time.monotonic() + timeout
    while True:
        bad = sick(lab, env)
        if not bad:
            return
        if time.monotonic() > deadline:
            raise LabError("%s: not healthy after %d s: %s; their last words:\n%s"
                % (env, timeout, ", ".join("%s (%s)" % pair for pair in bad.items()),
                compose(lab, env, ["logs", "--tail", "3"] + list(bad))))
        time.sleep(0.3)
