"""The table of requests: method, path, the permission it takes, function."""
import re

from . import acts, api

READ, WRITE = "read", "write"

# a path below the repository; {name} is one part of it, {name+} the rest
REPOSITORY = (
    ("GET", "", "metadata", READ, api.repository),
    ("GET", "/actions/workflows", "actions", READ, api.workflows),
    ("GET", "/actions/workflows/{workflow}", "actions", READ, api.workflow),
    ("GET", "/actions/workflows/{workflow}/runs", "actions", READ, api.runs),
    ("POST", "/actions/workflows/{workflow}/dispatches", "actions", WRITE,
        acts.dispatch),
    ("GET", "/actions/runs", "actions", READ, api.runs),
    ("GET", "/actions/runs/{run#}", "actions", READ, api.run),
    ("GET", "/actions/runs/{run#}/jobs", "actions", READ, api.jobs),
    ("GET", "/actions/runs/{run#}/attempts/{attempt#}/jobs", "actions", READ,
        api.attempt_jobs),
    ("GET", "/actions/runs/{run#}/pending_deployments", "actions", READ,
        api.pending_deployments),
    ("POST", "/actions/runs/{run#}/pending_deployments", "deployments", WRITE,
        acts.review),
    ("GET", "/actions/runs/{run#}/approvals", "actions", READ, api.approvals),
    ("POST", "/actions/runs/{run#}/cancel", "actions", WRITE, acts.cancel),
    ("POST", "/actions/runs/{run#}/force-cancel", "actions", WRITE, acts.cancel),
    ("POST", "/actions/runs/{run#}/rerun", "actions", WRITE, acts.rerun),
    ("POST", "/actions/runs/{run#}/rerun-failed-jobs", "actions", WRITE,
        acts.rerun_failed),
    ("GET", "/actions/runners", "administration", READ, api.runners),
    ("GET", "/environments", "actions", READ, api.environments),
    ("GET", "/environments/{environment}", "actions", READ, api.environment),
    ("GET", "/deployments", "deployments", READ, api.deployments),
    ("GET", "/deployments/{deployment#}/statuses", "deployments", READ,
        api.deployment_statuses),
    ("GET", "/commits/{ref+}/status", "statuses", READ, api.commit_status),
    ("GET", "/commits/{ref+}/check-runs", "checks", READ, api.check_runs),
    ("GET", "/pulls", "pull_requests", READ, api.pulls),
    ("GET", "/issues", "issues", READ, api.issues),
    ("GET", "/tags", "contents", READ, api.tags),
    ("GET", "/releases", "contents", READ, api.releases),
    ("GET", "/compare/{basehead+}", "contents", READ, api.compare),
    ("GET", "/git/ref/{ref+}", "contents", READ, api.git_ref),
    ("GET", "/git/tags/{sha}", "contents", READ, api.git_tag),
    ("POST", "/git/tags", "contents", WRITE, acts.make_tag),
    ("POST", "/git/refs", "contents", WRITE, acts.make_ref),
    ("GET", "/branches/{branch+}", "contents", READ, api.branch),
)
ELSEWHERE = (
    ("GET", "/user", None, READ, api.user),
    ("GET", "/rate_limit", None, READ, api.rate_limit),
)


def compiled(path):
    out = re.escape(path)
    for mark, part in ((r"\+", ".+"), (r"\#", "[0-9]+"), ("", "[^/]+")):
        out = re.sub(r"\\\{([a-z]+)%s\\\}" % re.escape(mark),
            r"(?P<\1>%s)" % part, out)
    return re.compile("^%s$" % out)


class Route:
    def __init__(self, method, path, permission, level, act, below=""):
        self.method, self.permission, self.level = method, permission, level
        self.act = act
        self.pattern = compiled(below + path)
        self.inside = bool(below)

    @property
    def accepted(self):
        """As X-Accepted-GitHub-Permissions has it."""
        return "%s=%s" % (self.permission, self.level)

    def allowed(self, permissions):
        has = permissions.get(self.permission)
        return not self.permission or has == WRITE or has == self.level


def table(project):
    return [Route(*row) for row in ELSEWHERE] + [
        Route(*row, below="/repos/" + project) for row in REPOSITORY]


def find(routes, method, path):
    """(route, arguments), or (None, None)"""
    for route in routes:
        found = route.method == method and route.pattern.match(path)
        if found:
            return route, found.groupdict()
    return None, None
