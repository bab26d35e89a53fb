#!/bin/sh
# A client of HapYak's reporting API that does everything right, with a shell, curl, awk and GNU's date: a page to copy
# from.
#
#   hapyak.sh user_stream_raw 2026-03-01 2026-03-31 [POLL [TIMEOUT]] > rows.csv
#
# HAPYAK_BASE_URL and HAPYAK_API_KEY say where, and as whom; POLL and TIMEOUT, in seconds, how soon to look at a report
# again and how long to wait for it.
set -eu
export LC_ALL=C

report=$1 first=$2 last=$3
poll=${4:-10} timeout=${5:-7200}
longest=180    # days of one report: never more than six months
row_cap=500000 # rows of one report: more are left out without a word
tries=8        # how often a request is made before its error is believed

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
    echo "hapyak.sh: $*" >&2
    exit 1
}

# A number from an expression: pauses may be fractions.
reckon() { awk "BEGIN { print $* }"; }

# The day so many days after another.
later() { date -u -d "$1 + $2 day" +%F; }

# What Retry-After says, or the pause that is given.
pause_of() {
    told=$(tr -d '\r' <"$folder/head" | sed -n 's/^[Rr]etry-[Aa]fter: *\([0-9][0-9]*\)$/\1/p')
    echo "${told:-$1}"
}

# One request for the days from $1 to $2: the status is in $status, the answer in $folder/body. What is only for now
# (429, 5xx of a gateway, no connection, half an answer) is tried again. The key is no argument, which everybody can see.
ask() {
    attempt=1 wait=$poll
    while :; do
        : >"$folder/head"
        status=$(printf 'header = "X-Hapyak-API-Key: %s"\n' "$HAPYAK_API_KEY" |
            curl --config - --silent --get --max-time 60 --output "$folder/body" --dump-header "$folder/head" \
                --write-out '%{http_code}' --data start="$1" --data end="$2" --data format=csv \
                --data send_status=true "$HAPYAK_BASE_URL/api/reports/v2/$report") || status=000
        case $status in
        000 | 429 | 502 | 503 | 504) [ "$attempt" -lt "$tries" ] || return 0 ;;
        *) return 0 ;;
        esac
        sleep "$(pause_of "$wait")"
        attempt=$((attempt + 1)) wait=$(reckon "$wait * 2")
    done
}

# Wait for the report of the days from $1 to $2: the same request again and again until it is 200.
finished() {
    waited=0 next=$poll
    while ask "$1" "$2" && [ "$status" = 202 ]; do
        next=$(pause_of "$next")
        waited=$(reckon "$waited + $next")
        [ "$(reckon "($waited > $timeout)")" = 0 ] || fail "$report is still in work after $timeout s"
        sleep "$next"
        next=$(reckon "$next * 1.5 < $poll * 10 ? $next * 1.5 : $poll * 10")
    done
    [ "$status" = 200 ] || fail "$report: $status $(head -c 200 "$folder/body")"
}

# The rows of a CSV file, in which a quoted cell may hold line breaks; nothing, if it is none.
rows() {
    awk 'NR == 1 && !/^[A-Za-z_]+(,[A-Za-z_]+)+\r?$/ { bad = 1; exit }
        { quotes += gsub(/"/, "") } quotes % 2 == 0 { rows++ }
        END { if (!bad && quotes % 2 == 0) print rows - 1 }' "$folder/body"
}

# Print the rows of the days from $1 to $2; a damaged answer is fetched again. The header is printed once.
fetch() {
    damaged=0
    while finished "$1" "$2" && count=$(rows) && [ -z "$count" ]; do
        damaged=$((damaged + 1))
        [ "$damaged" -lt "$tries" ] || fail "$report cannot be read"
        sleep "$poll"
    done
    [ "$count" -lt "$row_cap" ] || fail "$report from $1 to $2 has as many rows as one can have: ask for fewer days"
    tail -n "+$from" "$folder/body"
    [ -z "$(tail -c 1 "$folder/body")" ] || echo
    from=2
}

from=1
while [ "$(reckon "\"$first\" <= \"$last\"")" = 1 ]; do
    until=$(later "$first" $((longest - 1)))
    [ "$(reckon "\"$until\" <= \"$last\"")" = 1 ] || until=$last
    fetch "$first" "$until" || exit 1
    first=$(later "$until" 1)
done
