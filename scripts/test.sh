#!/usr/bin/env bash
# Sets up, then runs all tests. The last line is "N passed, N failed".
# Arguments go to `dotnet test`, for example: scripts/test.sh --filter "FullyQualifiedName~Shards"
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh || exit 1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
dotnet test SpectralEarth.sln --nologo --no-build -c Release "$@" | tee "$log"
status=${PIPESTATUS[0]}
awk '/Failed: +[0-9]+, Passed: +[0-9]+/ {
    match($0, /Failed: +[0-9]+/); split(substr($0, RSTART, RLENGTH), f, ":"); failed += f[2]
    match($0, /Passed: +[0-9]+/); split(substr($0, RSTART, RLENGTH), p, ":"); passed += p[2] }
    END { printf "%d passed, %d failed\n", passed, failed }' "$log"
exit "$status"
