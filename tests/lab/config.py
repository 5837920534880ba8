"""What the lab writes for those who use it: vigie.yaml, and env with shell
assignments."""

import json
import shlex

import config_storage
import docker_engine
import forge
import s3
from layout import (CHECKOUT, ENVS, PROJECT, REMOTE, REPOSITORY, SITES,
    user_name)
from util import write

ABOUT = {
    "local": ("seed data", "make up", ""),
    "staging": ("anonymised data", "push main, auto", ""),
    "prod": ("real data", "tag v*", "Yan or Corentin"),
}
EXPECT = {"docmost": ("status", "ok"), "bridge": ("status", "ok")}


def quoted(value):
    # a JSON string is a YAML string
    return json.dumps(value, ensure_ascii=False)


def probe(lab, env, service):
    name, path = SITES[service]
    lines = ["      - name: " + name, "        url: " + lab.url(env, service) + path]
    if lab.url(env, service).startswith("https"):
        lines.append("        ca: " + quoted(lab.path("ca", "ca.pem")))
    if service in EXPECT:
        lines.append("        expect: {json: %s, equals: %s}" % EXPECT[service])
    return lines


def environment(lab, env):
    data, trigger, approval = ABOUT[env]
    remote = env in REMOTE and lab.real
    lines = ["  %s:" % env]
    if not lab.real:
        # so every screen says so
        lines.append("    title: " + quoted(env + " (stand-in engine)"))
    if env == "prod":
        lines.append("    production: true")
    if remote:
        lines += ["    ssh:", "      host: " + env,
            "      config: " + quoted(lab.path("ssh_config"))]
    lines += ["    engine: " + quoted("/var/run/docker.sock" if remote
            else lab.socket(env)),
        "    compose_project: " + PROJECT,
        "    directory: " + quoted(CHECKOUT if remote else lab.checkout(env)),
        "    data: " + quoted(data), "    trigger: " + quoted(trigger)]
    if remote:
        lines.append("    disk: " + CHECKOUT)
    if approval:
        lines.append("    approval: " + quoted(approval))
    if remote:
        # a version is good sooner than in earnest
        lines.append("    good_after: 1s")
        lines += runbook_values(lab, env)
        lines += config_storage.schemas_lines(lab, env)
        lines += config_storage.backups_lines(lab, env)
    lines.append("    probes:")
    for service in SITES:
        lines += probe(lab, env, service)
    return lines


def github_section(lab):
    return ["github:", "  repository: " + REPOSITORY, "  url: " + forge.url(lab),
        "  token: {file: %s}" % quoted(lab.path("github.token")),
        "  interval: 5s"]


def runbook_values(lab, env):
    """The images are on the hosts; the smoke test may log in."""
    values = {"pull": "false",
        "smoke_url": lab.url(env, "docmost"),
        "smoke_ca": lab.path("ca", "ca.pem"),
        "smoke_email": "smoke@acadenice.fr",
        "smoke_password_file": lab.path("smoke.password")}
    return ["    values:"] + ["      - {name: %s, value: %s}"
        % (name, quoted(value)) for name, value in values.items()]


def write_vigie(lab):
    lines = ["# made by lab up; what is in force: vigie config print",
        "project: " + PROJECT, "state: " + quoted(lab.path("state")),
        "socket: " + quoted(lab.path("vigie.sock")),
        "operators: [%s]" % user_name(), "viewers: []",
        "repository: {path: %s, fetch: 10s}" % quoted(lab.path("clone.git"))]
    lines += github_section(lab)
    if lab.real:
        lines += config_storage.registry_lines(lab)
    lines.append("environments:")
    for env in ENVS:
        lines += environment(lab, env)
    write(lab.path("vigie.yaml"), "\n".join(lines) + "\n")
    write(lab.path("smoke.password"), "smoke\n", 0o600)


def assignments(lab, docker):
    pairs = [("LAB_DIR", lab.dir), ("LAB_CONFIG", lab.path("vigie.yaml")),
        ("LAB_ENGINE", lab.record["engine"]), ("LAB_DOCKER", docker),
        ("LAB_SSH_CONFIG", lab.path("ssh_config") if lab.real else ""),
        ("LAB_ORIGIN", lab.path("origin.git")), ("LAB_CA", lab.path("ca", "ca.pem")),
        ("LAB_PROJECT", PROJECT), ("LAB_GITHUB", forge.url(lab)),
        ("LAB_GITHUB_TOKEN", lab.path("github.token")),
        ("LAB_GITHUB_WEAK_TOKEN", lab.path("github-weak.token"))]
    for env in ENVS:
        upper = env.upper()
        pairs += [("LAB_DOCKER_" + upper, "unix://" + lab.socket(env)),
            ("LAB_CHECKOUT_" + upper, lab.checkout(env))]
        if env in REMOTE and lab.real:
            pairs.append(("LAB_SSH_PORT_" + upper, str(lab.port(env, "ssh"))))
        for service, (site, _) in SITES.items():
            pairs.append(("LAB_%s_%s_URL" % (upper, site.upper()),
                lab.url(env, service)))
        for (service, number), found in sorted(
                docker_engine.containers(lab, env).items()):
            if number == "1" and service != "worker":
                pairs.append(("LAB_%s_%s" % (upper,
                    service.upper().replace("-", "_")), found[3]))
    return pairs


def storage(lab):
    """Of registry, S3, restic and samples; empty where the lab has none."""
    def file(*parts):
        return lab.path(*parts) if lab.real else ""
    return [
        ("LAB_REGISTRY", "127.0.0.1:%d" % lab.box_port("registry")
            if lab.real else ""),
        ("LAB_REGISTRY_PASSWORD", file("registry.password")),
        ("LAB_S3", s3.url(lab) if lab.real else ""),
        ("LAB_S3_BUCKET", s3.BUCKET), ("LAB_S3_ACCESS_KEY", s3.ACCESS_KEY),
        ("LAB_S3_SECRET", file("s3.secret")),
        ("LAB_RESTIC", file("restic")),
        ("LAB_RESTIC_PASSWORD", file("restic.password")),
        ("LAB_SAMPLES", file("samples"))]


def write_env(lab, docker):
    write(lab.path("env"), "".join("%s=%s\n" % (name, shlex.quote(value))
        for name, value in assignments(lab, docker) + storage(lab)))
