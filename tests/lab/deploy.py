"""A deployment as the plan's workflows do it over SSH, on a host of the lab."""

import contextlib
import fcntl
import os

import docker_engine
import host
import images
import repo
import stack
from layout import CHECKOUT
from util import LabError, run, say

FETCH = r"""cd "$0"
git -c safe.directory='*' fetch -q --tags origin
git -c safe.directory='*' rev-parse -q --verify --end-of-options \
    "$1^{commit}" >/dev/null || { echo "origin has no $1" >&2; exit 1; }
git -c safe.directory='*' -c advice.detachedHead=false checkout -q --detach "$1"
git -c safe.directory='*' rev-parse HEAD"""


@contextlib.contextmanager
def alone(lab, env):
    """One deployment at a time on a host."""
    with open(lab.path(env, "deploy.lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError("a deployment runs on %s already" % env)
        yield


def on_host(lab, env, words, timeout=120):
    path = lab.path("bin") + ":" + os.environ.get("PATH", "")
    try:
        return run(host.enter(lab, env) + words, env={"PATH": path},
            timeout=timeout)
    except LabError as e:
        # without the words that enter the host
        raise LabError("%s: %s" % (env, str(e).partition(": ")[2]))


def has_image(lab, env, image):
    status, _ = docker_engine.api(lab.socket(env), "GET",
        "/images/%s/json" % image)
    return status == 200


def deploy(lab, env, ref, pull=False, build=False):
    """Bring ref up on env and wait until it is well. build: make the image of
    a ref that has none, as the workflow's first step does; pull: fetch it from
    the registry, which not every lab has."""
    if not lab.real:
        raise LabError("the stand-in engine runs no containers to deploy")
    with alone(lab, env):
        say("%s: checking out %s" % (env, ref))
        head = on_host(lab, env, ["sh", "-ec", FETCH, CHECKOUT, ref]).strip()
        tag = head if env == "staging" else ref
        image = "%s:%s" % (images.BRIDGE, tag)
        if build and not has_image(lab, env, image):
            docker_engine.tag(lab, env, images.BRIDGE + ":edge", image)
        if not pull and not has_image(lab, env, image):
            raise LabError("%s has no image %s" % (env, image))
        repo.write_settings(lab, env, lab.checkout(env), tag)
        if pull:
            stack.compose(lab, env, ["pull", "-q"], 300)
        say("%s: docker compose up -d" % env)
        stack.compose(lab, env, ["up", "-d"])
        say("%s: healthcheck.sh" % env)
        on_host(lab, env, ["sh", "-c", 'cd "$0" && scripts/healthcheck.sh',
            CHECKOUT], 240)
    say("%s runs %s" % (env, ref))
