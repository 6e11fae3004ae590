# shellcheck shell=bash
# Installs what the distribution must provide. Needs common.sh.

packages=(
  clang-22 clang-format-22 clang-tidy-22 cmake libclang-rt-22-dev libgtest-dev
  libmlir-22-dev lld-22 llvm-22-dev llvm-22-tools mlir-22-tools ninja-build
  nlohmann-json3-dev python3 python3-numpy python3-venv
)

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -- "$@"
  else
    fail "installing packages needs root or sudo; install by hand: ${packages[*]}"
  fi
}

missing_packages() {
  local package status
  for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || echo "$package"
  done
}

# Without apt we only look at what is there; CMake names the rest.
check_commands() {
  local command
  for command in clang++-22 cmake ninja "$python"; do
    command -v "$command" >/dev/null ||
      fail "'$command' not found, and no apt-get to install it; README.md lists what Tenon needs"
  done
}

# Installs the missing ones of `packages`, after saying which.
install_packages() {
  local missing unknown=() package
  if ! command -v apt-get >/dev/null; then
    check_commands
    return
  fi
  mapfile -t missing < <(missing_packages)
  if [ ${#missing[@]} = 0 ]; then
    say "Distribution packages: all ${#packages[@]} are installed"
    return
  fi
  say "Installing distribution packages: ${missing[*]}"
  logged apt-update as_root apt-get update || true
  for package in "${missing[@]}"; do
    apt-cache show "$package" >/dev/null 2>&1 || unknown+=("$package")
  done
  if [ ${#unknown[@]} != 0 ]; then
    fail "this distribution has no package ${unknown[*]}. Debian 12 has LLVM 22 in its" \
      "security archive; elsewhere add LLVM's own repository (https://apt.llvm.org) as README.md says"
  fi
  logged apt-install as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}"
}
