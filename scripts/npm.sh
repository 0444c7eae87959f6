#!/bin/sh
# npm, wherever this machine has one: the npm 10 or newer on the PATH, else the one in the
# environment (requirements/node.txt).
#
#   npm.sh --usable     succeeds when the PATH has one that will do
#   npm.sh ARGUMENTS    runs npm
set -eu

usable() {
    version=$(npm --version 2>/dev/null) || return 1
    [ "${version%%.*}" -ge 10 ] 2>/dev/null
}

if [ "${1:-}" = --usable ]; then
    usable
elif usable; then
    exec npm "$@"
else
    PATH="$(pwd)/${VENV:-.venv}/bin:$PATH" exec "${VENV:-.venv}/bin/npm" "$@"
fi
