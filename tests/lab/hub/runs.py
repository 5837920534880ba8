"""Workflow runs: what they consist of and how they progress.

Times are those of the plan's workflows; `speed` divides them, and 0 stops the
clock. A run that waits for a review waits until somebody decides."""
import asyncio
import os
import time

# file: name, following workflow, may be dispatched, stages of jobs
# a job: name, seconds, steps, environment
CHECKOUT = "Run actions/checkout@v4"
NODE = ["Run actions/setup-node@v4", "Run cd bridge && npm ci"]
SSH = "Deploy via SSH"
WORKFLOWS = {
    "ci.yml": ("CI", "deploy-staging.yml", False, [
        [("lint", 35, [CHECKOUT] + NODE + ["Run cd bridge && npm run lint"], None),
         ("security", 70, [CHECKOUT, "Secret scanning", "SAST", "Dep audit",
            "License check"], None)],
        [("type-check", 40, [CHECKOUT] + NODE
            + ["Run cd bridge && npm run typecheck"], None)],
        [("test-unit", 55, [CHECKOUT] + NODE
            + ["Run cd bridge && npm run test:unit -- --coverage"], None),
         ("test-integration", 80, [CHECKOUT] + NODE
            + ["Run cd bridge && npm run test:integration"], None)],
        [("docker-build", 100, [CHECKOUT, "Run docker compose build",
            "Run docker compose up -d", "Run ./scripts/healthcheck.sh"], None)],
    ]),
    "deploy-staging.yml": ("Deploy Staging", "e2e.yml", True, [
        [("deploy", 110, [CHECKOUT, "Build & push image", SSH,
            "Notify Slack on failure"], "staging")]]),
    "deploy-prod.yml": ("Deploy Production", None, False, [
        [("deploy", 130, [CHECKOUT, "Tag image as prod", SSH,
            "Update CHANGELOG", "Notify Slack"], "production")]]),
    "nightly-backup-test.yml": ("Nightly Backup Test", None, True, [
        [("restore", 900, [CHECKOUT, "Fetch the newest backups",
            "Restore into scratch databases", "Query them"], None)]]),
    "e2e.yml": ("E2E", None, True, [
        [("playwright", 420, [CHECKOUT] + NODE
            + ["Run npx playwright test"], None)]]),
}
QUEUED = 4
DEPLOY_LIMIT = 600


class Workflow:
    def __init__(self, ident, file):
        self.id = ident
        self.file = file
        self.name, self.next, self.manual, self.stages = WORKFLOWS[file]
        self.path = ".github/workflows/" + file
        self.state = "active"
        self.count = 0


class Step:
    def __init__(self, name):
        self.name = name
        self.status = "queued"
        self.conclusion = self.started = self.completed = None


class Job:
    def __init__(self, ident, spec, attempt, when):
        self.id = ident
        self.name, self.seconds, steps, self.environment = spec
        self.steps = [Step(name) for name in
            ["Set up job"] + steps + ["Complete job"]]
        self.attempt = attempt
        self.created = when
        self.status = "queued"
        self.conclusion = self.started = self.completed = None


class Run:
    def __init__(self, ident, workflow, event, branch, sha, title, actor, when):
        workflow.count += 1
        self.id = ident
        self.workflow = workflow
        self.number = workflow.count
        self.event, self.branch, self.sha = event, branch, sha
        self.title = title
        self.actor = self.triggered_by = actor
        self.attempt = 1
        self.attempts = {}        # those before this one: number -> jobs
        self.status, self.conclusion = "queued", None
        self.created = self.updated = self.started = when
        self.stages = []
        self.approvals = []
        self.gate = None          # (environment's name, future, since, deployment)
        self.task = None
        self.log = ""

    @property
    def jobs(self):
        return [job for stage in self.stages for job in stage]


class Player:
    """Makes the runs of one hub progress."""

    def __init__(self, hub, speed, deploy_command):
        self.hub = hub
        self.speed = speed
        self.deploy_command = deploy_command
        self.failures = []        # (workflow's file, job's name or None)

    async def pause(self, seconds):
        while seconds > 0:
            if not self.speed:
                await asyncio.sleep(0.02)
                continue
            step = min(seconds / self.speed, 0.1)
            await asyncio.sleep(step)
            seconds -= step * self.speed

    def begin(self, run):
        run.task = asyncio.ensure_future(self.play(run))

    def cancel(self, run):
        if run.task:
            run.task.cancel()

    async def play(self, run):
        try:
            await self.pause(QUEUED)
            failed = False
            for stage in run.stages:
                todo = [job for job in stage if job.status != "completed"]
                for job in todo if failed else []:
                    self.close(job, "skipped")
                if not failed:
                    await asyncio.gather(*[self.play_job(run, job)
                        for job in todo])
                failed = any(job.conclusion not in ("success", "skipped")
                    for job in run.jobs if job.status == "completed")
            self.end(run, "failure" if failed else "success")
        except asyncio.CancelledError:
            for job in run.jobs:
                self.close(job, "cancelled")
            self.hub.deployments_over(run, "error")
            self.end(run, "cancelled")

    def end(self, run, conclusion):
        run.status, run.conclusion = "completed", conclusion
        run.updated = time.time()
        run.gate = None
        if conclusion == "success" and run.branch == "main":
            self.hub.follow(run)

    def close(self, job, conclusion):
        """End a job that is not through, and the steps it did not come to."""
        if job.status == "completed":
            return
        now = time.time()
        for step in job.steps:
            if step.status != "completed" and conclusion != "skipped":
                step.conclusion = "skipped" if step.status == "queued" \
                    else conclusion
                step.started = step.started or now
                step.status, step.completed = "completed", now
        if conclusion == "skipped":
            job.steps = []
        job.status, job.conclusion, job.completed = "completed", conclusion, now

    def fails_here(self, run, job):
        for wish in self.failures:
            if wish[0] == run.workflow.file and wish[1] in (None, job.name):
                self.failures.remove(wish)
                return True
        return False

    async def play_job(self, run, job):
        deployment = None
        if job.environment:
            deployment = self.hub.deployment_for(run, job)
            if not await self.let_through(run, job, deployment):
                self.hub.deployment_state(deployment, "failure")
                return self.close(job, "failure")
            self.hub.deployment_state(deployment, "in_progress")
        run.status, run.updated = "in_progress", time.time()
        job.status, job.started = "in_progress", time.time()
        bad = self.fails_here(run, job)
        work = job.steps[len(job.steps) // 2]
        for step in job.steps:
            step.status, step.started = "in_progress", time.time()
            await self.pause(job.seconds / len(job.steps))
            well = not (bad and step is work)
            if well and step.name == SSH:
                well = await self.deploy(run, job)
            if not well:
                step.conclusion, step.completed = "failure", time.time()
                step.status = "completed"
                break
            step.status, step.conclusion = "completed", "success"
            step.completed = time.time()
        self.close(job, "success" if well else "failure")
        if deployment:
            self.hub.deployment_state(deployment, job.conclusion)

    async def let_through(self, run, job, deployment):
        """Wait for the environment's timer and reviewers."""
        environment = self.hub.environments[job.environment]
        if environment.wait_timer or environment.reviewers:
            run.status = job.status = "waiting"
            run.updated = time.time()
        if environment.reviewers:
            decided = asyncio.get_event_loop().create_future()
            run.gate = (environment.name, decided, time.time(), deployment)
            try:
                if await decided != "approved":
                    return False
            finally:
                run.gate = None
        await self.pause(environment.wait_timer * 60)
        run.status = job.status = "queued"
        return True

    async def deploy(self, run, job):
        """The SSH step: true when the command says that it went well."""
        if not self.deploy_command:
            return True
        env = "prod" if job.environment == "production" else job.environment
        ref = run.branch if env == "prod" else run.sha
        child = await asyncio.create_subprocess_exec(*self.deploy_command, env,
            ref, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            start_new_session=True)
        try:
            out, _ = await asyncio.wait_for(child.communicate(), DEPLOY_LIMIT)
            run.log += out.decode("utf-8", "replace")[-20000:]
        except asyncio.TimeoutError:
            run.log += "not done after %d s\n" % DEPLOY_LIMIT
        finally:
            if child.returncode is None:
                os.killpg(child.pid, 9)
                await child.wait()
        return child.returncode == 0
