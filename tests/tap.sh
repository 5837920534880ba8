# TAP for shell tests: source it, call verdict for each case, end with finish.
n=0
bad=0

# verdict TEXT OFFENDERS: the case passes when there is no offender.
verdict() {
	n=$((n + 1))
	if [ -z "$2" ]; then
		echo "ok $n - $1"
	else
		bad=$((bad + 1))
		echo "not ok $n - $1"
		printf '%s\n' "$2" | sed 's/^/# /'
	fi
}

finish() {
	echo "1..$n"
	[ "$bad" -eq 0 ] && [ "$n" -gt 0 ]
	exit
}
