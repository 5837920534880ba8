"""The /_lab/ side, which is not GitHub's: faults, pushes, what others do."""
import re
import time

from standin.wire import json_reply, message

from .faults import FAULTS


def faults(server, p):
    return {name: {"help": row.help, "params": row.params}
        for name, row in FAULTS.items()}


def fault(server, p):
    """{name, match, times, params}; times 0: until healed"""
    if p["name"] not in FAULTS:
        raise ValueError("no fault %s; there are: %s" % (
            p["name"], ", ".join(FAULTS)))
    server.faults.add(p["name"], p.get("match", ".*"), int(p.get("times", 1)),
        p.get("params"))
    return {}


def heal(server, p):
    """{name}, or all"""
    server.faults.waiting[:] = [f for f in server.faults.waiting
        if p.get("name") not in (None, f.name)]
    return {}


def reset(server, p):
    """No faults, an empty record, fresh limits. The repository stays."""
    server.faults.waiting.clear()
    server.record.clear()
    server.hub.limits.clear()
    server.hub.player.failures.clear()
    return {}


def state(server, p):
    hub = server.hub
    return {"base": hub.base, "speed": hub.player.speed,
        "runs": [{"id": r.id, "workflow": r.workflow.file, "event": r.event,
            "branch": r.branch, "sha": r.sha, "status": r.status,
            "conclusion": r.conclusion, "attempt": r.attempt,
            "waits_for": r.gate[0] if r.gate else None, "log": r.log}
            for r in hub.newest_first()],
        "deployments": {name: next(({"id": d.id, "sha": d.sha, "ref": d.ref,
            "state": d.state} for d in sorted(hub.deployments.values(),
                key=lambda d: -d.id) if d.environment == name), None)
            for name in hub.environments},
        "limits": {login: limit.shape() for login, limit in hub.limits.items()},
        "waiting": [f.describe() for f in server.faults.waiting],
        "counts": dict(server.record.counts)}


def requests(server, p):
    """?since=N: only those after number N"""
    since = int(p.get("since", 0))
    return {"requests": [row for row in server.record.kept if row["n"] > since],
        "counts": dict(server.record.counts)}


def started(runs):
    return {"started": [{"id": r.id, "workflow": r.workflow.file}
        for r in runs]}


def push(server, p):
    """{actor}: the origin has something new, perhaps"""
    return started(server.hub.pushed(p.get("actor")))


def run(server, p):
    """{workflow, event, branch, actor}: as a schedule would"""
    hub, branch = server.hub, p.get("branch", "main")
    return started([hub.start(p["workflow"], p.get("event", "schedule"), branch,
        hub.origin.sha(branch), p.get("actor", "yan"))])


def fail(server, p):
    """{workflow, job}: the next run of it fails there"""
    if p["workflow"] not in server.hub.workflows:
        raise ValueError("no workflow " + p["workflow"])
    server.hub.player.failures.append((p["workflow"], p.get("job")))
    return {}


def review(server, p):
    """{run, login, state, comment}: somebody else decides"""
    if not server.hub.review(server.hub.runs[int(p["run"])], p["login"],
            p.get("state", "approved"), p.get("comment", "")):
        raise ValueError("nothing for %s to decide" % p["login"])
    return {}


def environment(server, p):
    """{name, reviewers, prevent_self_review, wait_timer, admins_bypass,
    branch_policy}"""
    found = server.hub.environments[p.pop("name")]
    for name, value in p.items():
        if name in ("id", "name") or not hasattr(found, name):
            raise ValueError("an environment has no " + name)
        setattr(found, name, value)
    found.updated = time.time()
    return {}


def pull(server, p):
    """{title, login, labels, issue}; {number, state} closes one"""
    hub = server.hub
    if "number" in p:
        found = next(x for x in hub.pulls if x.number == p["number"])
        found.state, found.updated = p.get("state", "closed"), time.time()
        found.closed = found.updated if found.state == "closed" else None
    else:
        found = hub.add_pull(p.get("title", "Fix a leak of sessions"), p.get(
            "login", "yan"), p.get("labels", ["critical"]), not p.get("issue"))
    return {"number": found.number}


def runner(server, p):
    """{status, busy} of the runner; {gone} takes it away"""
    if p.get("gone"):
        server.hub.runners.clear()
    for found in server.hub.runners:
        found.update((name, p[name]) for name in ("status", "busy") if name in p)
    return {}


def status(server, p):
    """{ref, context, state, description}: a commit status from outside"""
    sha = server.hub.origin.sha(p["ref"])
    rows = server.hub.statuses.setdefault(sha, [])
    rows[:] = [x for x in rows if x["context"] != p["context"]]
    rows.append({"context": p["context"], "state": p["state"], "description":
        p.get("description"), "creator": "yan", "when": time.time()})
    return {}


def speed(server, p):
    """{speed}: 0 stops the clock of runs"""
    server.hub.player.speed = float(p["speed"])
    return {}


def limit(server, p):
    """{login, limit, used, reset}: of its hour (reset: seconds from now)"""
    found = server.hub.limit_of(p["login"])
    found.limit = int(p.get("limit", found.limit))
    found.used = int(p.get("used", found.used))
    if "reset" in p:
        found.reset = int(time.time()) + int(p["reset"])
    return found.shape()


READS = {f.__name__: f for f in (faults, state, requests)}
ACTS = {f.__name__: f for f in (fault, heal, reset, push, run, fail, review,
    environment, pull, runner, status, speed, limit)}


async def answer(server, request):
    name = request.path[len("/_lab/"):]
    try:
        if request.method == "GET" and name in READS:
            return json_reply(READS[name](server, request.query))
        if request.method == "POST" and name in ACTS:
            return json_reply(ACTS[name](server, request.json()))
    except (ValueError, TypeError, LookupError, StopIteration, re.error) as e:
        return message(400, "%s: %s" % (type(e).__name__, e))
    except Exception as e:  # a lab's answer must say what went wrong
        return message(500, "%s: %s" % (type(e).__name__, e))
    return message(404, "there are: GET %s; POST %s" % (
        ", ".join(READS), ", ".join(ACTS)))


