"""The history that a hub starts with: what the origin's commits and tags must
have caused, all of it well, and a restore test on the first of each month."""
import calendar
import time

from .shapes import number

MONTHS = 3
ANSWER_TIME = 600


def seed(hub):
    commits = hub.origin.log("--first-parent", "--reverse", "main")
    events = [(c.committer.when, 0, main_pushed, c) for c in commits]
    for tag in hub.origin.tags():
        if tag.name.startswith("v"):
            when = tag.tagger.when if tag.tagger else \
                hub.origin.commit(tag.commit).committer.when
            events.append((when + 900, 1, tag_pushed, tag))
    events += [(when, 2, backup_tested, hub.origin.sha("main"))
        for when in firsts_of_months() if when > hub.shapes.born]
    for when, _, act, what in sorted(events, key=lambda e: e[:2]):
        act(hub, what, when)
    seed_pull(hub)


def firsts_of_months():
    now = time.gmtime()
    found = []
    for back in range(MONTHS):
        month = (now.tm_year * 12 + now.tm_mon - 1) - back
        seconds = calendar.timegm((month // 12, month % 12 + 1, 1, 3, 0, 0))
        if seconds < time.time() - 1800:
            found.append(seconds)
    return found


def past_time(when):
    """Never later than now: a fresh origin's history may be minutes old."""
    return min(when, time.time() - 1)


def played(hub, run, start):
    """Let a run have happened: every job well, one stage after the other."""
    at = start + 4
    for stage in run.stages:
        end = at
        for job in stage:
            length = job.seconds * (90 + number(job.id) % 20) / 100
            job.started = past_time(at)
            for n, step in enumerate(job.steps):
                step.started = past_time(at + n * length / len(job.steps))
                step.completed = past_time(
                    at + (n + 1) * length / len(job.steps))
                step.status, step.conclusion = "completed", "success"
            job.completed = past_time(at + length)
            job.status, job.conclusion = "completed", "success"
            end = max(end, at + length)
            if job.environment:
                d = hub.deployment_for(run, job, past_time(start))
                for state, when in (("in_progress", at), ("success", at + length)):
                    hub.deployment_state(d, state, past_time(when))
        at = end
    run.status, run.conclusion, run.updated = "completed", "success", past_time(at)
    return at


def main_pushed(hub, commit, when):
    at = when + 20
    for file, event in (("ci.yml", "push"), ("deploy-staging.yml",
            "workflow_run"), ("e2e.yml", "workflow_run")):
        run = hub.make_run(file, event, "main", commit.sha,
            commit.committer.login, past_time(at))
        at = played(hub, run, at) + 3


def tag_pushed(hub, tag, when):
    who = tag.tagger.login if tag.tagger else \
        hub.origin.commit(tag.commit).committer.login
    run = hub.make_run("deploy-prod.yml", "push", tag.name, tag.commit, who,
        past_time(when))
    other = [login for login in hub.environments["production"].reviewers
        if login != who]
    run.approvals.append({"environment": "production", "state": "approved",
        "login": (other or [who])[0], "comment": "go"})
    played(hub, run, when + ANSWER_TIME)


def backup_tested(hub, sha, when):
    run = hub.make_run("nightly-backup-test.yml", "schedule", "main", sha,
        "yan", when)
    played(hub, run, when)


def seed_pull(hub):
    hub.add_pull("Bump hono from 4.6.3 to 4.6.9", "yan", ["dependencies"])
