#!/usr/bin/env bash
# Builds the native library into DIR (default target/native): ./cppbuild.sh [DIR [TARGET]]
# TARGET, kernel_checks_on_cpu: the checks that run the CUDA kernels on the CPU, instead of the library.
# AUTOLOSS_CUDA=ON adds the kernels for NVIDIA GPUs; CMAKE_ARGS holds more options for CMake.
# AUTOLOSS_PLATFORM, linux-x86_64 or linux-arm64, is what it builds for, else this machine; CXX is a compiler for that.
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

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) HOST=linux-x86_64 ;;
  Linux-aarch64) HOST=linux-arm64 ;;
  *) die "no native kernels for $(uname -s) on $(uname -m); they are written for Linux on x86-64 and arm64" ;;
esac
PLATFORM="${AUTOLOSS_PLATFORM:-$HOST}"
COMPILER="${CXX:-g++}"
PACKAGES="g++ cmake make"
CROSS=()
case "$HOST for $PLATFORM" in
  "$HOST for $HOST") ;;
  "linux-x86_64 for linux-arm64")
    COMPILER="${CXX:-aarch64-linux-gnu-g++}"
    PACKAGES="g++-aarch64-linux-gnu cmake make"
    CROSS=("-DCMAKE_TOOLCHAIN_FILE=$PWD/native/linux-arm64.cmake")
    ;;
  "linux-arm64 for linux-x86_64") die "this machine builds for arm64 only: mvn -Parm64 package" ;;
  *) die "AUTOLOSS_PLATFORM: expected linux-x86_64 or linux-arm64, got '$PLATFORM'" ;;
esac

for tool in cmake make "$COMPILER"; do
  command -v "$tool" >/dev/null 2>&1 ||
    die "$tool is missing; it builds the native kernels. On Debian or Ubuntu: apt-get install $PACKAGES"
done

mkdir -p "$OUT/lib"
LOG="$OUT/build.log"
{
  # shellcheck disable=SC2086 # CMAKE_ARGS holds several options
  cmake -S native -B "$OUT/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_LIBRARY_OUTPUT_DIRECTORY="$OUT/lib" \
    -DAUTOLOSS_CUDA="${AUTOLOSS_CUDA:-OFF}" ${CROSS[@]+"${CROSS[@]}"} ${CMAKE_ARGS:-} &&
    cmake --build "$OUT/build" -j "$JOBS" --target "$TARGET"
} >"$LOG" 2>&1 || {
  tail -n 40 "$LOG" >&2
  die "the native build failed (CMake $MIN_CMAKE or newer and a C++17 compiler with OpenMP are needed); all of its output is in $LOG"
}
grep -E 'warning:' "$LOG" >&2 || true

# The OpenMP runtime travels with the library, for machines that have none.
cp -Lf "$("$COMPILER" -print-file-name=libgomp.so.1)" "$OUT/lib/"
