"""How many instructions an element costs in the main loop of each loss of class sums, beside its registers.

    python3 benchmarks/gpu/instructions.py [ARCHITECTURE] [FILE...]

Compiles files of native/cuda (region.cu and overlap.cu if none is given) for one architecture (90 if none is given) and
reads the machine code itself: needs nvcc, no cuobjdump and no GPU. Knows the encoding of architectures 80 to 90. The main
loop is the longest one, and what is counted is its longest way round: that of a pixel that counts, not of one that is
ignored. Only kernels that keep all classes of a pixel in registers are listed, for the loops of others go round once for
each class. A GPU of architecture 90 issues four instructions a cycle on each multiprocessor.
"""

import re
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import ptxas
import sass

BRANCH, EXIT = 0x947, 0x94D
# what the lowest nine bits of an instruction say; the next three are where its operands come from
KINDS = {
    "load": (0x181,), "store": (0x186,), "shared": (0x184, 0x188), "exp, root, quotient": (0x108,),
    "select": (0x007, 0x008), "compare": (0x00B, 0x00C), "minimum, maximum": (0x009,),
    "float": (0x020, 0x021, 0x023), "integer, address": (0x010, 0x011, 0x012, 0x019, 0x024, 0x025, 0x027),
    "move": (0x002, 0x182, 0x0B9, 0x145),
}  # fmt: skip
KIND_OF = {code: kind for kind, codes in KINDS.items() for code in codes}


def decode(code):
    """(opcode, whether always carried out, index of a branch's target) of each instruction."""
    result = []
    for at in range(0, len(code), sass.SIZE):
        low, high = struct.unpack_from("<QQ", code, at)
        target = sass.target(at, low, high) // sass.SIZE if low & 0xFFF == BRANCH else None
        result.append((low & 0xFFF, low >> 12 & 0xF == 7, target))
    return result


def main_loop(instructions):
    """The opcodes of the longest way round the longest loop."""
    back = [(i - to, to, i) for i, (_, _, to) in enumerate(instructions) if to is not None and to < i]
    if not back:
        return []
    _, first, last = max(back)
    ways = {}  # from an instruction to the end of the loop: how many, and which comes next
    for i in range(last, first - 1, -1):
        opcode, always, target = instructions[i]
        after = [] if i == last or opcode in (BRANCH, EXIT) and always else [i + 1]
        after += [target] if target is not None and i < target <= last else []
        after = [(ways[to][0], to) for to in after if to in ways]
        if i == last or after:
            length, following = max(after, default=(0, None))
            ways[i] = (length + 1, following)
    way, at = [], first
    while at is not None:
        way.append(instructions[at][0])
        at = ways[at][1]
    return way


def rows(source, architecture):
    """One line of the table for each kernel that keeps its classes in registers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernels.cubin"
        log = ptxas.compiled(source, [architecture], ["-cubin", "-o", str(path)])
        cubin = path.read_bytes()
    registers = {match[0]: int(match[5]) for match in ptxas.KERNEL.findall(log)}
    code = {name[6:]: decode(data) for name, data in sass.sections(cubin) if name.startswith(".text.")}
    symbols = sorted(registers)
    for symbol, name in sorted(zip(symbols, ptxas.names(symbols)), key=lambda pair: pair[1]):
        found = re.match(r"register_\w+<[^,]+, (\d+)", name)
        if found is None:
            continue
        classes, way = int(found[1]), main_loop(code[symbol])
        kinds = Counter(KIND_OF.get(opcode & 0x1FF, "other") for opcode in way)
        what = ", ".join(f"{kind} {count / classes:.1f}" for kind, count in kinds.most_common())
        yield f"| `{name}` | {registers[symbol]} | {len(way)} | {len(way) / classes:.1f} | {what} |"


def main():
    architecture = next((a for a in sys.argv[1:] if a.isdigit()), "90")
    files = [f for f in sys.argv[1:] if not f.isdigit()] or ["region.cu", "overlap.cu"]
    print("| kernel | registers | instructions a pixel | an element | of these |")
    print("| --- | ---: | ---: | ---: | --- |")
    for file in files:
        for row in rows(ptxas.NATIVE / "cuda" / file, architecture):
            print(row)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        ptxas.fail(str(error))
