#!/usr/bin/env bash
# Trains on this machine's GPU by the commands that users have, in about five minutes after the build: benchmarks/gpu/train.sh
# Needs an NVIDIA GPU with CUDA 13, cuDNN 9 and NCCL 2, nvcc, Java 17 and Maven (see the README, "On an NVIDIA GPU").
# 1. the same training on the CPU and on the GPU: their metrics must agree; 2. speed of DeepLabV3+ on ResNet-50, float32 and
# bfloat16, and how much memory the GPU has in use after many steps; 3. a training that goes on from a snapshot; 4. a search by
# three workers on one GPU, and on two where there are two; 5. devices that are not there are one sentence.
# Writes benchmarks/results/gpu-train-<device>.md. CUDA_VISIBLE_DEVICES chooses the GPU.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

die() {
  echo "gpu/train.sh: $*" >&2
  exit 1
}

command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L 2>/dev/null | grep -q '^GPU' ||
  die "this machine has no NVIDIA GPU, or no driver for it (nvidia-smi finds none); nothing was trained"
for tool in java mvn python3; do
  command -v "$tool" >/dev/null 2>&1 || die "$tool is missing"
done
NAME="$(nvidia-smi --query-gpu=name --format=csv,noheader | head -n 1)"
GPUS="$(nvidia-smi -L | grep -c '^GPU')"

echo "== building with CUDA"
mvn -B -q -Pgpu package -DskipTests -Dmaven.javadoc.skip=true
touch target/autoloss-cli.jar # so that ./autoloss does not build again, without CUDA
WORK="$(mktemp -d)"
trap 'rm -rf "$WORK"' EXIT
REPORT="benchmarks/results/gpu-train-$(echo "$NAME" | tr 'A-Z ' 'a-z-').md"
mkdir -p benchmarks/results
{
  echo "# Trainings on $NAME"
  echo
  echo "\`benchmarks/gpu/train.sh\`, $(git rev-parse --short HEAD 2>/dev/null || echo 'no commit'), driver" \
    "$(nvidia-smi --query-gpu=driver_version --format=csv,noheader | head -n 1)."
  echo
} >"$REPORT"
field() { python3 -c "import json,sys; print(json.loads(sys.stdin.readlines()[-1])$1)"; }
say() { echo "$*" | tee -a "$REPORT"; }

./autoloss doctor
./autoloss data scenes --out "$WORK/scenes" --size 128 --warm 64 --train 400 --reward 100 --test 100 >/dev/null
DATA="--data $WORK/scenes --crop 128"

echo "== the CPU and the GPU"
for device in cpu cuda; do
  ./autoloss train $DATA --batch 8 --steps 200 --loss asl:mIoU+ce --device "$device" --out "$WORK/$device.ckpt"
  ./autoloss eval $DATA --checkpoint "$WORK/$device.ckpt" --device cpu --json | field "['gAcc']" >"$WORK/$device.acc"
done
./autoloss eval $DATA --checkpoint "$WORK/cpu.ckpt" --device cuda --json | field "['gAcc']" >"$WORK/measured.acc"
python3 - "$WORK" <<'PY' | tee -a "$REPORT"
import pathlib, sys
cpu, gpu, measured = (float(pathlib.Path(sys.argv[1], n + ".acc").read_text()) for n in ("cpu", "cuda", "measured"))
print(f"- U-Net, 200 steps: gAcc {cpu:.4f} trained on the CPU, {gpu:.4f} on the GPU; the CPU's network measured on the GPU: {measured:.4f}.")
assert abs(cpu - measured) < 1e-3, "the same network has other metrics on the GPU"
assert abs(cpu - gpu) < 0.03, "trainings on CPU and GPU end apart"
PY

echo "== DeepLabV3+ on ResNet-50"
for precision in float32 bfloat16; do
  nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits -l 1 >"$WORK/$precision.mem" 2>/dev/null &
  WATCH=$!
  ./autoloss train $DATA --network deeplabv3plus:resnet50 --batch 32 --steps 300 --learning-rate 0.01 --head-rate 10 --device cuda \
    --precision "$precision" --out "$WORK/$precision.ckpt" --json >"$WORK/$precision.json"
  kill "$WATCH" 2>/dev/null || true
  SECONDS_TAKEN="$(field "['seconds']" <"$WORK/$precision.json")"
  say "- DeepLabV3+ on ResNet-50, crops of 128, batches of 32, $precision: $(python3 -c "print(f'{300 / $SECONDS_TAKEN:.1f}')") steps a second," \
    "loss $(field "['lastLoss']" <"$WORK/$precision.json") at last; GPU memory $(sed -n '$p' "$WORK/$precision.mem") MiB at the end," \
    "$(sort -n "$WORK/$precision.mem" | tail -n 1) MiB at most."
done

echo "== a training that goes on"
RESUMED="train $DATA --batch 8 --snapshot-every 20 --device cuda --out $WORK/resumed.ckpt"
timeout -s KILL 25 ./autoloss $RESUMED --steps 100000 || true
[ -f "$WORK/resumed.ckpt.resume" ] || die "no snapshot was left"
./autoloss $RESUMED --steps 60 --resume 2>&1 | grep -q 'expected the options' || die "another number of steps was not refused"
timeout -s KILL 25 ./autoloss $RESUMED --steps 100000 --resume || true
say "- A training killed after 25 seconds goes on from its snapshot."

echo "== a search"
DEVICES=cuda:0
[ "$GPUS" -lt 2 ] || DEVICES=cuda:0,cuda:1
START="$(date +%s)"
./autoloss search asl $DATA --metric mIoU --steps 2 --samples 6 --warm-steps 100 --proxy-steps 60 --final-steps 60 --top 1 --seeds 1 \
  --workers 3 --devices "$DEVICES" --out "$WORK/runs" --name gpu
say "- A search of 12 proxies of 60 steps by three workers on $DEVICES: $(($(date +%s) - START)) s."

echo "== devices that are not there"
./autoloss train $DATA --steps 1 --device "cuda:$((GPUS + 7))" --out "$WORK/no.ckpt" 2>&1 | grep -q 'expected cpu or cuda:0 to' ||
  die "a GPU that is not there was not refused in a sentence"
echo "== all is in $REPORT"
