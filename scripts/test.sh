#!/usr/bin/env bash
# Sets up, installs what tests compare with (Debian, as root), then runs all tests. The last line is "N passed, N failed".
# Arguments go to `dotnet test`, for example: scripts/test.sh --filter "FullyQualifiedName~Shards"
set -uo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh || exit 1

# Programs that some tests compare with; a test whose program is missing is skipped and says so.
tools="mpirun:openmpi-bin gdalinfo:gdal-bin xxhsum:xxhash"
missing=$(for tool in $tools; do command -v "${tool%%:*}" >/dev/null || echo "${tool##*:}"; done)
python3=/usr/bin/python3
[ -x "$python3" ] && "$python3" -c 'import numpy' 2>/dev/null || missing="$missing python3-numpy"
if [ -n "${missing// /}" ] && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "[test] installing for comparison: $(echo $missing)"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
        echo "[test] not installed; the tests that need them are skipped" >&2
elif [ -n "${missing// /}" ]; then
    echo "[test] not installed, so the tests that need them are skipped: $(echo $missing)"
fi
# Two test programs run beside each other on small tensors, for which more threads than one only wait for each other.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
# Counting how often code runs, to compile it better, does not pay in tests that run once.
export DOTNET_TieredPGO=${DOTNET_TieredPGO:-0}
# The program compiles loops thoroughly at once; the tests' many short runs would wait longer for that than they gain.
export DOTNET_TC_QuickJitForLoops=${DOTNET_TC_QuickJitForLoops:-1}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
dotnet test SpectralEarth.sln --nologo --no-build -c Release "$@" | tee "$log"
status=${PIPESTATUS[0]}
# A crash of the test process counts as a failure, though its tests that never ran are in no count.
awk -v status="$status" '/Failed: +[0-9]+, Passed: +[0-9]+/ {
    match($0, /Failed: +[0-9]+/); split(substr($0, RSTART, RLENGTH), f, ":"); failed += f[2]
    match($0, /Passed: +[0-9]+/); split(substr($0, RSTART, RLENGTH), p, ":"); passed += p[2] }
    END { if (status != 0 && failed == 0) failed = 1
        printf "%d passed, %d failed\n", passed, failed }' "$log"
exit "$status"
