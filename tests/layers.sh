#!/bin/sh
# The arrows between the rooms point one way, and a foreign library is known to
# one place only (main -> ui -> client, and server -> run -> source; both -> io
# -> config -> model -> base). Prints TAP.
set -u
cd "${VIGIE_SOURCE:-$(dirname "$0")/..}" || exit 99
. tests/tap.sh

# room NAME FOLDER MAY...: files in FOLDER include only rooms in MAY.
room() {
	name=$1 folder=$2
	shift 2
	may=$(echo "$*" | tr ' ' '|')
	verdict "$name includes only: $*" "$(
		find "$folder" -maxdepth 1 -name '*.[ch]' -exec grep -nHE \
		    '^[[:space:]]*#[[:space:]]*include "[a-z]+/' {} + |
		    grep -vE "#[[:space:]]*include \"($may)/")"
}

# library NAME HEADER-PATTERN FILE-PATTERN
library() {
	verdict "only $3 know $1" "$(
		find src ui -name '*.[ch]' -exec grep -nHE \
		    "^[[:space:]]*#[[:space:]]*include <($2)>" {} + |
		    grep -vE "^($3):")"
}

room base src/base base
room model src/model model base
room config src/config config model base
room io src/io io base
room source src/source source io config model base
room run src/run run source io config model base
room server src/server server run source io config model base
room client src/client client io config model base
room ui ui ui client config model io base

library libcurl 'curl/.*' 'src/io/http[a-z-]*\.[ch]'
library libssh2 'libssh2.*' 'src/io/ssh-session[a-z-]*\.[ch]'
library expat 'expat\.h' 'src/source/s3-parse\.c'
library SQLite 'sqlite3.*' 'src/server/[a-z-]*-db\.c'
library libsodium 'sodium.*' 'src/server/journal-hash\.c'
library libyaml 'yaml.*' 'src/config/yaml\.c'
library cJSON 'cjson/.*' 'src/base/json\.c'
library curses 'n?curses.*|term\.h' 'ui/[a-z-]*\.[ch]'

verdict 'the model knows no clock and no I/O' "$(
	grep -nHE 'clock_(wall|mono)\(|gettimeofday|[^_]time\(|<(unistd|fcntl|sys/socket)\.h>' \
	    src/model/*.c)"
verdict 'nothing unfinished is left in the sources' "$(
	grep -rnE 'TODO|FIXME|XXX[^X"]' src ui --include='*.[ch]')"

finish
