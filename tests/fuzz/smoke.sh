#!/bin/sh
# Each fuzz target for a few seconds with libFuzzer and both sanitizers, from
# its corpus. Prints TAP. FUZZ_SECONDS says how long (10); a longer run by hand:
#   FUZZ_SECONDS=3600 make check TESTS=tests/fuzz/smoke.sh
set -u
seconds=${FUZZ_SECONDS:-10}
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

n=0
bad=0
for target in tests/fuzz/fuzz-*; do
	[ -x "$target" ] || continue
	case $target in *.o) continue ;; esac
	n=$((n + 1))
	name=${target##*/fuzz-}
	mkdir -p "found/$name"
	if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
	    -print_final_stats=1 -artifact_prefix="found/$name/" \
	    "found/$name" "$corpus/$name" >"$name.log" 2>&1; then
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
