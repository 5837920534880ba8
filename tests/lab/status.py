"""What of the lab runs: one row for each part."""

import http.client

import docker_engine
import host
import restic
import stack
import storage_faults
from layout import ENVS, REMOTE, SITES, port_open
from util import LabError, state_of

STATES = {"R": "runs", "S": "runs", "D": "runs", "I": "runs", "T": "stopped",
    "t": "stopped"}


def process_row(lab, env, name, port=None):
    pid = host.pid_of(lab, env, name)
    state = STATES.get(state_of(pid), "gone") if pid else "gone"
    if state == "runs" and port is not None and not port_open(port):
        state = "port closed"
    return (env, name, str(pid or "-"), str(port or "-"), state,
        state == "runs")


def container_rows(lab, env):
    try:
        found = docker_engine.containers(lab, env)
    except (OSError, http.client.HTTPException, LabError) as e:
        return [(env, "containers", "-", "-", "no answer: %s" % e, False)]
    rows = []
    for service in stack.SERVICES:
        c = found.get((service, "1"), ("-", "absent", "absent", ""))
        well = c[1] == "running" and "unhealthy" not in c[2]
        port = service.replace("-", "_")
        rows.append((env, service, c[0][:12], str(lab.port(env, port)), c[2], well))
    workers = [c for (service, _), c in found.items() if service == "worker"]
    if workers:
        up = sum(c[1] == "running" for c in workers)
        rows.append((env, "worker", "-", "-", "%d of %d run" % (up, len(workers)),
            up == len(workers)))
    return rows


def box_rows(lab):
    """What the ops box runs and keeps."""
    count = restic.snapshots(lab)
    return [process_row(lab, "box", name, lab.box_port(name))
        for name in ("registry", "s3")] + [("box", "restic", "-", "-",
        "%d snapshots" % count, count > 0)]


def backups_row(lab, env):
    try:
        count = len(storage_faults.dumps(lab, env))
    except OSError as e:
        return (env, "backups", "-", "-", e.strerror, False)
    return (env, "backups", "-", "-", "%d dumps" % count, count > 0)


def rows(lab):
    found = [process_row(lab, "box", "github", lab.box_port("github"))]
    if lab.real:
        found += box_rows(lab)
    for env in ENVS:
        if lab.real:
            found += [process_row(lab, env, name)
                for name in ("host", "containerd", "dockerd")]
            if env in REMOTE:
                found.append(process_row(lab, env, "sshd", lab.port(env, "ssh")))
        else:
            found.append(process_row(lab, env, "engine"))
        if env in REMOTE:
            found.append(process_row(lab, env, "front",
                lab.port(env, "tls_" + next(iter(SITES)))))
        found += container_rows(lab, env)
        if env in REMOTE and lab.real:
            found.append(backups_row(lab, env))
    return found


def show(lab):
    """Print the table; true when every part is well."""
    kind = "" if lab.real else " (stand-in: it runs no containers)"
    print("lab %s, engine: %s%s" % (lab.dir, lab.record["engine"], kind))
    table = [("ENV", "PART", "PID/ID", "PORT", "STATE", True)] + rows(lab)
    for env, part, pid, port, state, _ in table:
        print("%-8s %-17s %-13s %-6s %s" % (env, part, pid, port, state))
    for name, argument in lab.record["faults"].items():
        print("fault: %s %s" % (name, argument))
    well = all(row[5] for row in table)
    if not lab.record.get("complete"):
        print("not complete: lab up was cut short; lab down removes the rest")
    return well and bool(lab.record.get("complete"))
