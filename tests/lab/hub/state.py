"""What a hub knows: the repository, its runs, deployments and people."""
import hashlib
import itertools
import json
import os
import time

from . import past
from .origin import NotThere, Origin
from .runs import WORKFLOWS, Job, Player, Run, Workflow
from .shapes import Shapes

REVIEWERS = ["yan", "corentin"]
HOUR = 3600
MANY_TAGS = 3


class Environment:
    def __init__(self, ident, name, reviewers=(), branch_policy=None):
        self.id = ident
        self.name = name
        self.reviewers = list(reviewers)
        self.prevent_self_review = False
        self.wait_timer = 0
        self.admins_bypass = True
        self.branch_policy = branch_policy
        self.updated = None


class Deployment:
    def __init__(self, ident, run, job, when):
        self.id = ident
        self.run_id, self.job_id = run.id, job.id
        self.environment = job.environment
        self.production = job.environment == "production"
        self.sha, self.ref = run.sha, run.branch
        self.creator = run.actor
        self.created = self.updated = when
        self.statuses = []

    @property
    def state(self):
        return self.statuses[-1]["state"] if self.statuses else None


class Pull:
    """A pull request, or an issue when it has no branch."""

    def __init__(self, number, title, login, labels, branch, sha):
        self.number, self.title, self.login = number, title, login
        self.labels, self.branch, self.sha = labels, branch, sha
        self.body, self.state = "", "open"
        self.created = self.updated = time.time()
        self.closed = None


class Limit:
    """The requests of one login in one hour."""

    def __init__(self, limit=5000):
        self.limit = limit
        self.used = 0
        self.reset = int(time.time()) + HOUR

    def renew(self):
        if time.time() >= self.reset:
            self.used, self.reset = 0, int(time.time()) + HOUR
        return self

    @property
    def remaining(self):
        return max(0, self.limit - self.used)

    def shape(self):
        return {"limit": self.limit, "remaining": self.remaining,
            "reset": self.reset, "used": self.used}


class Tokens:
    """{token: {login, permissions}} from a file that may change."""

    def __init__(self, path):
        self.path = path
        self.read_at = None
        self.known = {}

    def find(self, token):
        at = os.stat(self.path).st_mtime_ns
        if at != self.read_at:
            with open(self.path, encoding="utf-8") as f:
                self.known = json.load(f)
            self.read_at = at
        return self.known.get(token)


class Hub:
    def __init__(self, options):
        self.origin = Origin(options.origin)
        owner, name = options.project.split("/")
        self.base = "http://127.0.0.1:%d%s" % (options.port, options.prefix)
        commits = self.origin.log("--all", "--reverse")
        born = commits[0].committer.when if commits else time.time()
        self.shapes = Shapes(self.base, owner, name, born)
        self.tokens = Tokens(options.tokens)
        self.limits = {}
        self.player = Player(self, options.speed, options.deploy_command)
        self.workflows = {file: Workflow(4100 + n, file)
            for n, file in enumerate(WORKFLOWS)}
        self.environments = {e.name: e for e in (
            Environment(901, "staging"),
            Environment(902, "production", REVIEWERS, "custom"))}
        # real ids do not fit 32 bits; a client has to bear that
        self.ids = itertools.count(17000000001)
        self.deployment_ids = itertools.count(2900000001)
        self.runs, self.deployments, self.statuses = {}, {}, {}
        self.pulls = []
        self.runners = [{"id": 21, "name": "ops-box", "status": "online",
            "busy": False, "labels": ["self-hosted", "Linux", "X64"]}]
        self.refs = self.origin.refs()
        self.pushed_at = time.time()
        if options.history:
            past.seed(self)

    def limit_of(self, login):
        return self.limits.setdefault(login, Limit()).renew()

    # --- runs -----------------------------------------------------------------

    def make_run(self, file, event, branch, sha, actor, when=None, title=None):
        workflow = self.workflows[file]
        when = when or time.time()
        run = Run(next(self.ids), workflow, event, branch, sha,
            title or self.title_of(sha, workflow), actor, when)
        run.stages = self.make_jobs(run, when)
        self.runs[run.id] = run
        return run

    def make_jobs(self, run, when):
        return [[Job(next(self.ids), spec, run.attempt, when)
            for spec in stage] for stage in run.workflow.stages]

    def title_of(self, sha, workflow):
        try:
            return self.origin.commit(sha).subject
        except NotThere:
            return workflow.name

    def start(self, *words, **more):
        run = self.make_run(*words, **more)
        self.player.begin(run)
        return run

    def follow(self, run):
        """Start what a workflow_run trigger waits for."""
        if run.workflow.next and run.event in ("push", "workflow_run"):
            self.start(run.workflow.next, "workflow_run", run.branch, run.sha,
                run.actor)

    def rerun(self, run, login, failed_only=False):
        run.attempts[run.attempt] = run.jobs
        run.attempt += 1
        run.triggered_by = login
        run.status, run.conclusion = "queued", None
        run.started = run.updated = time.time()
        fresh = self.make_jobs(run, run.started)
        if failed_only:
            fresh = [[old if old.conclusion == "success" else new
                for old, new in zip(*stages)]
                for stages in zip(run.stages, fresh)]
        run.stages = fresh
        self.player.begin(run)

    def newest_first(self, runs=None):
        return sorted(self.runs.values() if runs is None else runs,
            key=lambda run: (run.created, run.id), reverse=True)

    # --- pushes ---------------------------------------------------------------

    def pushed(self, actor=None):
        """The origin may have changed: start what a push starts."""
        before, self.refs = self.refs, self.origin.refs()
        news = [(ref, sha) for ref, sha in self.refs.items()
            if before.get(ref) != sha]
        tags = [row for row in news if row[0].startswith("refs/tags/v")]
        if news:
            self.pushed_at = time.time()
        started = []
        # GitHub makes no events when more tags than this come at once
        for ref, _ in tags if len(tags) <= MANY_TAGS else []:
            tag = self.origin.tag(ref[len("refs/tags/"):])
            who = actor or (tag.tagger or self.origin.commit(tag.commit)
                .committer).login
            started.append(self.start("deploy-prod.yml", "push", tag.name,
                tag.commit, who))
        main = dict(news).get("refs/heads/main")
        if main:
            who = actor or self.origin.commit(main).committer.login
            started.append(self.start("ci.yml", "push", "main", main, who))
        return started

    def add_pull(self, title, login, labels, branch=True):
        taken = len(self.pulls) + 40
        pull = Pull(taken + 1, title, login, labels, "topic-%d" % taken if branch
            else None, hashlib.sha1(title.encode()).hexdigest())
        self.pulls.append(pull)
        return pull

    # --- deployments ----------------------------------------------------------

    def deployment_for(self, run, job, when=None):
        when = when or time.time()
        d = Deployment(next(self.deployment_ids), run, job, when)
        self.deployments[d.id] = d
        waits = self.environments[job.environment].reviewers
        self.deployment_state(d, "pending" if waits else "queued", when)
        return d

    def deployment_state(self, d, state, when=None):
        when = when or time.time()
        d.updated = when
        d.statuses.append({"id": next(self.deployment_ids), "state": state,
            "when": when, "description": ""})
        if state != "success" or d.production:
            return
        # auto_inactive leaves the deployments of production alone
        for other in self.deployments.values():
            if other is not d and other.environment == d.environment \
                    and other.state == "success":
                self.deployment_state(other, "inactive", when)

    def deployments_over(self, run, state):
        for d in self.deployments.values():
            if d.run_id == run.id and d.state in (
                    "pending", "queued", "in_progress"):
                self.deployment_state(d, state)

    # --- reviews --------------------------------------------------------------

    def may_review(self, run, login):
        environment = self.environments[run.gate[0]]
        return login in environment.reviewers and not (
            environment.prevent_self_review and login == run.triggered_by)

    def review(self, run, login, state, comment):
        """The deployment that was decided on; None when there was none to
        decide on, or not for this login."""
        if not run.gate or run.gate[1].done() or \
                not self.may_review(run, login):
            return None
        name, decided, _, deployment = run.gate
        run.approvals.append({"environment": name, "state": state,
            "login": login, "comment": comment})
        decided.set_result(state)
        run.gate = None
        return deployment
