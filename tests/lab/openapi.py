#!/usr/bin/env python3
"""Recorded requests and replies, held against GitHub's OpenAPI description.

    openapi.py check recorded.json      # what GET /_lab/requests answered

prints TAP, a line per operation. The description and a validator come from npm
into the lab's cache, once; openapi.js does the checking."""

import glob
import json
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import packages  # noqa: E402  (the path comes first)
from util import LabError, read, run, write  # noqa: E402

HERE = os.path.dirname(os.path.realpath(__file__))
MODULES = {"@octokit/openapi": "23.0.2", "ajv": "8.20.0", "ajv-formats": "3.0.1"}
DESCRIPTION = "api.github.com.json"


class Missing(LabError):
    """Nothing can be checked here; the text says why."""


def modules():
    """Where the node modules are; fetched when they are not there yet."""
    for name in ("node", "npm"):
        if not shutil.which(name):
            raise Missing("%s is not installed (packages: nodejs npm)" % name)
    base = packages.cache_dir()
    os.makedirs(base, exist_ok=True)
    root = os.path.join(base, "openapi")
    wanted = " ".join("%s@%s" % pair for pair in sorted(MODULES.items()))
    with packages.locked(base):
        if read(os.path.join(root, "complete")).strip() != wanted:
            fetch(root, wanted)
    return os.path.join(root, "node_modules")


def fetch(root, wanted):
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)
    try:
        run(["npm", "install", "--prefix", root, "--no-audit", "--no-fund",
            "--ignore-scripts", "--loglevel=error"] + wanted.split(),
            cwd=root, timeout=180)
    except LabError as e:
        # one line: it stands behind a SKIP
        raise Missing("npm cannot fetch %s: %s" % (wanted,
            str(e).splitlines()[0]))
    # thirty descriptions of other products, 370 MB
    for path in glob.glob(os.path.join(root, "node_modules", "@octokit",
            "openapi", "generated", "*.json")):
        if os.path.basename(path) != DESCRIPTION:
            os.unlink(path)
    write(os.path.join(root, "complete"), wanted + "\n")


def check(recorded):
    """{"operations": {name: times}, "violations": [{operation, text}]}"""
    child = subprocess.run(["node", os.path.join(HERE, "openapi.js"), modules()],
        input=json.dumps(recorded).encode(), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=180)
    if child.returncode:
        raise LabError("openapi.js: " + child.stderr.decode()[-2000:])
    return json.loads(child.stdout)


def violations(recorded):
    """What in these records disagrees with GitHub's description, as texts."""
    return ["%(operation)s: %(text)s" % found
        for found in check(recorded)["violations"]]


def main(argv):
    if len(argv) != 2 or argv[0] != "check":
        print(__doc__, file=sys.stderr)
        return 64
    with open(argv[1], encoding="utf-8") as f:
        recorded = json.load(f)
    # both the plain list and the whole answer of /_lab/requests
    if isinstance(recorded, dict):
        recorded = recorded["requests"]
    try:
        found = check(recorded)
    except Missing as e:
        print("1..0 # SKIP %s" % e)
        return 0
    for n, (name, times) in enumerate(sorted(found["operations"].items()), 1):
        wrong = [v["text"] for v in found["violations"] if v["operation"] == name]
        print("%s %d - %s (%d)" % ("not ok" if wrong else "ok", n, name, times))
        for text in wrong:
            print("# " + text)
    print("1..%d" % len(found["operations"]))
    return 1 if found["violations"] or not found["operations"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
