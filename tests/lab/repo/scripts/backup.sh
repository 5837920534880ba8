#!/bin/sh
# Dump both databases. A dump gets its final name only when it is complete, and
# when the file with its sum is there.
set -eu
cd "$(dirname "$0")/.."
[ ! -f .env ] || . ./.env
mkdir -p backups
stamp=$(date -u +%Y%m%dT%H%M%SZ)

dump() { # service port database
	docker compose exec -T "$1" \
		pg_dump -h /tmp -p "$2" -U postgres -Fc "$3" \
		>"backups/.$3.part"
	sum=$(sha256sum <"backups/.$3.part")
	echo "${sum%% *}  $3-$stamp.dump" >"backups/$3-$stamp.dump.sha256"
	mv "backups/.$3.part" "backups/$3-$stamp.dump"
	echo "backups/$3-$stamp.dump"
}

dump postgres "${POSTGRES_PORT:-5432}" docmost
dump postgres-baserow "${POSTGRES_BASEROW_PORT:-5433}" baserow
