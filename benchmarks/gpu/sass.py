"""How many instructions each CUDA kernel has, and each of its loops.

    python3 benchmarks/gpu/sass.py FILE... [KERNEL]

Compiles files of native/cuda (boundary.cu, ...) for sm_90 and prints, for each kernel whose name holds KERNEL,
its instructions and each loop's, with those of its inner loops: what a warp issues each time round, where it
takes no branch. Needs nvcc and no GPU; no disassembler either: loops are branches back, which are decoded here.
"""

import collections
import pathlib
import struct
import sys
import tempfile

import ptxas

# the lowest nine bits of an instruction
KINDS = {0x181: "loads", 0x186: "stores", 0x184: "shared loads", 0x188: "shared stores", 0x108: "special functions",
         0x144: "calls", 0x143: "calls", 0x125: "64-bit products"}
BRANCH, NOP = 0x147, 0x118
SIZE = 16


def sections(elf):
    """Name and contents of each section of a 64-bit ELF file."""
    (start,), (size, count, names) = struct.unpack_from("<Q", elf, 0x28), struct.unpack_from("<HHH", elf, 0x3A)
    headers = [struct.unpack_from("<IIQQQQ", elf, start + size * i) for i in range(count)]
    for name, _, _, _, offset, length in headers:
        begin = headers[names][4] + name
        yield elf[begin : elf.index(b"\0", begin)].decode(), elf[offset : offset + length]


def target(address, low, high):
    """Where a branch of sm_90 goes: a signed number of four-byte words from the next instruction."""
    words = (low >> 34 | (high & 0x3FFFF) << 30) << 8 | low >> 16 & 0xFF
    return address + SIZE + 4 * (words - (1 << 56) if words >> 55 else words)


def loops(code):
    """Kind of each instruction, and (first, last) of each loop, by their numbers."""
    kinds, found = [], {}
    for address in range(0, len(code), SIZE):
        low, high = struct.unpack_from("<QQ", code, address)
        kinds.append(low & 0x1FF)
        if low & 0x1FF == BRANCH:
            to = target(address, low, high)
            if 0 <= to < address:
                found[to // SIZE] = max(found.get(to // SIZE, 0), address // SIZE)
    # a branch back from code that the compiler has put aside crosses other loops
    crossed = {a for a, b in found.items() for c, d in found.items() if a < c <= b < d or c < a <= d < b}
    return kinds, sorted((first, last) for first, last in found.items() if first not in crossed)


def text(kinds):
    kinds = [kind for kind in kinds if kind != NOP]
    counts = collections.Counter(KINDS[kind] for kind in kinds if kind in KINDS)
    return f"{len(kinds)} instructions" + "".join(f", {n} {kind}" for kind, n in counts.most_common())


def main():
    sources = [a for a in sys.argv[1:] if a.endswith(".cu")]
    wanted = [a for a in sys.argv[1:] if not a.endswith(".cu")]
    if not sources:
        sys.exit("gpu/sass.py: name a file of native/cuda")
    for source in sources:
        with tempfile.NamedTemporaryFile(suffix=".cubin") as out:
            ptxas.compiled(ptxas.NATIVE / "cuda" / source, ["90"], ["-cubin", "-o", out.name])
            elf = pathlib.Path(out.name).read_bytes()
        code = {name[6:]: contents for name, contents in sections(elf) if name.startswith(".text.")}
        for name, contents in sorted(zip(ptxas.names(list(code)), code.values())):
            if all(part in name for part in wanted):
                kinds, found = loops(contents)
                print(f"{name}: {text(kinds)}")
                for first, last in found:
                    print(f"  loop {first} to {last}: {text(kinds[first : last + 1])}")


if __name__ == "__main__":
    main()
