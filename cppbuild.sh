#!/usr/bin/env bash
# Builds the native library into DIR (default target/native): ./cppbuild.sh [DIR [TARGET]]
# TARGET, kernel_checks_on_cpu: the checks that run the CUDA kernels on the CPU, instead of the library.
# AUTOLOSS_CUDA=ON adds the kernels for NVIDIA GPUs; CMAKE_ARGS holds more options for CMake.
# Maven calls it in its initialize phase; it runs alone just as well.
set -euo pipefail
cd "$(dirname "$0")"

MIN_CMAKE=3.20
OUT="${1:-$PWD/target/native}"
TARGET="${2:-all}"
JOBS="$(nproc 2>/dev/null || echo 2)"

die() {
  echo "autoloss: $*" >&2
  exit 1
}

for tool in cmake make "${CXX:-g++}"; do
  command -v "$tool" >/dev/null 2>&1 ||
    die "$tool is missing; it builds the native kernels. On Debian or Ubuntu: apt-get install g++ cmake make"
done

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) ;;
  *) die "no native kernels for $(uname -s) on $(uname -m); they are written for Linux on x86-64" ;;
esac

mkdir -p "$OUT/lib"
LOG="$OUT/build.log"
{
  # shellcheck disable=SC2086 # CMAKE_ARGS holds several options
  cmake -S native -B "$OUT/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_LIBRARY_OUTPUT_DIRECTORY="$OUT/lib" \
    -DAUTOLOSS_CUDA="${AUTOLOSS_CUDA:-OFF}" ${CMAKE_ARGS:-} &&
    cmake --build "$OUT/build" -j "$JOBS" --target "$TARGET"
} >"$LOG" 2>&1 || {
  tail -n 40 "$LOG" >&2
  die "the native build failed (CMake $MIN_CMAKE or newer and a C++17 compiler with OpenMP are needed); all of its output is in $LOG"
}
grep -E 'warning:' "$LOG" >&2 || true

# The OpenMP runtime travels with the library, for machines that have none.
cp -Lf "$("${CXX:-g++}" -print-file-name=libgomp.so.1)" "$OUT/lib/"
