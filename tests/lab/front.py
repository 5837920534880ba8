"""The TLS fronts of staging and prod as processes of their hosts."""

import os
import sys

import host
from layout import SITES, port_open
from util import spawn, wait_until

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)),
    "service", "front.py")


def start(lab, env):
    python = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") \
        else sys.executable
    pairs = ["%d=%d" % (lab.port(env, "tls_" + s), lab.port(env, s)) for s in SITES]
    # not on the host: what it needs may lie where the host's /tmp hides it
    log = lab.path(env, "log", "front.log")
    pid = spawn([python, "-I", PROGRAM, lab.path("ca", env + ".crt"),
        lab.path("ca", env + ".key")] + pairs, log,
        host.mark_env(lab))
    host.remember(lab, env, "front", pid)
    for s in SITES:
        port = lab.port(env, "tls_" + s)
        wait_until("TLS front of %s on port %d" % (env, port),
            lambda: port_open(port), 10,
            lambda: host.pid_of(lab, env, "front"), log)
