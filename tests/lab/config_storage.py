"""The parts of vigie.yaml about the registry, the schemas and the backups."""

import json

import backups
import registry
import s3
from layout import CHECKOUT

# what a restored database is asked
QUERY = {"docmost": "select count(*) from pages",
    "baserow": "select count(*) from formation"}
SCHEMA = {
    "docmost": "select name from kysely_migration order by 1",
    "baserow": "select app, name from django_migrations order by 1, 2",
}


def quoted(value):
    # a JSON string is a YAML string
    return json.dumps(value, ensure_ascii=False)


def password(path):
    return "{file: %s}" % quoted(path)


def registry_lines(lab):
    where = "127.0.0.1:%d" % lab.box_port("registry")
    return ["registry:", "  image: %s/%s" % (where, registry.NAME),
        "  url: http://" + where, "  user: " + registry.USER,
        "  password: " + password(lab.path("registry.password")),
        "  interval: 5s"]


def schema_command(lab, env, kind):
    """Run in the container of the service."""
    return "psql -h /tmp -p %d -U postgres -Atc '%s' %s" % (
        lab.port(env, backups.KINDS[kind].replace("-", "_")), SCHEMA[kind], kind)


def schemas_lines(lab, env):
    lines = ["    schemas:"]
    for kind, service in backups.KINDS.items():
        lines += ["      - name: " + kind, "        service: " + service,
            "        command: " + quoted(schema_command(lab, env, kind))]
    return lines


def tools(lab, env, kind, docker="docker"):
    """The words before pg_restore, createdb, psql and dropdb."""
    return " ".join([docker] + backups.client_words(lab, env, kind))


def limits():
    return ["        every: 24h", "        max_age: 24h"]


def verify(words, kind):
    return ["        verify:", "          tools: " + quoted(words),
        "          query: " + quoted(QUERY[kind])]


def directory_lines(lab, env, kind):
    return ["      - kind: " + kind,
        "        directory: %s/backups" % CHECKOUT,
        "        files: %s-*.dump" % kind,
        "        format: pg_dump"] + limits() + ["        keep: %d" % len(backups.SERIES[env][1])] \
        + verify(tools(lab, env, kind), kind)


def restic_lines(lab):
    return ["      - kind: files",
        "        restic: {repository: %s, password: %s, host: prod}" % (
            quoted(lab.path("restic")), password(lab.path("restic.password")))] \
        + limits()


def offsite_words(lab):
    """The dump is here, on the ops box; the tools are beside prod's server."""
    return tools(lab, "prod", "docmost", "%s -H unix://%s"
        % (lab.path("bin", "docker"), lab.socket("prod")))


def s3_lines(lab):
    return ["      - kind: offsite",
        "        s3: {url: %s, bucket: %s, prefix: prod/docmost-, region: %s,"
        " style: path, access_key: %s, secret: %s}" % (quoted(s3.url(lab)),
            s3.BUCKET, s3.REGION, quoted(s3.ACCESS_KEY),
            password(lab.path("s3.secret"))),
        "        files: docmost-*.dump",
        "        format: pg_dump"] + limits() \
        + verify(offsite_words(lab), "docmost")


def backups_lines(lab, env):
    """Below an environment of a real lab: staging or prod."""
    lines = ["    backups:"]
    for kind in backups.KINDS:
        lines += directory_lines(lab, env, kind)
    if env == "prod":
        lines += restic_lines(lab) + s3_lines(lab)
    return lines
