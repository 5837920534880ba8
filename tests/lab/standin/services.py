"""The services of formation-hub, and what each looks like from outside.

One row a service. `health` is the command of its healthcheck, `cpu` a mean in
percent of one processor, `memory` a mean in MiB, `every` the mean seconds
between two log lines. A log template is (weight, stream, text); fields in
braces are filled by logs.py."""
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Service:
    name: str
    image: str
    command: tuple
    port: int
    health: tuple = ()
    cpu: float = 1.0
    memory: float = 64.0
    limit: float = 512.0
    every: float = 10.0
    env: tuple = ()
    volume: tuple = ()
    published: int = 0
    lines: tuple = ()
    labels: dict = field(default_factory=dict)


NEST = "[Nest] 1  - {us_date}"
PINO = '{{"level":{lvl},"time":{ms},"pid":1,"hostname":"{id}",'

TABLE = (
    Service(
        "docmost", "docmost/docmost:0.95.0", ("pnpm", "start"), 3000,
        ("CMD-SHELL", "curl -fsS http://localhost:3000/api/health"),
        cpu=3.2, memory=310, limit=1024, every=3.0, published=3000,
        env=("NODE_ENV=production", "APP_URL=http://localhost:3000",
             "APP_SECRET=canary-app-secret-0123456789abcdef",
             "DATABASE_URL=postgresql://docmost:canary-db@postgres/docmost",
             "REDIS_URL=redis://redis:6379"),
        volume=("docmost_storage", "/app/data/storage"),
        lines=(
            (60, 1, NEST + "     LOG [HTTP] {get} {n3}ms 200"),
            (20, 1, NEST + "     LOG [CollaborationGateway] client {hex} "
                           "joined page {hex}"),
            (8, 1, NEST + "     LOG [QueueProcessor] processed "
                          "page-backlinks job {n4}"),
            (2, 2, NEST + "    WARN [HTTP] slow query {n4}ms "
                          "on pages.search"),
            (1, 2, NEST + "   ERROR [ExceptionsHandler] "
                          "UnauthorizedException: Invalid token"))),
    Service(
        "baserow", "baserow/baserow:1.35.3", ("start",), 80,
        ("CMD-SHELL", "/baserow.sh backend-cmd backend-healthcheck"),
        cpu=6.5, memory=890, limit=2048, every=2.5, published=8080,
        env=("BASEROW_PUBLIC_URL=http://localhost:8080",
             "SECRET_KEY=canary-baserow-secret",
             "BASEROW_JWT_SIGNING_KEY=canary-jwt-secret"),
        volume=("baserow_data", "/baserow/data"),
        lines=(
            (60, 1, " [BACKEND][{date}] 172.18.0.{n2}:0 - \"{get} "
                    "HTTP/1.1\" 200"),
            (15, 1, " [CELERY_WORKER][{date}] Task baserow.core.jobs.tasks"
                    ".clean_up_jobs[{hex}] succeeded in 0.{n3}s: None"),
            (10, 1, " [WEBFRONTEND][{date}] GET /dashboard 200 {n3}ms"),
            (2, 2, " [BACKEND][{date}] WARNING slow view update took "
                   "{n4} ms"),
            (1, 2, " [BACKEND][{date}] ERROR 172.18.0.{n2} - \"POST "
                   "/api/database/rows/ HTTP/1.1\" 500"))),
    Service(
        "bridge", "registry.acadenice.fr/formation-hub/bridge:v1.4.0",
        ("node", "dist/server.js"), 4000,
        ("CMD", "wget", "-qO-", "http://localhost:4000/health"),
        cpu=1.1, memory=86, limit=256, every=4.0, published=4000,
        env=("NODE_ENV=production", "LOG_LEVEL=info",
             "BASEROW_TOKEN=canary-bridge-token"),
        labels={"org.opencontainers.image.title": "formation-hub bridge",
                "org.opencontainers.image.version": "v1.4.0",
                "org.opencontainers.image.revision":
                    "9d20b11c3f0e4a7d8b6c5e2f1a0938475661728f"},
        lines=(
            (70, 1, PINO + '"req":{{"method":"GET","url":"{path}"}},"res":'
                           '{{"statusCode":200}},"responseTime":{n2},'
                           '"msg":"request completed"}}'),
            (15, 1, PINO + '"table":{n3},"rows":{n2},'
                           '"msg":"rollup refreshed"}}'),
            (3, 1, PINO.replace("{lvl}", "40") +
             '"attempt":1,"msg":"baserow answered 429, retrying"}}'),
            (1, 1, PINO.replace("{lvl}", "50") +
             '"err":{{"type":"Error","message":"fetch failed"}},'
             '"msg":"rollup failed"}}'))),
    Service(
        "postgres", "postgres:18", ("docker-entrypoint.sh", "postgres"), 5432,
        ("CMD-SHELL", "pg_isready -U docmost"),
        cpu=1.8, memory=140, limit=1024, every=25.0,
        env=("POSTGRES_USER=docmost", "POSTGRES_PASSWORD=canary-db",
             "PGDATA=/var/lib/postgresql/18/docker"),
        volume=("postgres_data", "/var/lib/postgresql"),
        lines=(
            (50, 2, "{iso} UTC [{n2}] LOG:  checkpoint complete: wrote {n3} "
                    "buffers (0.{n2}%); 0 WAL file(s) added"),
            (25, 2, "{iso} UTC [{n4}] LOG:  duration: {n3}.{n3} ms"),
            (2, 2, "{iso} UTC [{n4}] ERROR:  duplicate key value violates "
                   "unique constraint \"pages_slug_id_key\""))),
    Service(
        "redis", "redis:8-alpine",
        ("docker-entrypoint.sh", "redis-server", "--appendonly", "yes"), 6379,
        ("CMD", "redis-cli", "ping"),
        cpu=0.4, memory=18, limit=128, every=60.0,
        volume=("redis_data", "/data"),
        lines=(
            (50, 1, "1:M {redis_date} * {n2} changes in 300 seconds. "
                    "Saving..."),
            (50, 1, "1:M {redis_date} * Background saving terminated with "
                    "success"))),
    Service(
        "minio", "minio/minio:RELEASE.2025-09-07T16-13-09Z",
        ("minio", "server", "/data"), 9000,
        ("CMD", "mc", "ready", "local"),
        cpu=0.9, memory=120, limit=512, every=90.0,
        env=("MINIO_ROOT_USER=minio", "MINIO_ROOT_PASSWORD=canary-minio"),
        volume=("minio_data", "/data"),
        lines=((1, 1, "INFO: healing scan cycle {n3} finished"),)),
)

BY_NAME = {service.name: service for service in TABLE}

WORKER = Service(
    "worker", "busybox:1.37", ("sh", "-c", "worker"), 8000,
    ("CMD-SHELL", "true"), cpu=0.5, memory=12, limit=64, every=20.0,
    lines=((20, 1, "{iso} INFO job {hex} done in {n3} ms"),
           (1, 2, "{iso} ERROR job {hex} failed: timeout")))


def service(name):
    """The row of a service. One that the table lacks looks like the one
    before its first dash (postgres-baserow is a postgres), or a worker."""
    if name in BY_NAME:
        return BY_NAME[name]
    like = BY_NAME.get(name.split("-")[0], WORKER)
    return Service(**{**like.__dict__, "name": name, "published": 0,
                      "volume": like.volume and (
                          name.replace("-", "_") + "_data", like.volume[1])})
