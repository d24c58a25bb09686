"""Our losses on PyTorch's tensors, value and gradient, beside PyTorch's cross entropy.

    python3 benchmarks/gpu/end_to_end.py LIBRARY [FILE]

LIBRARY: libautoloss.so, built with CUDA. Prints one line "name TAB milliseconds" for each measurement, and
appends it to FILE as soon as it is known. The loss is a node of autograd whose forward pass is one call of the
library, which gives value and gradient, and whose backward pass multiplies that gradient by what comes in.
"""

import ctypes
import sys

import torch
from pytorch import SHAPE, blocks, cross_entropy, milliseconds, say

MIOU, ABSENT_COUNT = 0, 0
LOGIT_TYPES = {torch.float32: 0, torch.float16: 1, torch.bfloat16: 2}
LABEL_TYPES = {torch.uint8: 0, torch.int32: 1, torch.int64: 2}
POINTS = (0.25, 0.2, 0.5, 0.5, 0.75, 0.8) * 2  # of both curves, two pieces each


class Batch(ctypes.Structure):
    """autoloss::Batch of native/include/autoloss/ops.h."""

    _fields_ = [
        ("logits", ctypes.c_void_p),
        ("labels", ctypes.c_void_p),
        ("n", ctypes.c_int64),
        ("c", ctypes.c_int64),
        ("h", ctypes.c_int64),
        ("w", ctypes.c_int64),
        ("logit_type", ctypes.c_int),
        ("label_type", ctypes.c_int),
        ("device", ctypes.c_int),
        ("stream", ctypes.c_void_p),
    ]


def operation(library, name):
    """The library's surrogate, by its C++ name."""
    function = getattr(ctypes.CDLL(library), name)
    function.restype = ctypes.c_double
    function.argtypes = [
        ctypes.c_int,
        ctypes.POINTER(ctypes.c_double),
        ctypes.c_int64,
        ctypes.c_int,
        ctypes.POINTER(Batch),
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    return function


class Surrogate(torch.autograd.Function):
    function = None
    points = (ctypes.c_double * len(POINTS))(*POINTS)

    @staticmethod
    def forward(context, logits, labels):
        value = torch.empty((), device=logits.device)
        kind = torch.bfloat16 if logits.dtype == torch.bfloat16 else torch.float32
        gradient = torch.empty(logits.shape, device=logits.device, dtype=kind)
        batch = Batch(
            logits.data_ptr(),
            labels.data_ptr(),
            *logits.shape,
            LOGIT_TYPES[logits.dtype],
            LABEL_TYPES[labels.dtype],
            logits.device.index,
            torch.cuda.current_stream().cuda_stream,
        )
        Surrogate.function(
            MIOU, Surrogate.points, len(POINTS), ABSENT_COUNT, ctypes.byref(batch), value.data_ptr(), gradient.data_ptr()
        )
        context.save_for_backward(gradient)
        context.kind = logits.dtype
        return value

    @staticmethod
    def backward(context, incoming):
        (gradient,) = context.saved_tensors
        return (gradient * incoming).to(context.kind), None


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("end_to_end.py LIBRARY [FILE]")
    path = sys.argv[2] if len(sys.argv) == 3 else None
    Surrogate.function = operation(sys.argv[1], "_ZN8autoloss16region_surrogateEiPKdliRKNS_5BatchEPfPv")
    torch.manual_seed(1)
    labels = blocks()
    bytes_of_labels = labels.to(torch.uint8)
    for dtype in (torch.float32, torch.bfloat16):
        logits = torch.randn(SHAPE, device="cuda").to(dtype).requires_grad_()
        name = str(dtype).replace("torch.", "")
        entropy = milliseconds(cross_entropy, logits, labels)
        ours = milliseconds(Surrogate.apply, logits, bytes_of_labels)
        say(f"cross entropy beside it, end to end, {name}", entropy, path)
        say(f"asl:mIoU on torch's tensors, end to end, {name}", ours, path)
        print(f"ratio, {name}: {ours / entropy:.2f}", flush=True)


if __name__ == "__main__":
    main()
