"""The GET requests. Each function takes the hub and an Ask, and gives a value
or a Listing; what it cannot give it raises as a Problem."""
import re
import time
import calendar

from . import run_shapes
from .origin import NotThere

PER_PAGE, MOST = 30, 100
FILTERED = 1000           # GitHub gives no more runs than this to a filter


class Problem(Exception):
    """An error reply."""

    def __init__(self, status, message, errors=None, headers=()):
        super().__init__(message)
        self.status, self.message = status, message
        self.errors = errors
        self.headers = dict(headers)


def not_found():
    return Problem(404, "Not Found")


class Listing:
    """Items of which one page is shown; `key` when they stand in an object
    beside total_count, `shape` makes the JSON of one."""

    def __init__(self, items, shape, key=None):
        self.items, self.shape, self.key = list(items), shape, key


class Ask:
    """A request as the functions see it."""

    def __init__(self, request, login, args):
        self.query = request.query
        self.request = request
        self.login = login
        self.args = args
        self.links = None

    def number(self, name, default, most):
        try:
            value = int(self.query.get(name, default))
        except ValueError:
            return default
        return max(1, min(value, most))

    def page_of(self, listing):
        """(the page's items, {rel: page number})"""
        size = self.number("per_page", PER_PAGE, MOST)
        page = self.number("page", 1, 10 ** 6)
        last = max(1, -(-len(listing.items) // size))
        rels = {}
        if page > 1:
            rels["prev"] = min(page - 1, last)
        if page < last:
            rels["next"], rels["last"] = page + 1, last
        if page > 1:
            rels["first"] = 1
        return listing.items[(page - 1) * size:page * size], rels


# --- the repository -------------------------------------------------------------

def user(hub, ask):
    return hub.shapes.myself(ask.login)


def rate_limit(hub, ask):
    core = hub.limit_of(ask.login or "").shape()
    other = {"limit": 30, "remaining": 30, "used": 0,
        "reset": int(time.time()) + 60}
    return {"resources": {"core": core, "search": other,
        "graphql": dict(other, limit=5000, remaining=5000)}, "rate": core}


def repository(hub, ask):
    return hub.shapes.repo(hub.pushed_at)


def tags(hub, ask):
    return Listing(hub.origin.tags(), hub.shapes.tag)


def releases(hub, ask):
    found = [tag for tag in hub.origin.tags() if tag.name.startswith("v")]
    found.sort(key=lambda t: t.tagger.when if t.tagger else 0, reverse=True)
    return Listing(found, hub.shapes.release)


def compare(hub, ask):
    origin, s = hub.origin, hub.shapes
    base, dots, head = ask.args["basehead"].partition("...")
    if not dots:
        raise not_found()
    a, b = origin.sha(base), origin.sha(head)
    fork = origin.merge_base(a, b)
    ahead = origin.log("--reverse", a + ".." + b)
    behind = origin.log(b + ".." + a)
    status = "identical" if a == b else "diverged" if ahead and behind else \
        "ahead" if ahead else "behind"
    size = ask.number("per_page", 250, 250)
    page = ask.number("page", 1, 10 ** 6)
    name = "%s...%s" % (base, head)
    return {"url": "%s/compare/%s" % (s.root, name), "html_url":
        "%s/compare/%s" % (s.page, name), "permalink_url": "%s/compare/%s...%s"
        % (s.page, a[:12], b[:12]), "diff_url": "%s/compare/%s.diff" % (
            s.page, name), "patch_url": "%s/compare/%s.patch" % (s.page, name),
        "base_commit": s.commit(origin.commit(a)),
        "merge_base_commit": s.commit(origin.commit(fork)), "status": status,
        "ahead_by": len(ahead), "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [s.commit(c) for c in ahead[(page - 1) * size:page * size]],
        "files": s.changed(b, origin.changed(fork, b))[:300]}


def git_ref(hub, ask):
    ref = "refs/" + ask.args["ref"]
    sha = hub.origin.refs().get(ref)
    if not sha:
        raise not_found()
    return hub.shapes.ref(ref, sha, hub.origin.object_type(sha))


def git_tag(hub, ask):
    return hub.shapes.tag_object(ask.args["sha"],
        *hub.origin.tag_object(ask.args["sha"]))


def branch(hub, ask):
    name = ask.args["branch"]
    sha = hub.origin.refs().get("refs/heads/" + name)
    if not sha:
        raise not_found()
    s = hub.shapes
    url = "%s/branches/%s" % (s.root, name)
    return {"name": name, "commit": s.commit(hub.origin.commit(sha)),
        "_links": {"self": url, "html": "%s/tree/%s" % (s.page, name)},
        "protected": name == "main", "protection": {"enabled": name == "main"},
        "protection_url": url + "/protection"}


def commit_status(hub, ask):
    sha = hub.origin.sha(ask.args["ref"])
    s = hub.shapes
    found = hub.statuses.get(sha, [])
    states = {x["state"] for x in found}
    state = "failure" if states & {"failure", "error"} else "success" \
        if states == {"success"} else "pending"
    url = "%s/commits/%s" % (s.root, sha)
    return {"state": state, "sha": sha, "total_count": len(found),
        "statuses": [run_shapes.status(s, sha, x) for x in found],
        "repository": s.small_repo(), "commit_url": url, "url": url + "/status"}


def check_runs(hub, ask):
    sha = hub.origin.sha(ask.args["ref"])
    rows = [(run, job) for run in hub.newest_first() if run.sha == sha
        for job in run.jobs]
    for name, value in (("check_name", lambda job: job.name),
            ("status", lambda job: job.status)):
        if name in ask.query:
            rows = [r for r in rows if value(r[1]) == ask.query[name]]
    return Listing(rows, lambda row: run_shapes.check_run(hub.shapes, *row),
        "check_runs")


def matching(hub, ask):
    state = ask.query.get("state", "open")
    wanted = [name for name in ask.query.get("labels", "").split(",") if name]
    return [p for p in reversed(hub.pulls) if state in ("all", p.state)
        and all(name in p.labels for name in wanted)]


def pulls(hub, ask):
    head = hub.origin.sha("main")
    return Listing([p for p in matching(hub, ask) if p.branch],
        lambda p: hub.shapes.pull(p, head, hub.pushed_at))


def issues(hub, ask):
    return Listing(matching(hub, ask), hub.shapes.issue)


# --- actions ----------------------------------------------------------------------

def workflow_of(hub, ask):
    name = ask.args["workflow"]
    for w in hub.workflows.values():
        if name in (w.file, str(w.id)):
            return w
    raise not_found()


def workflows(hub, ask):
    return Listing(hub.workflows.values(), lambda w: run_shapes.workflow(
        hub.shapes, w, hub.shapes.born), "workflows")


def workflow(hub, ask):
    return run_shapes.workflow(hub.shapes, workflow_of(hub, ask), hub.shapes.born)


def run_shape(hub, run):
    try:
        commit = hub.origin.commit(run.sha)
    except NotThere:
        commit = None
    return run_shapes.run(hub.shapes, run, commit)


def instant(text):
    """Seconds since 1970 of a date or a date and time; None for neither."""
    for form in ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"):
        try:
            return calendar.timegm(time.strptime(text, form))
        except ValueError:
            continue
    return None


def created_fits(text, when):
    """GitHub's search syntax: >=D, >D, <=D, <D, D..D, D.."""
    low, dots, high = text.partition("..")
    if dots:
        return (low == "*" or (instant(low) or 0) <= when) and (
            high in ("", "*") or when <= (instant(high) or 0) + 86399)
    sign, rest = re.match(r"^([<>]=?)?(.*)$", text).groups()
    at = instant(rest)
    if at is None:
        return False
    return {"<": when < at, "<=": when <= at, ">": when > at,
        ">=": when >= at, None: at <= when < at + 86400}[sign]


RUN_FILTERS = {
    "branch": lambda run, text: run.branch == text,
    "event": lambda run, text: run.event == text,
    "status": lambda run, text: text in (run.status, run.conclusion),
    "head_sha": lambda run, text: run.sha == text,
    "actor": lambda run, text: run.actor == text,
    "created": lambda run, text: created_fits(text, run.created),
}


def runs(hub, ask):
    found = hub.newest_first()
    if "workflow" in ask.args:
        w = workflow_of(hub, ask)
        found = [run for run in found if run.workflow is w]
    for name, fits in RUN_FILTERS.items():
        if name in ask.query:
            found = [run for run in found
                if fits(run, ask.query[name])][:FILTERED]
    return Listing(found, lambda run: run_shape(hub, run), "workflow_runs")


def run_of(hub, ask):
    run = hub.runs.get(int(ask.args["run"]))
    if not run:
        raise not_found()
    return run


def run(hub, ask):
    return run_shape(hub, run_of(hub, ask))


def jobs_of(hub, run, found):
    return Listing(found, lambda j: run_shapes.job(hub.shapes, run, j), "jobs")


def jobs(hub, ask):
    run = run_of(hub, ask)
    found = run.jobs
    if ask.query.get("filter") == "all":
        found = found + [j for old in run.attempts.values() for j in old]
    return jobs_of(hub, run, found)


def attempt_jobs(hub, ask):
    run, n = run_of(hub, ask), int(ask.args["attempt"])
    found = run.jobs if n == run.attempt else run.attempts.get(n)
    if found is None:
        raise not_found()
    return jobs_of(hub, run, found)


def pending_deployments(hub, ask):
    run = run_of(hub, ask)
    if not run.gate:
        return []
    environment = hub.environments[run.gate[0]]
    return [run_shapes.pending(hub.shapes, environment, run.gate[2],
        hub.may_review(run, ask.login))]


def approvals(hub, ask):
    return [run_shapes.approval(hub.shapes, hub.environments[a["environment"]], a)
        for a in run_of(hub, ask).approvals]


def runners(hub, ask):
    return Listing(hub.runners, run_shapes.runner, "runners")


# --- deployments --------------------------------------------------------------------

def environments(hub, ask):
    return Listing(hub.environments.values(), lambda e: run_shapes.environment(
        hub.shapes, e), "environments")


def environment(hub, ask):
    found = hub.environments.get(ask.args["environment"])
    if not found:
        raise not_found()
    return run_shapes.environment(hub.shapes, found)


def deployments(hub, ask):
    found = sorted(hub.deployments.values(), key=lambda d: (d.created, d.id),
        reverse=True)
    for name in ("environment", "ref", "sha"):
        if name in ask.query:
            found = [d for d in found if getattr(d, name) == ask.query[name]]
    if ask.query.get("task", "deploy") != "deploy":
        found = []
    return Listing(found, lambda d: run_shapes.deployment(hub.shapes, d))


def deployment_statuses(hub, ask):
    d = hub.deployments.get(int(ask.args["deployment"]))
    if not d:
        raise not_found()
    return Listing(reversed(d.statuses), lambda x: run_shapes.deployment_status(
        hub.shapes, d, x))
