#!/bin/sh
# `make run`: the sample plant when there is none yet, then the site.
#
#   run.sh FOREWARN     the `forewarn` command to use
set -eu

forewarn=$1

if [ -n "${FOREWARN_DATABASE_URL:-}" ]; then
    # Somebody's own database: never fill it with a sample plant, never stop its clock.
    "$forewarn" db upgrade
    exec "$forewarn" serve
fi

FOREWARN_DATA_DIR=${FOREWARN_DATA_DIR:-data}
FOREWARN_DEMO=${FOREWARN_DEMO:-1}
export FOREWARN_DATA_DIR FOREWARN_DEMO

# A sample plant whose making was stopped is made again from the start. The mark is written only
# where no database was, so the one that is removed here is always that unfinished one.
mark=$FOREWARN_DATA_DIR/.sample-plant-unfinished
database=$FOREWARN_DATA_DIR/forewarn.db
if [ -e "$mark" ]; then
    echo "The sample plant was not finished last time: starting over."
    rm -f "$database" "$database-wal" "$database-shm"
fi
if [ ! -e "$database" ]; then
    mkdir -p -m 700 "$FOREWARN_DATA_DIR"
    : > "$mark"
    "$forewarn" demo
    rm -f "$mark"
fi

exec "$forewarn" serve
