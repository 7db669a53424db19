#!/usr/bin/env bash
# Sets up, then runs the main job on synthetic scenes: scenes, patches, pretraining, fine-tuning, map, checkpoint.
# Arguments go to `spectralearth demo`, for example: scripts/demo.sh --out /tmp/demo
set -euo pipefail
scripts="$(dirname "$(readlink -f "$0")")"
"$scripts/setup.sh"
"$scripts/spectralearth" demo "$@"
