"""The POST requests: (status, value)."""
import time

from . import run_shapes
from .api import Problem, run_of, workflow_of
from .origin import NotThere, Person

NOTHING_PENDING = "No pending deployment requests to approve or reject"


def wanted(body, **kinds):
    """Check the fields of a body; a trailing _ marks one that may lack."""
    if not isinstance(body, dict):
        raise Problem(400, "Problems parsing JSON")
    for name, kind in kinds.items():
        value = body.get(name.rstrip("_"))
        if value is None and name.endswith("_"):
            continue
        if not isinstance(value, kind):
            raise Problem(422, "Invalid request.\n\n\"%s\" wasn't supplied, or is"
                " of the wrong type." % name.rstrip("_"))
    return body


def review(hub, ask):
    body = wanted(ask.body, environment_ids=list, state=str, comment=str)
    run = run_of(hub, ask)
    if body["state"] not in ("approved", "rejected"):
        raise Problem(422, "state must be approved or rejected")
    if not run.gate or hub.environments[run.gate[0]].id not in \
            body["environment_ids"]:
        raise Problem(422, NOTHING_PENDING)
    # the same words for "handled already" and for "not by you"
    d = hub.review(run, ask.login, body["state"], body["comment"])
    if d is None:
        raise Problem(422, NOTHING_PENDING)
    return 200, [run_shapes.deployment(hub.shapes, d)]


def cancel(hub, ask):
    run = run_of(hub, ask)
    if run.status == "completed":
        raise Problem(409, "Cannot cancel a workflow run that is completed.")
    hub.player.cancel(run)
    return 202, {}


def rerun(hub, ask, failed_only=False):
    run = run_of(hub, ask)
    if run.status != "completed":
        raise Problem(403, "This workflow is already running")
    if failed_only and run.conclusion == "success":
        raise Problem(403, "This workflow run has no failed jobs")
    hub.rerun(run, ask.login, failed_only)
    return 201, {}


def rerun_failed(hub, ask):
    return rerun(hub, ask, True)


def dispatch(hub, ask):
    body = wanted(ask.body, ref=str, inputs_=dict, return_run_details_=bool)
    workflow = workflow_of(hub, ask)
    if not workflow.manual:
        raise Problem(422, "Workflow does not have 'workflow_dispatch' trigger")
    ref = body["ref"]
    try:
        sha = hub.origin.sha(ref)
    except NotThere:
        raise Problem(422, "No ref found for: " + ref) from None
    for prefix in ("refs/heads/", "refs/tags/"):
        if ref.startswith(prefix):
            ref = ref[len(prefix):]
    run = hub.start(workflow.file, "workflow_dispatch", ref, sha, ask.login,
        title=workflow.name)
    if not body.get("return_run_details"):
        return 204, None
    return 200, {"workflow_run_id": run.id, "run_url": "%s/actions/runs/%d" % (
        hub.shapes.root, run.id), "html_url": "%s/actions/runs/%d" % (
        hub.shapes.page, run.id)}


def make_tag(hub, ask):
    body = wanted(ask.body, tag=str, message=str, object=str, type=str,
        tagger_=dict)
    given = body.get("tagger") or {}
    tagger = Person(given.get("name", ask.login), given.get("email",
        ask.login + "@acadenice.fr"), int(time.time()))
    try:
        if hub.origin.object_type(body["object"]) != body["type"]:
            raise NotThere("another type")
        sha = hub.origin.make_tag(body["tag"], body["object"], body["type"],
            tagger, body["message"])
        head, message = hub.origin.tag_object(sha)
    except NotThere:
        raise Problem(422, "Validation Failed", [{"resource": "Tag",
            "code": "custom", "field": "object",
            "message": "object does not exist"}]) from None
    return 201, hub.shapes.tag_object(sha, head, message)


def make_ref(hub, ask):
    body = wanted(ask.body, ref=str, sha=str)
    ref = body["ref"]
    if ref.count("/") < 2 or not ref.startswith("refs/"):
        raise Problem(422, "Reference name is not valid")
    if ref in hub.origin.refs():
        raise Problem(422, "Reference already exists")
    try:
        kind = hub.origin.object_type(body["sha"])
        hub.origin.make_ref(ref, body["sha"])
    except NotThere:
        raise Problem(422, "Object does not exist") from None
    hub.pushed(ask.login)
    return 201, hub.shapes.ref(ref, body["sha"], kind)
