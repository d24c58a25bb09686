#!/usr/bin/env bash
# Checks and times the CUDA kernels on this machine: benchmarks/gpu/run.sh
# Needs an NVIDIA GPU, the CUDA toolkit (12.4 or newer), cmake, make and g++; no Java, no network.
# Every kernel is compared with the CPU's; compute-sanitizer watches where it is installed; python3 with
# torch, where there is one, gives PyTorch's times on the same sizes.
# Writes benchmarks/results/gpu-<device>.{json,md}. CUDA_VISIBLE_DEVICES chooses the GPU.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

die() {
  echo "gpu/run.sh: $*" >&2
  exit 1
}

# Everything that can be missing is looked for before anything is written.
command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L 2>/dev/null | grep -q '^GPU' ||
  die "this machine has no NVIDIA GPU, or no driver for it (nvidia-smi finds none); nothing was measured"
NVCC="$(command -v nvcc || true)"
[ -n "$NVCC" ] || NVCC="$(ls "${CUDA_HOME:-/usr/local/cuda}"/bin/nvcc 2>/dev/null || true)"
[ -n "$NVCC" ] || die "nvcc is missing; install NVIDIA's CUDA toolkit, 12.4 or newer, or set CUDA_HOME"
for tool in cmake make "${CXX:-g++}"; do
  command -v "$tool" >/dev/null 2>&1 || die "$tool is missing; it builds the kernels"
done

BUILD=target/gpu
# The architecture of this GPU alone: a build for all of them takes some minutes.
ARCHITECTURE="$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1 | tr -d '. ')"
echo "== building for sm_$ARCHITECTURE"
CUDACXX="$NVCC" AUTOLOSS_CUDA=ON CMAKE_ARGS="-DCMAKE_CUDA_ARCHITECTURES=$ARCHITECTURE" \
  ./cppbuild.sh "$PWD/$BUILD" kernel_checks
PROGRAM="$BUILD/build/test/kernel_checks"

echo "== every kernel against the CPU's"
"$PROGRAM"

if command -v compute-sanitizer >/dev/null 2>&1; then
  for tool in memcheck racecheck synccheck; do
    echo "== compute-sanitizer, $tool"
    compute-sanitizer --tool "$tool" --error-exitcode 1 --print-limit 10 "$PROGRAM" >"$BUILD/$tool.log" 2>&1 ||
      { tail -n 40 "$BUILD/$tool.log" >&2; die "compute-sanitizer's $tool has found something; all of it is in $BUILD/$tool.log"; }
  done
else
  echo "== compute-sanitizer is not installed: skipped"
fi

BESIDE="$BUILD/pytorch.tsv"
rm -f "$BESIDE"
if python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' >/dev/null 2>&1; then
  echo "== PyTorch"
  python3 benchmarks/gpu/pytorch.py >"$BESIDE"
else
  echo "== no python3 with torch for CUDA: PyTorch's times are skipped"
fi

echo "== benchmarks"
mkdir -p benchmarks/results
if [ -s "$BESIDE" ]; then
  "$PROGRAM" --benchmark benchmarks/results "$BESIDE"
else
  "$PROGRAM" --benchmark benchmarks/results
fi
