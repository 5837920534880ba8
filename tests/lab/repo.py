"""The git side of the lab: a bare origin with a history of releases, and a
checkout per environment as the plan has them."""

import os
import shutil
import time

from layout import REMOTE
from util import read, run, write

HERE = os.path.dirname(os.path.abspath(__file__))
TEMPLATE = os.path.join(HERE, "repo")
DAY = 86400

# (days ago, who, tag or None, docmost, subject, {section: [entries]})
HISTORY = [
    (60, "yan", None, "0.93.0", "Phase 0: compose, scripts, bridge skeleton",
        {"Added": ["Compose files for local, staging and prod"]}),
    (45, "corentin", "v1.2.0", "0.93.0", "Release v1.2.0",
        {"Added": ["Endpoint /personnes/:id/timeline"],
        "Fixed": ["Rollup of a formation after a cancelled attribution"]}),
    (33, "yan", None, "0.93.0", "bridge: list formations",
        {"Added": ["Endpoint /formations"]}),
    (30, "yan", "v1.3.0", "0.94.1", "Release v1.3.0",
        {"Changed": ["Docmost 0.94.1"]}),
    (21, "corentin", "v1.3.1", "0.94.1", "Release v1.3.1",
        {"Fixed": ["Bridge answers 404 rather than 500 for an unknown person"]}),
    (9, "yan", "v1.3.2", "0.95.0", "Release v1.3.2",
        {"Changed": ["Docmost 0.95.0 (changes the schema)"]}),
    (4, "corentin", None, "0.95.0", "bridge: cache the timeline",
        {"Added": ["Timeline answers from a cache of one minute"]}),
    (2, "corentin", "v1.4.0", "0.95.0", "Release v1.4.0",
        {"Fixed": ["Session expiry on the calendar page"]}),
    (1, "yan", None, "0.95.0", "bridge: export attributions as CSV",
        {"Added": ["Endpoint /attributions.csv"]}),
    (0.2, "corentin", None, "0.95.0", "scripts: say which service fails",
        {"Changed": ["healthcheck.sh names the service that fails"]}),
]

HEADER = """# Changelog

The format is based on [Keep a Changelog](https://keepachangelog.com/en/1.1.0/),
and this project adheres to Semantic Versioning.
"""
SECTIONS = ("Added", "Changed", "Fixed")


def changelog(releases, pending):
    text = HEADER + "\n## [Unreleased]\n" + entries(pending)
    for version, date, content in reversed(releases):
        text += "\n## [%s] - %s\n" % (version, date) + entries(content)
    return text


def entries(content):
    return "".join("\n### %s\n%s" % (name,
        "".join("- %s\n" % line for line in content[name]))
        for name in SECTIONS if content.get(name))


def merge(into, more):
    for name, lines in more.items():
        into.setdefault(name, []).extend(lines)


class Git:
    """git without the user's or the machine's configuration."""

    def __init__(self, program):
        self.program = program

    def __call__(self, where, *words, who="corentin", when=None):
        date = "%d +0000" % (when or time.time())
        return run([self.program, "-C", where, "-c", "init.defaultBranch=main",
            "-c", "advice.detachedHead=false", "-c", "safe.directory=*"]
            + list(words), env={
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": who, "GIT_AUTHOR_EMAIL": who + "@acadenice.fr",
            "GIT_COMMITTER_NAME": who, "GIT_COMMITTER_EMAIL": who + "@acadenice.fr",
            "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date})


def fill(work, docmost, version):
    shutil.copytree(TEMPLATE, work, dirs_exist_ok=True,
        copy_function=shutil.copy)
    os.chmod(work, 0o755)
    os.replace(os.path.join(work, "gitignore"), os.path.join(work, ".gitignore"))
    # the template may lie in a tree that must not be written
    for base, dirs, files in os.walk(work):
        if ".git" in dirs:
            dirs.remove(".git")
        os.chmod(base, 0o755)
        for name in files:
            os.chmod(os.path.join(base, name),
                0o755 if name.endswith(".sh") else 0o644)
    for name, mark, value in (("compose.yml", "@DOCMOST@", docmost),
            ("bridge/package.json", "@VERSION@", version)):
        path = os.path.join(work, name)
        write(path, read(path).replace(mark, value))


def make_origin(lab, git):
    work = lab.path("work")
    os.makedirs(work)
    git(work, "init", "-q")
    releases, pending, version = [], {}, "1.1.0"
    now = int(time.time())
    for days, who, tag, docmost, subject, content in HISTORY:
        when = now - int(days * DAY)
        merge(pending, content)
        if tag:
            version = tag[1:]
            date = time.strftime("%Y-%m-%d", time.gmtime(when))
            releases.append((version, date, pending))
            pending = {}
        fill(work, docmost, version)
        write(os.path.join(work, "CHANGELOG.md"), changelog(releases, pending))
        git(work, "add", "-A")
        git(work, "commit", "-q", "-m", subject, who=who, when=when)
        if tag:
            lines = "\n".join("- " + line for name in SECTIONS
                for line in releases[-1][2].get(name, []))
            git(work, "tag", "-a", tag, "-m", "Release %s\n\n%s" % (tag, lines),
                who=who, when=when + 60)
    git(lab.dir, "clone", "-q", "--bare", work, lab.path("origin.git"))
    # hosts push and fetch as another user might own them
    git(lab.path("origin.git"), "config", "receive.denyNonFastForwards", "true")
    # the ops box's own, for vigie
    git(lab.dir, "clone", "-q", "--bare", lab.path("origin.git"),
        lab.path("clone.git"))
    shutil.rmtree(work)


def commits(lab, git):
    """Those of main, each of which was deployed to staging once."""
    return git(lab.path("origin.git"), "rev-list", "main").split()


PORT_LINES = (("DOCMOST_PORT", "docmost"), ("BASEROW_PORT", "baserow"),
    ("BRIDGE_PORT", "bridge"), ("POSTGRES_PORT", "postgres"),
    ("POSTGRES_BASEROW_PORT", "postgres_baserow"), ("REDIS_PORT", "redis"),
    ("MINIO_PORT", "minio"))


def checkout(lab, env, git):
    where = lab.checkout(env)
    os.makedirs(where, exist_ok=True)
    git(where, "init", "-q")
    git(where, "remote", "add", "origin", lab.path("origin.git"))
    git(where, "fetch", "-q", "--tags", "origin")
    if env == "local":
        git(where, "checkout", "-q", "-b", "main", "--track", "origin/main")
        with open(os.path.join(where, "README.md"), "a") as f:
            f.write("\nWork in progress.\n")
    else:
        git(where, "checkout", "-q", "--detach",
            "v1.4.0" if env == "prod" else "origin/main")
    head = git(where, "rev-parse", "HEAD").strip()
    write_settings(lab, env, where,
        {"local": "edge", "staging": head, "prod": "v1.4.0"}[env])
    return head


def write_settings(lab, env, where, tag):
    """.env beside the compose files; tag is that of the bridge's image."""
    lines = ["%s=%d" % (name, lab.port(env, port)) for name, port in PORT_LINES]
    health = lab.record["health"]
    lines += ["HEALTH_INTERVAL=%ds" % health,
        "HEALTH_INTERVAL_SLOW=%ds" % (health * 3 // 2),
        "FAULTS_DIR=" + lab.path(env, "faults"),
        "DOCMOST_URL=" + lab.url(env, "docmost"),
        "BASEROW_URL=" + lab.url(env, "baserow"),
        "BRIDGE_IMAGE=registry.acadenice.fr/formation-hub/bridge:" + tag,
        "LOG_LEVEL=" + {"local": "debug", "staging": "info", "prod": "warn"}[env]]
    if env in REMOTE:
        # read by every `docker compose` in this directory, as on a real host
        lines.append("COMPOSE_FILE=compose.yml:compose.%s.yml" % env)
    write(os.path.join(where, ".env"), "\n".join(lines) + "\n")
    if env in REMOTE:
        secret = "lab-%s-0123456789abcdef0123456789abcdef" % env
        write(os.path.join(where, ".env." + env), "APP_SECRET=%s\n" % secret, 0o600)
