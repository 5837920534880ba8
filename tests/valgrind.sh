#!/bin/sh
# The unit tests under valgrind: no error, nothing definitely lost. Prints TAP.
set -u
cd "$VIGIE_BUILD" || exit 99

n=0
bad=0
for program in tests/unit/test-*; do
	case $program in
	*.log | *.trs | *.o) continue ;;
	esac
	[ -x "$program" ] || continue
	n=$((n + 1))
	# The cases run in this one process: valgrind slows forking too much.
	if CK_FORK=no CK_TIMEOUT_MULTIPLIER=20 valgrind -q --error-exitcode=99 \
	    --leak-check=full --errors-for-leak-kinds=definite \
	    "$program" >"${program##*/}.valgrind" 2>&1; then
		echo "ok $n - ${program##*/}"
	else
		bad=$((bad + 1))
		echo "not ok $n - ${program##*/}"
		grep -vE '^ok ' "${program##*/}.valgrind" | head -n 60 |
		    sed 's/^/# /'
	fi
done
echo "1..$n"
[ "$bad" -eq 0 ] && [ "$n" -gt 0 ]
