#!/usr/bin/env bash
# Checks and times the CUDA kernels on this machine, and leaves results whatever fails:
#   benchmarks/gpu/run.sh [--out DIR] [--prebuilt DIR]
# --out DIR       where results go, each as soon as it is there (default: $OUT, else benchmarks/results)
# --prebuilt DIR  a build for this GPU, made on another machine by "benchmarks/gpu/run.sh --build DIR [ARCHITECTURE]" (default sm_90);
#                 without it the kernels are built here, which needs nvcc 12.4 or newer, cmake, make (or ninja) and g++
# Needs an NVIDIA GPU and its driver; no Java, no network. CUDA_VISIBLE_DEVICES chooses the GPU.
# In this order, so that the first minutes bring most: a smoke test; each group of checks against the CPU's kernels in a process
# of its own; large checks; kernel benchmarks; PyTorch's times and the library on torch's tensors, where python3 has torch for
# CUDA; counters of the profiler and compute-sanitizer where they are installed. Each step has a limit of time and a line in
# DIR/gpu-summary.tsv (step, exit status, seconds) and its output in DIR/gpu-logs. Ends with 1 if a step failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
ROOT="$PWD"

die() {
  echo "gpu/run.sh: $*" >&2
  exit 2
}

RESULTS="${OUT:-benchmarks/results}"
PREBUILT=""
BUILD_ONLY=""
while [ $# -gt 0 ]; do
  case "$1" in
    --out) RESULTS="${2:?--out: expected a folder}"; shift 2 ;;
    --prebuilt) PREBUILT="${2:?--prebuilt: expected a folder}"; shift 2 ;;
    --build) BUILD_ONLY="${2:?--build: expected a folder}"; shift 2; ARCHITECTURE="${1:-90}"; [ $# -gt 0 ] && shift ;;
    -h | --help) sed -n '2,/^set -uo/p' "$0" | sed '$d; s/^# \{0,1\}//'; exit 0 ;;
    *) die "expected --out, --prebuilt, --build or --help, got $1" ;;
  esac
done

# build FOLDER ARCHITECTURE: the checks, the library and the notes on both
build() {
  local nvcc
  nvcc="$(command -v nvcc || ls "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc" 2>/dev/null)"
  [ -n "$nvcc" ] || { echo "nvcc is missing; install NVIDIA's CUDA toolkit, 12.4 or newer, or set CUDA_HOME" >&2; return 1; }
  CUDACXX="$nvcc" AUTOLOSS_CUDA=ON CMAKE_ARGS="-DCMAKE_CUDA_ARCHITECTURES=$2" ./cppbuild.sh "$ROOT/target/gpu" kernel_checks &&
    mkdir -p "$1" && cp target/gpu/build/test/kernel_checks target/gpu/lib/libautoloss.so* "$1/" && cp target/gpu/lib/libgomp.so.1 "$1/"
}

if [ -n "$BUILD_ONLY" ]; then
  build "$BUILD_ONLY" "${ARCHITECTURE//./}" || die "the build failed, see above"
  du -sh "$BUILD_ONLY"
  exit 0
fi

command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L 2>/dev/null | grep -q '^GPU' ||
  die "this machine has no NVIDIA GPU, or no driver for it (nvidia-smi finds none); nothing was measured"
mkdir -p "$RESULTS/gpu-logs" || die "--out: cannot make $RESULTS"
RESULTS="$(cd "$RESULTS" && pwd)"
SUMMARY="$RESULTS/gpu-summary.tsv"
printf 'step\tstatus\tseconds\n' >"$SUMMARY"
FAILED=0

# step NAME SECONDS COMMAND...: runs it, keeps its output, notes what came of it
step() {
  local name="$1" limit="$2" began status log
  shift 2
  log="$RESULTS/gpu-logs/${name//[^A-Za-z0-9_-]/_}.log"
  began=$(date +%s)
  timeout --kill-after=5 "$limit" "$@" >"$log" 2>&1
  status=$?
  printf '%s\t%s\t%s\n' "$name" "$status" "$(($(date +%s) - began))" >>"$SUMMARY"
  case "$status" in
    0) echo "ok      $name: $(tail -n 1 "$log")" ;;
    124 | 137) echo "TIMEOUT $name: not done within $limit s; so far: $(tail -n 1 "$log")" ;;
    *) echo "FAILED  $name ($status): $(tail -n 1 "$log")" ;;
  esac
  [ "$status" -eq 0 ] || FAILED=$((FAILED + 1))
  return "$status"
}

nvidia-smi >"$RESULTS/gpu-logs/nvidia-smi.log" 2>&1
if [ -z "$PREBUILT" ]; then
  PREBUILT="$ROOT/target/gpu/prebuilt"
  export -f build
  export ROOT
  step build 900 bash -c 'build "$1" "$2"' build "$PREBUILT" \
    "$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1 | tr -d '. ')" ||
    die "the build failed; its output is in $RESULTS/gpu-logs/build.log"
fi
PROGRAM="$(cd "$PREBUILT" && pwd)/kernel_checks"
[ -x "$PROGRAM" ] || die "--prebuilt: expected a folder with kernel_checks, as --build makes it, got $PREBUILT"
export LD_LIBRARY_PATH="$(dirname "$PROGRAM")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"

step smoke 15 "$PROGRAM" "region/awkward"
for group in $("$PROGRAM" --groups | grep -v '^large$'); do
  step "checks $group" 60 "$PROGRAM" "$group/"
done
step "checks large" 90 "$PROGRAM" large/

BESIDE="$RESULTS/gpu-pytorch.tsv"
: >"$BESIDE"
TORCH=""
timeout 60 python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' >/dev/null 2>&1 && TORCH=yes
step benchmarks 90 "$PROGRAM" --benchmark "$RESULTS"
if [ -n "$TORCH" ]; then
  step pytorch 120 python3 benchmarks/gpu/pytorch.py "$BESIDE"
  step "end to end" 60 python3 benchmarks/gpu/end_to_end.py "$(dirname "$PROGRAM")/libautoloss.so" "$BESIDE"
  step "benchmarks beside PyTorch" 90 "$PROGRAM" --benchmark "$RESULTS" "$BESIDE"
else
  echo "skipped PyTorch: no python3 with torch for CUDA"
fi

if command -v ncu >/dev/null 2>&1; then
  step profiler 60 ncu --set basic --launch-count 40 "$PROGRAM" "region/types"
else
  echo "skipped the profiler: ncu is not installed"
fi
if command -v compute-sanitizer >/dev/null 2>&1; then
  for tool in memcheck racecheck synccheck; do
    step "sanitizer $tool" 60 compute-sanitizer --tool "$tool" --error-exitcode 1 --print-limit 10 "$PROGRAM" region/awkward
  done
else
  echo "skipped the sanitizer: compute-sanitizer is not installed"
fi

echo "results: $RESULTS/gpu-*; $FAILED steps failed"
[ "$FAILED" -eq 0 ]
