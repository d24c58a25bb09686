#!/usr/bin/env bash
# Builds the kernels and their checks for Linux on arm64, and runs them, under emulation on other machines: native/test/arm64.sh [PREFIX...]
# PREFIX: checks whose names begin so; without one, all but the group "large", of gigabytes.
# On Debian and Ubuntu: apt-get install g++-aarch64-linux-gnu qemu-user.
set -euo pipefail
cd "$(dirname "$0")/../.."

ROOT="${ARM64_ROOT:-/usr/aarch64-linux-gnu}" # where the C library for arm64 is
OUT="$PWD/target/linux-arm64/native"

AUTOLOSS_PLATFORM=linux-arm64 ./cppbuild.sh "$OUT" kernel_checks_on_cpu
EMULATOR=(qemu-aarch64 -L "$ROOT")
[ "$(uname -m)" != aarch64 ] || EMULATOR=()
emulated() { "${EMULATOR[@]}" "$OUT/build/test/kernel_checks_on_cpu" "$@"; }

if [ $# -eq 0 ]; then
  groups="$(emulated --groups)"
  while read -r group; do
    [ "$group" = large ] || set -- "$@" "$group/"
  done <<<"$groups"
fi
OMP_WAIT_POLICY=PASSIVE emulated "$@"
