"""The JSON of workflows, runs, jobs, environments, deployments and checks."""
from .shapes import node, number, stamp

BOT = "github-actions[bot]"


def workflow(s, w, born):
    url = "%s/actions/workflows/%d" % (s.root, w.id)
    return {"id": w.id, "node_id": node("W", w.file), "name": w.name,
        "path": w.path, "state": w.state, "created_at": stamp(born),
        "updated_at": stamp(born), "url": url, "html_url":
        "%s/blob/main/%s" % (s.page, w.path), "badge_url":
        "%s/actions/workflows/%s/badge.svg" % (s.page, w.file)}


def run(s, r, commit):
    url = "%s/actions/runs/%d" % (s.root, r.id)
    suite = number("suite", r.id)
    small = s.small_repo()
    return {"id": r.id, "name": r.workflow.name, "node_id": node("WFR", r.id),
        "check_suite_id": suite, "check_suite_node_id": node("CS", suite),
        "head_branch": r.branch, "head_sha": r.sha, "path": r.workflow.path,
        "run_number": r.number, "run_attempt": r.attempt,
        "referenced_workflows": [], "event": r.event, "status": r.status,
        "conclusion": r.conclusion, "workflow_id": r.workflow.id, "url": url,
        "html_url": "%s/actions/runs/%d" % (s.page, r.id), "pull_requests": [],
        "created_at": stamp(r.created), "updated_at": stamp(r.updated),
        "actor": s.user(r.actor), "triggering_actor": s.user(r.triggered_by),
        "run_started_at": stamp(r.started), "jobs_url": url + "/jobs",
        "logs_url": url + "/logs", "check_suite_url": "%s/check-suites/%d" % (
            s.root, suite), "artifacts_url": url + "/artifacts",
        "cancel_url": url + "/cancel", "rerun_url": url + "/rerun",
        "previous_attempt_url": "%s/attempts/%d" % (url, r.attempt - 1)
        if r.attempt > 1 else None, "workflow_url":
        "%s/actions/workflows/%d" % (s.root, r.workflow.id),
        "head_commit": s.short_commit(commit) if commit else None,
        "repository": small, "head_repository": small,
        "display_title": r.title}


def job(s, r, j):
    url = "%s/actions/jobs/%d" % (s.root, j.id)
    ran = j.started is not None
    return {"id": j.id, "run_id": r.id, "run_url": "%s/actions/runs/%d" % (
        s.root, r.id), "run_attempt": j.attempt, "node_id": node("CR", j.id),
        "head_sha": r.sha, "url": url, "html_url": "%s/actions/runs/%d/job/%d"
        % (s.page, r.id, j.id), "status": j.status, "conclusion": j.conclusion,
        "created_at": stamp(j.created), "started_at": stamp(
            j.started or j.created), "completed_at": stamp(j.completed),
        "name": j.name, "steps": [step(n, x) for n, x in enumerate(j.steps, 1)],
        "check_run_url": "%s/check-runs/%d" % (s.root, j.id),
        "labels": ["ubuntu-latest"], "runner_id": 7 if ran else None,
        "runner_name": "GitHub Actions 7" if ran else None,
        "runner_group_id": 0 if ran else None,
        "runner_group_name": "GitHub Actions" if ran else None,
        "workflow_name": r.workflow.name, "head_branch": r.branch}


def step(n, x):
    return {"status": x.status, "conclusion": x.conclusion, "name": x.name,
        "number": n, "started_at": stamp(x.started),
        "completed_at": stamp(x.completed)}


def app(s):
    return {"id": 15368, "slug": "github-actions", "node_id": node("A", 15368),
        "owner": s.user("github", "Organization"), "name": "GitHub Actions",
        "description": "", "external_url": s.site + "/features/actions",
        "html_url": s.site + "/apps/github-actions", "created_at":
        stamp(s.born), "updated_at": stamp(s.born), "permissions": {
            "checks": "write", "metadata": "read"}, "events": ["push"]}


def check_run(s, r, j):
    url = "%s/check-runs/%d" % (s.root, j.id)
    page = "%s/actions/runs/%d/job/%d" % (s.page, r.id, j.id)
    return {"id": j.id, "head_sha": r.sha, "node_id": node("CR", j.id),
        "external_id": str(number("external", j.id)), "url": url,
        "html_url": page, "details_url": page, "status": j.status,
        "conclusion": j.conclusion, "started_at": stamp(j.started or j.created),
        "completed_at": stamp(j.completed), "output": {"title": None,
            "summary": None, "text": None, "annotations_count": 0,
            "annotations_url": url + "/annotations"}, "name": j.name,
        "check_suite": {"id": number("suite", r.id)}, "app": app(s),
        "pull_requests": []}


def status(s, sha, x):
    return {"url": "%s/statuses/%s" % (s.root, sha), "avatar_url": s.site
        + "/avatars/" + x["creator"], "id": number("status", sha, x["context"]),
        "node_id": node("SC", sha + x["context"]), "state": x["state"],
        "description": x.get("description"), "target_url": x.get("target_url"),
        "context": x["context"], "created_at": stamp(x["when"]),
        "updated_at": stamp(x["when"])}


# --- environments and deployments ---------------------------------------------

def environment_link(s, e):
    url = "%s/environments/%s" % (s.root, e.name)
    return {"id": e.id, "node_id": node("EN", e.name), "name": e.name,
        "url": url, "html_url": "%s/deployments/activity_log?environments_filter"
        "=%s" % (s.page, e.name)}


def reviewers(s, e):
    return [{"type": "User", "reviewer": s.user(login)} for login in e.reviewers]


def environment(s, e):
    rules = []
    if e.wait_timer:
        rules.append({"id": number("rule", e.name, "wait"), "node_id": node(
            "GA", e.name + "wait"), "type": "wait_timer",
            "wait_timer": e.wait_timer})
    if e.reviewers:
        rules.append({"id": number("rule", e.name, "review"), "node_id": node(
            "GA", e.name + "review"), "type": "required_reviewers",
            "prevent_self_review": e.prevent_self_review,
            "reviewers": reviewers(s, e)})
    if e.branch_policy:
        rules.append({"id": number("rule", e.name, "branch"), "node_id": node(
            "GA", e.name + "branch"), "type": "branch_policy"})
    return dict(environment_link(s, e), created_at=stamp(s.born),
        updated_at=stamp(e.updated or s.born), can_admins_bypass=e.admins_bypass,
        protection_rules=rules, deployment_branch_policy={
            "protected_branches": e.branch_policy == "protected",
            "custom_branch_policies": e.branch_policy == "custom"}
        if e.branch_policy else None)


def pending(s, e, since, may):
    link = environment_link(s, e)
    return {"environment": link, "wait_timer": e.wait_timer,
        "wait_timer_started_at": stamp(since) if e.wait_timer else None,
        "current_user_can_approve": may, "reviewers": reviewers(s, e)}


def approval(s, e, a):
    link = dict(environment_link(s, e), created_at=stamp(s.born),
        updated_at=stamp(e.updated or s.born))
    return {"environments": [link], "state": a["state"], "user": s.user(
        a["login"]), "comment": a["comment"]}


def deployment(s, d):
    url = "%s/deployments/%d" % (s.root, d.id)
    return {"url": url, "id": d.id, "node_id": node("DE", d.id),
        "task": "deploy", "original_environment": d.environment,
        "environment": d.environment, "description": None,
        "created_at": stamp(d.created), "updated_at": stamp(d.updated),
        "statuses_url": url + "/statuses", "repository_url": s.root,
        "creator": s.user(d.creator), "sha": d.sha, "ref": d.ref, "payload": {},
        "transient_environment": False, "production_environment": d.production,
        "performed_via_github_app": None}


def deployment_status(s, d, x):
    log = "%s/actions/runs/%d/job/%d" % (s.page, d.run_id, d.job_id)
    return {"url": "%s/deployments/%d/statuses/%d" % (s.root, d.id, x["id"]),
        "id": x["id"], "node_id": node("DES", x["id"]), "state": x["state"],
        "creator": s.user(BOT, "Bot"), "description": x["description"],
        "environment": d.environment, "target_url": log, "log_url": log,
        "created_at": stamp(x["when"]), "updated_at": stamp(x["when"]),
        "deployment_url": "%s/deployments/%d" % (s.root, d.id),
        "repository_url": s.root, "environment_url": s.site + "/",
        "performed_via_github_app": None}


def runner(x):
    return {"id": x["id"], "name": x["name"], "os": "linux",
        "status": x["status"], "busy": x["busy"], "ephemeral": False,
        "runner_group_id": 1, "labels": [{"id": n, "name": name, "type":
            "read-only"} for n, name in enumerate(x["labels"], 1)]}
