#!/bin/sh
# Makes .venv with the first Python >= 3.11 found and installs a lock file into it.
set -eu
lock=$1

find_python() {
    for name in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "Python 3.11 or newer is needed, and none was found." >&2
    exit 1
}

make_venv() {
    "$1" -m venv .venv && return
    # The interpreter may lack what puts pip into the environment and yet have a pip of its own.
    if "$1" -m pip --version >/dev/null 2>&1; then
        rm -rf .venv
        "$1" -m venv --without-pip .venv && "$1" -m pip --python .venv/bin/python install -q pip && return
    fi
    # Debian keeps what a virtual environment needs in a package of its own.
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy "python$version-venv"
        "$1" -m venv .venv && return
    fi
    rm -rf .venv
    echo "A virtual environment could not be made. On Debian and Ubuntu, please run:" >&2
    echo "  sudo apt-get install python3-venv" >&2
    exit 1
}

if ! .venv/bin/python -c 'import pip' 2>/dev/null; then
    rm -rf .venv
    python=$(find_python)
    make_venv "$python"
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
