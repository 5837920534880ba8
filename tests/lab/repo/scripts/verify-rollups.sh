#!/bin/sh
# The rollup columns of Baserow must equal what their rows add up to.
set -eu
cd "$(dirname "$0")/.."
[ ! -f .env ] || . ./.env
bad=$(docker compose exec -T postgres-baserow \
	psql -h /tmp -p "${POSTGRES_BASEROW_PORT:-5433}" -U postgres -At baserow -c "
	SELECT count(*) FROM formation f WHERE heures_rollup IS DISTINCT FROM
	(SELECT sum(heures) FROM attribution a
	 WHERE a.formation_id = f.id AND NOT annulee)")
if [ "$bad" != 0 ]; then
	echo "FAIL $bad rollups differ"
	exit 1
fi
echo "rollups OK"
