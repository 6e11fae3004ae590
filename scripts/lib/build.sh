# shellcheck shell=bash
# Configures and builds into build/. Needs common.sh.

# As many compilations at once as there are cores, and 1.5 GB for each.
build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable/ { print int($2 / 1500000) }' /proc/meminfo)
  [ "$memory" -ge 1 ] || memory=1
  echo $((cores < memory ? cores : memory))
}

# build_project TARGET... - everything when no target is named.
build_project() {
  local targets=() target jobs
  jobs=$(build_jobs)
  for target; do targets+=(--target "$target"); done
  say "Configuring (CMake preset 'default')"
  (cd "$root" && logged configure cmake --preset default "-DPython3_EXECUTABLE=$python")
  say "Building in build/ with $jobs jobs"
  logged build cmake --build "$build" --parallel "$jobs" "${targets[@]}"
}

# The folder of LLVM's tools, next to the MLIR that CMake found.
llvm_tools() {
  local dir
  dir=$(sed -n 's/^MLIR_DIR:[^=]*=//p' "$build/CMakeCache.txt")
  (cd "$dir/../../../bin" && pwd)
}
