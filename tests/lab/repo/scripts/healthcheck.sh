#!/bin/sh
# Ask every service of this host whether it is well; non-zero when one is not.
set -u
cd "$(dirname "$0")/.."
[ ! -f .env ] || . ./.env
tries=${HEALTHCHECK_TRIES:-30}

check() { # name url
	n=0
	until curl -fsS -m 5 -o /dev/null "$2" 2>/dev/null; do
		n=$((n + 1))
		if [ "$n" -ge "$tries" ]; then
			echo "FAIL $1 $2"
			return 1
		fi
		sleep 1
	done
	echo "ok   $1"
}

bad=0
check docmost "http://127.0.0.1:${DOCMOST_PORT:-3000}/api/health" || bad=1
check baserow "http://127.0.0.1:${BASEROW_PORT:-8080}/api/_health/" || bad=1
check bridge "http://127.0.0.1:${BRIDGE_PORT:-4000}/health" || bad=1
exit $bad
