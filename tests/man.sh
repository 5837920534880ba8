#!/bin/sh
# The manual pages say all that the program knows: commands and options as the
# program prints them, the console's keys as its table prints them, operations,
# errors and members of the protocol as the sources have them. Prints TAP.
set -u
cd "${VIGIE_SOURCE:-$(dirname "$0")/..}" || exit 99
. tests/tap.sh
build=${VIGIE_BUILD:-build}
vigie=$build/vigie
LC_ALL=C
export LC_ALL
unset LANGUAGE

# plain PAGE: its source without what only the formatter needs.
plain() {
	sed -e 's/\\-/-/g' -e 's/\\(em/--/g' -e 's/\\&//g' \
	    -e 's/\\f[BIRP]//g' -e 's/\\(dq/"/g' "man/$1"
}

# section KIND NAME: the part of vigie.1 under ".KIND NAME".
section() {
	plain vigie.1 | awk -v kind=".$1" -v name="$2" '
		$1 == kind { on = ($2 == name); next }
		$1 == ".SH" { on = 0 }
		on'
}

# --- the command line -------------------------------------------------------

# Names in the help's first column; options as "-x, --name" or "--name".
commands() {
	"$vigie" --help | sed -n 's/^  \([a-z][a-z]*\)  *.*/\1/p'
}

options() {
	"$vigie" "$@" --help | sed -n 's/^  *\(-[a-zA-Z], \)*--.*/&/p' |
	    sed 's/^ *//' | awk '{
		print $1 ~ /,$/ ? $1 " " $2 : $1 }'
}

missing=
for o in $(options | tr ' ' '+'); do
	# Tags separate letter and name as roff does.
	want=$(echo "$o" | sed 's/,+/ ", " /')
	section SH OPTIONS | grep -qF -- "$want" || missing="$missing $o"
done
verdict 'vigie.1 has every global option' "$missing"

missing=
global=$(options | tr ' ' '+')
for c in $(commands); do
	[ -n "$(section SS "$c")" ] || missing="$missing $c"
	for o in $(options "$c" | tr ' ' '+'); do
		case " $(echo $global) " in *" $o "*) continue ;; esac
		want=$(echo "$o" | sed 's/,+/ ", " /')
		section SS "$c" | grep -F -- "$want" |
		    grep -qE -- "--${o##*--}( |\"|\$)" ||
		    missing="$missing $c:$o"
	done
done
[ "$(commands | wc -l)" -ge 9 ] || missing="$missing (no commands printed)"
verdict 'vigie.1 has every command with its options' "$missing"

missing=
for code in 0 1 2 3 64 77; do
	section SH EXIT | grep -qx "\.B $code" || missing="$missing $code"
done
verdict 'vigie.1 has every exit code' "$missing"

verdict 'vigie.1 has every environment variable' "$(
	{ grep -rhoE 'getenv\("[A-Za-z_]+"' src ui --include='*.c'
	  grep -rhoE 'place_xdg\("[A-Z_]+"' src ui --include='*.c'; } |
	    sed 's/.*("//; s/"//' | sort -u |
	    while read -r v; do
		section SH ENVIRONMENT | grep -qw "$v" || echo "$v"
	    done)"

# --- the console ------------------------------------------------------------

# Each line: name, keys, usage, help. A tag of the page has the keys, " -- ",
# and the names, or the name alone when it has no key.
missing=$("$build/tests/screens/run-ui" none actions | awk -F '\t' '
	FNR == NR { tags[++count] = $0; next }
	{
		found = 0
		m = split($2, keys, " ")
		for (i = 1; i <= count && !found; i++) {
			at = index(tags[i], " -- ")
			left = " " (at ? substr(tags[i], 1, at) : "") " "
			right = " " (at ? substr(tags[i], at + 4) : tags[i]) " "
			found = index(right, " " $1 " ") > 0
			for (k = 1; k <= m; k++)
				if (!index(left, " " keys[k] " "))
					found = 0
		}
		rows++
		if (!found)
			print $1 " (" $2 ")"
	}
	END { if (rows < 20) print "(no table printed)" }' \
	    /dev/fd/3 - 3<<TAGS
$(section SH CONSOLE | awk 'tag { print; tag = 0 } $1 == ".TP" { tag = 1 }' |
    sed 's/^\.[A-Z]* *//; s/[",]/ /g; s/\[[^]]*\]//g; s/  */ /g')
TAGS
)
verdict 'vigie.1 has every key and command of the console' "$missing"

# --- the protocol -----------------------------------------------------------

page() {
	plain vigie-protocol.7
}

# absent: those words of standard input that the page does not have.
absent() {
	sort -u | while read -r word; do
		page | grep -qE "(^|[^a-z0-9_])$word([^a-z0-9_]|\$)" ||
		    echo "$word"
	done
}

verdict 'vigie-protocol.7 has every operation' "$(
	sed -n 's/^	{"\([a-z_]*\)", ROLE_.*/\1/p' src/server/ops.c |
	    while read -r op; do
		page | grep -qx "\.B $op" || echo "$op"
	    done)"
verdict 'vigie-protocol.7 has every error code' "$(
	cat src/server/*.c | tr -d '\n' |
	    grep -oE 'peer_error\([^;"]*"[a-z_]+"' |
	    sed 's/.*"\([a-z_]*\)"$/\1/' | absent)"
verdict 'vigie-protocol.7 has every member of the model' "$(
	{ sed -n 's/^	{"\([a-z0-9_]*\)".*/\1/p' src/model/tables.c src/model/tables-*.c
	  sed -n 's/.*json_set[a-z_]*(o, "\([a-z0-9_]*\)".*/\1/p' \
	    src/model/kinds.c src/model/model-json.c; } | absent)"
verdict 'vigie-protocol.7 has every code of a cause' "$(
	sed -n 's/.*\.name = "\([a-z_]*\)".*/\1/p' src/model/cause.c | absent)"

# --- their form -------------------------------------------------------------

for p in man/*.[157]; do
	if command -v mandoc >/dev/null; then
		verdict "mandoc finds nothing to say about $p" \
		    "$(mandoc -Tlint "$p" 2>&1)"
	else
		n=$((n + 1))
		echo "ok $n - $p # SKIP mandoc is not installed"
	fi
done

finish
