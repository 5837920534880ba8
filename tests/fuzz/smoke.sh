#!/bin/sh
# Each fuzz target for a few seconds with libFuzzer and both sanitizers, from
# its corpus. Prints TAP. FUZZ_SECONDS says how long (6); a longer run by hand:
#   FUZZ_SECONDS=3600 make check TESTS=tests/fuzz/smoke.sh
set -u
# The make that runs this has said which tests it wants; ours wants all of its
# own.
unset MAKEFLAGS MAKELEVEL MFLAGS
seconds=${FUZZ_SECONDS:-6}
build=$VIGIE_BUILD/fuzz-build
corpus=$VIGIE_SOURCE/tests/fuzz/corpus

mkdir -p "$build" && cd "$build" || exit 99
if ! { "$VIGIE_SOURCE/configure" -q CC=clang --enable-fuzzers &&
    make -s -j"$(getconf _NPROCESSORS_ONLN)" fuzzers; } >build.log 2>&1; then
	echo '1..1'
	echo 'not ok 1 - the fuzz targets build with clang'
	tail -n 40 build.log | sed 's/^/# /'
	exit 1
fi

# Two at a time: a target is one thread.
run() {
	name=${1##*/fuzz-}
	mkdir -p "found/$name"
	if "$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
	    -print_final_stats=1 -artifact_prefix="found/$name/" \
	    "found/$name" "$corpus/$name" >"$name.log" 2>&1; then
		rm -f "$name.failed"
	else
		: >"$name.failed"
	fi
}

targets=$(find tests/fuzz -name 'fuzz-*' -type f -perm -u+x | sort)
set -- $targets
while [ $# -gt 0 ]; do
	run "$1" &
	[ $# -lt 2 ] || run "$2"
	wait
	shift
	[ $# -eq 0 ] || shift
done

n=0
bad=0
for target in $targets; do
	name=${target##*/fuzz-}
	n=$((n + 1))
	if [ ! -e "$name.failed" ]; then
		echo "ok $n - $name: $(sed -n \
		    's/^stat::number_of_executed_units: *//p' "$name.log") runs"
	else
		bad=$((bad + 1))
		echo "not ok $n - $name"
		tail -n 40 "$name.log" | sed 's/^/# /'
	fi
done
echo "1..$n"
[ "$bad" -eq 0 ] && [ "$n" -gt 0 ]
