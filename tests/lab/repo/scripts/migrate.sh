#!/bin/sh
# Recalculate the rollups after a schema change: scripts/migrate.sh VERSION
set -eu
cd "$(dirname "$0")/.."
[ ! -f .env ] || . ./.env
echo "migrating to ${1:?version}"
docker compose exec -T postgres-baserow \
	psql -h /tmp -p "${POSTGRES_BASEROW_PORT:-5433}" -U postgres -q baserow -c "
	UPDATE formation f SET heures_rollup = (SELECT sum(heures) FROM attribution a
	WHERE a.formation_id = f.id AND NOT annulee)"
echo "migrated to $1"
