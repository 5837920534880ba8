#!/bin/sh
# The unit tests under valgrind: no error, nothing definitely lost. Prints TAP.
set -u
cd "$VIGIE_BUILD" || exit 99

# The cases run in one process each program: valgrind slows forking too much.
# Several programs at a time, since some of them mostly wait.
CK_FORK=no CK_TIMEOUT_MULTIPLIER=20 UNIT_STRIDE=29
export CK_FORK CK_TIMEOUT_MULTIPLIER UNIT_STRIDE
programs=$(find tests/unit -name 'test-*' -type f -perm -u+x | sort)
echo "$programs" | xargs -P 4 -I '{}' sh -c '
	name=${1##*/}
	rm -f "$name.sound"
	valgrind -q --error-exitcode=99 --leak-check=full \
	    --errors-for-leak-kinds=definite "$1" >"$name.valgrind" 2>&1 &&
	    : >"$name.sound"' - '{}'

n=0
bad=0
for program in $programs; do
	name=${program##*/}
	n=$((n + 1))
	if [ -e "$name.sound" ]; then
		echo "ok $n - $name"
	else
		bad=$((bad + 1))
		echo "not ok $n - $name"
		grep -vE '^ok ' "$name.valgrind" | head -n 60 | sed 's/^/# /'
	fi
done
echo "1..$n"
[ "$bad" -eq 0 ] && [ "$n" -gt 0 ]
