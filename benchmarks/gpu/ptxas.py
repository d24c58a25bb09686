"""What the compiler says of each CUDA kernel, and what the bytes alone would cost.

    python3 benchmarks/gpu/ptxas.py [ARCHITECTURE...] [FILE...]

Compiles files of native/cuda (region.cu, ...; all *.cu if none is given) for architectures (80 86 89 90 100
120 if none is given) with -Xptxas -v, needs nvcc and no GPU, and writes benchmarks/results/ptxas.md:
registers, spills and shared memory of each kernel and architecture, and the time that the bytes of each
operation take at the published bandwidth of two GPUs. Nothing in it is a measurement.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NATIVE = ROOT / "native"
ARCHITECTURES = ["80", "86", "89", "90", "100", "120"]
# files whose flags differ, as in native/cuda.cmake
FLAGS = {name: ["-ftz=true"] for name in ("boundary.cu", "overlap.cu", "region.cu")}
FLAGS |= {name: ["-fmad=false"] for name in ("boxes.cu", "roi_align.cu", "suppression.cu")}

KERNEL = re.compile(
    r"Compiling entry function '(\S+)' for 'sm_(\d+)'.*?"
    r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads.*?"
    r"Used (\d+) registers(?:[^\n]*?(\d+) bytes smem)?",
    re.S,
)

N, C, H, W = 16, 21, 512, 512
ELEMENTS, PIXELS = N * C * H * W, N * H * W
MANY = 4 * 150 * H * W  # logits [4,150,H,W]
# operation, what crosses the memory bus, bytes
TRAFFIC = [
    ("copy of the logits, float32", "1 read, 1 write", 8 * ELEMENTS),
    ("mIoU, FWIoU, mAcc, gAcc, dice, jaccard, tversky, float32", "2 reads, 1 write, labels twice", 12 * ELEMENTS + 2 * PIXELS),
    ("the same, float16", "2 reads, 1 float32 write, labels twice", 8 * ELEMENTS + 2 * PIXELS),
    ("the same, bfloat16", "2 reads, 1 write, labels twice", 6 * ELEMENTS + 2 * PIXELS),
    ("mIoU, FWIoU, dice, jaccard, tversky, float32, of [4,150,512,512]", "2 reads, 1 write, labels twice", 12 * MANY + 2 * MANY // 150),
    ("BF1, float32", "4 reads, 1 write, some 100 bytes a pixel", 20 * ELEMENTS + 100 * PIXELS),
    ("Lovasz loss, float32", "softmax 4, keys 8, sort 52, sums 16, gradient 12 bytes an element, 20 a pixel", 92 * ELEMENTS + 20 * PIXELS),
    ("SSIM, float32", "softmax 4, maps 16, blurred 20, gradient 12 bytes an element, 13 a pixel", 52 * ELEMENTS + 13 * PIXELS),
    ("confusion counts, float32", "1 read, labels", 4 * ELEMENTS + PIXELS),
    ("min- or max-pool of up to 17 x 17", "rows and columns, each read and written", 16 * ELEMENTS),
    ("gradient of a pool", "rows 12, columns 16, back along both 16 each, zeros 8 bytes an element", 68 * ELEMENTS),
    ("distance to label edges", "labels, edges 4, columns 8.3, map 4 bytes a pixel", 17 * PIXELS),
    ("signed distances", "columns 8.3, map 4 bytes an element, labels", 12.25 * ELEMENTS + PIXELS),
    ("border weights", "labels 4 times, names 12, nearest of columns 32, map 4", 52 * PIXELS),
    ("boundary regions of 14 pixels", "labels, predictions, classes and ranges 78", 80 * PIXELS),
    ("boundary matches", "labels, predictions, edges 8", 10 * PIXELS),
    ("label edges, dilated by up to 8", "labels, edges 4, rows 8, columns 16", 29 * PIXELS),
]
BOXES, REGIONS, ANCHORS, OBJECTS = 20_000, 512, 200_000, 20
MAP, BINS = 256 * 64 * 64, 256 * 7 * 7
BOX_TRAFFIC = [
    ("areas of 20,000 pairs, with derivatives", "boxes 32, areas 12, derivatives 48 bytes a pair", 92 * BOXES),
    ("IoU and targets of 200,000 anchors, 20 objects", "overlaps written, read twice", (16 + 8 + 12 * OBJECTS) * ANCHORS),
    ("suppression of 20,000 boxes, at most", "sort 64, boxes 24 bytes a box, N^2 / 16 of masks twice", 88 * BOXES + BOXES**2 / 8),
    ("RoIAlign of 512 regions, 7 x 7, [1,256,64,64]", "map read, bins written", 4 * (MAP + REGIONS * BINS)),
    ("its gradient", "bins read, map written", 4 * (MAP + REGIONS * BINS)),
]
# published memory bandwidth, bytes a second
GPUS = [("4.8 TB/s (H200)", 4.8e12), ("3.35 TB/s (H100 SXM)", 3.35e12)]


def fail(message):
    sys.exit("gpu/ptxas.py: " + message)


def nvcc():
    home = os.environ.get("CUDA_HOME", "/usr/local/cuda")
    found = shutil.which("nvcc") or shutil.which(home + "/bin/nvcc")
    if found is None:
        fail("nvcc is missing; install NVIDIA's CUDA toolkit, 12.4 or newer, or set CUDA_HOME")
    return found


def names(symbols):
    """Readable names without parameters and namespaces."""
    if not symbols:
        return []
    text = subprocess.run(["c++filt"], input="\n".join(symbols), text=True, capture_output=True, check=True)
    return [
        re.sub(r"autoloss::|cuda::|\(anonymous namespace\)::|^void ", "", line).split("(")[0]
        for line in text.stdout.splitlines()
    ]


def compiled(source, architectures, output=("-c", "-o", os.devnull)):
    """What the compiler says of a file."""
    command = [nvcc(), "-std=c++17", "-O3", "-Xptxas", "-v", f"-I{NATIVE}/include", f"-I{NATIVE}"]
    command += FLAGS.get(source.name, [])
    command += [f"-gencode=arch=compute_{a},code=sm_{a}" for a in architectures]
    run = subprocess.run([*command, *output, str(source)], text=True, capture_output=True)
    if run.returncode != 0:
        fail(f"{source.name} does not compile:\n{run.stderr}")
    return run.stderr


def kernels(source, architectures):
    """[name, architecture, registers, spilled bytes, static shared memory] of each kernel."""
    found = KERNEL.findall(compiled(source, architectures))
    return [
        (name, int(arch), int(registers), int(stores) + int(loads), int(shared or 0))
        for name, (_, arch, _, stores, loads, registers, shared) in zip(names([k[0] for k in found]), found)
    ]


def table(rows, architectures):
    """One line for each kernel: registers (and spilled bytes) by architecture."""
    by_name = {}
    for name, arch, registers, spilled, shared in rows:
        text = str(registers) + (f", spills {spilled} bytes" if spilled else "")
        by_name.setdefault(name, [{}, shared])[0][arch] = text
    lines = ["| kernel | " + " | ".join("sm_" + a for a in architectures) + " | static shared bytes |"]
    lines.append("| --- |" + " ---: |" * (len(architectures) + 1))
    for name, (cells, shared) in sorted(by_name.items()):
        line = " | ".join(cells.get(int(a), "") for a in architectures)
        lines.append(f"| `{name}` | {line} | {shared} |")
    return lines


def traffic(operations):
    head = "| operation | what crosses the memory bus | MB | " + " | ".join("ms at " + g for g, _ in GPUS)
    lines = [head + " |", "| --- | --- | ---: |" + " ---: |" * len(GPUS)]
    for name, what, size in operations:
        times = " | ".join(f"{1e3 * size / speed:.3f}" for _, speed in GPUS)
        lines.append(f"| {name} | {what} | {size / 1e6:.0f} | {times} |")
    return lines


def main():
    architectures = [a for a in sys.argv[1:] if a.isdigit()] or ARCHITECTURES
    sources = [NATIVE / "cuda" / f for f in sys.argv[1:] if not f.isdigit()] or sorted((NATIVE / "cuda").glob("*.cu"))
    version = re.search(r"release [\d.]+, V([\d.]+)", subprocess.check_output([nvcc(), "--version"], text=True))
    lines = [
        "# CUDA kernels: what can be said without a GPU",
        "",
        "**Nothing on this page is a measurement.** The first table is arithmetic: bytes over published bandwidth,",
        "a bound that no kernel reaches. The others are what the compiler reports. `benchmarks/gpu/run.sh` measures.",
        "",
        f"Made by `{' '.join(['python3 benchmarks/gpu/ptxas.py', *sys.argv[1:]])}` with nvcc {version.group(1)}.",
        "",
        f"## Bytes, for logits [{N},{C},{H},{W}] and labels in uint8",
        "",
        *traffic(TRAFFIC),
        "",
        "## Bytes, for boxes",
        "",
        *traffic(BOX_TRAFFIC),
        "",
        "Comparisons, gathered reads and steps that follow each other cost more here than bytes: each file's head counts them.",
        "A real copy reaches some 90 % of the published bandwidth.",
    ]
    spilling = []
    for source in sources:
        rows = kernels(source, architectures)
        if not rows:
            continue
        spilling += [name for name, _, _, spilled, _ in rows if spilled]
        lines += ["", f"## Registers, {source.name}", "", *table(rows, architectures)]
    verdict = "None of these kernels spills registers." if not spilling else "Spilling: " + ", ".join(sorted(set(spilling))) + "."
    lines += ["", verdict]
    path = ROOT / "benchmarks" / "results" / "ptxas.md"
    path.write_text("\n".join(lines) + "\n")
    print(verdict)
    print(f"written: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
