#!/bin/sh
# Renews both lock files: exact versions with hashes for every platform, and no index named.
set -eu
.venv/bin/python -m venv build/lock
build/lock/bin/python -m pip install --quiet 'uv>=0.8'
compile() {
    build/lock/bin/uv pip compile pyproject.toml --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
        --upgrade --quiet "$@"
}
compile --output-file requirements.lock
compile --group dev --constraint requirements.lock --output-file requirements-dev.lock
