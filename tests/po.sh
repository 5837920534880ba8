#!/bin/sh
# The catalogues of messages are whole: every message of the sources is there,
# translated, with the formats and places of the original. Prints TAP.
set -u
cd "${VIGIE_SOURCE:-$(dirname "$0")/..}" || exit 99
. tests/tap.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# What the tools say is looked at below.
LC_ALL=C.UTF-8
export LC_ALL

# entries PO FILTER...: the messages that msgattrib's filters keep.
entries() {
	po=$1
	shift
	msgattrib --no-obsolete --no-wrap "$@" "$po" |
	    sed -n '/^msgid "."/p; /^msgid "..*"$/p' | sort -u
}

# pairs PO: "original<tab>translation" of every message on one line.
pairs() {
	msgattrib --translated --no-fuzzy --no-obsolete --no-wrap "$1" |
	    sed -n -e 's/^msgid "\(.*\)"$/\1/' -e T -e h -e n \
	    -e 's/^msgstr "\(.*\)"$/\1/' -e T -e H -e x -e 's/\n/	/p'
}

places() {
	echo "$1" | grep -oE '\{[a-z]+\}' | sort | tr '\n' ' '
}

verdict 'the sources can be searched for messages' "$(
	xgettext --from-code=UTF-8 -k_ -kN_ -kngettext:1,2 --no-location \
	    -o "$work/vigie.pot" $(find src ui -name '*.[ch]') 2>&1)"

for po in po/*.po; do
	verdict "$po passes msgfmt --check" \
	    "$(msgfmt --check --check-format -o /dev/null "$po" 2>&1)"
	verdict "$po has no untranslated message" \
	    "$(entries "$po" --untranslated)"
	verdict "$po has no fuzzy message" "$(entries "$po" --only-fuzzy)"
	verdict "$po has every message of the sources (make update-po)" "$(
		msgcmp --use-untranslated --use-fuzzy "$po" \
		    "$work/vigie.pot" 2>&1 | grep 'this message is used')"
	verdict "$po keeps {subject} and {number}" "$(
		pairs "$po" | grep -F '{' | while IFS='	' read -r from to; do
			[ "$(places "$from")" = "$(places "$to")" ] ||
			    echo "$from: $to"
		done)"
	# The wall writes them in letters of its own: A to Z.
	verdict "$po has status words for big letters" "$(
		for word in ok warn crit unknown; do
			pairs "$po" | grep -qE "^$word	[a-zA-Z]+\$" ||
			    echo "$word"
		done)"
done

finish
