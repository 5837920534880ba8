#!/bin/sh
# Smoke test of a deployed wiki: scripts/smoke-test.sh URL [CA-FILE]
set -eu
url=$1
ca=${2:+--cacert $2}

curl -fsS $ca -m 10 "$url/api/health" >/dev/null
cookie=$(curl -fsS $ca -m 10 -D - -o /dev/null -H 'Content-Type: application/json' \
	-d '{"email":"smoke@acadenice.fr","password":"smoke"}' "$url/api/auth/login" |
	sed -n 's/^[Ss]et-[Cc]ookie: \(authToken=[^;]*\).*/\1/p')
[ -n "$cookie" ]
curl -fsS $ca -m 10 -H "Cookie: $cookie" -H 'Content-Type: application/json' \
	-d '{"pageId":"smoke-test-page"}' "$url/api/pages/info" >/dev/null
curl -fsS $ca -m 10 -H "Cookie: $cookie" -H 'Content-Type: application/json' \
	-d '{"query":"smoke"}' "$url/api/search" >/dev/null
echo "Smoke tests OK"
