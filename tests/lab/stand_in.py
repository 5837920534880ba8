"""The stand-in engines of a light lab, where no real one can or shall run."""

import os
import sys

import docker_engine
import host
from layout import SITES
from util import LabError, run, spawn, wait_until

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "engine")
SERVICES = "docmost,baserow,bridge,postgres,postgres-baserow,redis,minio"
BRIDGE = "registry.acadenice.fr/formation-hub/bridge:"


def start(lab, env, workers, head):
    if not os.path.exists(PROGRAM):
        raise LabError("%s: the stand-in engine is missing" % PROGRAM)
    # what it takes to start the same again
    lab.record.setdefault("stand_in", {})[env] = {"workers": workers, "head": head}
    tag = {"local": "edge", "staging": head, "prod": "v1.4.0"}[env]
    argv = [sys.executable, PROGRAM, "--socket", lab.socket(env), "--name", env,
        "--project", "formation-hub", "--services", SERVICES,
        "--containers", str(workers), "--settle", "2",
        "--image", "bridge=" + BRIDGE + tag,
        "--http", ",".join("%s=%d" % (s, lab.port(env, s)) for s in SITES)]
    log = lab.path(env, "log", "engine.log")
    host.remember(lab, env, "engine", spawn(argv, log, host.mark_env(lab)))
    wait_until("stand-in engine of %s" % env,
        lambda: docker_engine.answers(lab.socket(env)), 20,
        lambda: host.pid_of(lab, env, "engine"), log)


def fault(lab, env, *words):
    run([sys.executable, PROGRAM, "fault", "--socket", lab.socket(env)]
        + list(words))
