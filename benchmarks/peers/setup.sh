#!/bin/sh
# Sets every peer of benchmarks/serving.py up in an environment of its own, as its .txt pins it, under out/peers.
#
#     benchmarks/peers/setup.sh
#
# torch comes for each: where the index has the CUDA build only, that is several GB each; a folder with the CPU
# build's wheel in PIP_FIND_LINKS spares them.
set -eu
here=$(dirname "$0")
target=$here/../../out/peers
command -v wrk >/dev/null || { apt-get update -qq && apt-get install -qq --yes --no-install-recommends wrk; } \
    || { echo "wrk is missing: it is Debian's package of that name" >&2; exit 1; }
for name in infinity litserve bentoml fastapi; do
    cmp -s "$here/$name.txt" "$target/$name/installed.txt" && continue
    ${PYTHON:-python3.11} -m venv "$target/$name"
    "$target/$name/bin/python" -m pip install --quiet --requirement "$here/$name.txt"
    cp "$here/$name.txt" "$target/$name/installed.txt"
done
