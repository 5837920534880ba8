#!/bin/sh
# Entry of the lab's PostgreSQL image: the first start makes the service's own
# database from the schema in the image, later starts keep what is there.
set -eu
export PGDATA=/var/lib/postgresql/data
bin=$(echo /usr/lib/postgresql/*/bin)
if [ ! -f "$PGDATA/lab-ready" ]; then
	single="$bin/postgres --single -j -D $PGDATA"
	printf "CREATE ROLE %s LOGIN SUPERUSER PASSWORD '%s';\n\nCREATE DATABASE %s OWNER %s;\n\n" \
		"$POSTGRES_USER" "$POSTGRES_PASSWORD" "$POSTGRES_DB" "$POSTGRES_USER" |
		$single postgres >/dev/null
	$single "$POSTGRES_DB" <"/schema/$POSTGRES_DB.sql" >/dev/null
	: >"$PGDATA/lab-ready"
fi
exec "$bin/postgres" -D "$PGDATA" -c listen_addresses=127.0.0.1 -c "port=$PGPORT" \
	-c unix_socket_directories=/tmp -c shared_buffers=16MB -c max_connections=40 \
	-c log_checkpoints=on -c jit=off
