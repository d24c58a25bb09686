"""PyTorch's times for what the CUDA kernels do, on the sizes of their benchmarks.

    python3 benchmarks/gpu/pytorch.py [FILE]

Called by run.sh; prints one line "name TAB milliseconds" for each measurement, and appends it to FILE as soon as
it is known: cross entropy, and the mIoU surrogate of Auto Seg-Loss and the Dice loss as a user of PyTorch would
write them, operation by operation and through torch.compile; and, where torchvision is installed, its suppression
and RoIAlign. Each is forward and backward, but for suppression.
"""

import statistics
import sys

import torch
import torch.nn.functional as functional

SHAPE = (16, 21, 512, 512)
WARM_UP, SAMPLES = 5, 25
# control points of one curve: (0,0), these, (1,1); two pieces
POINTS = ((0.25, 0.2), (0.5, 0.5), (0.75, 0.8))


def curve(x):
    """The piecewise quadratic Bezier curve through POINTS."""
    points = ((0.0, 0.0), *POINTS, (1.0, 1.0))
    result = None
    for first in (0, 2):
        (x0, y0), (x1, y1), (x2, y2) = points[first : first + 3]
        a = (x1 - x0) / (x2 - x0)
        local = (x - x0) / (x2 - x0)
        t = local / (a + (a * a + (1 - 2 * a) * local).clamp_min(1e-9).sqrt())
        y = y0 + 2 * (y1 - y0) * t + (y0 - 2 * y1 + y2) * t * t
        result = y if result is None else torch.where(x >= x0, y, result)
    return result


def maps(logits, labels):
    """Probabilities, one-hot labels, and which pixels count; labels outside [0,C) are ignored."""
    classes = logits.shape[1]
    valid = ((labels >= 0) & (labels < classes)).unsqueeze(1)
    one_hot = functional.one_hot(labels.clamp(0, classes - 1), classes).permute(0, 3, 1, 2) * valid
    return logits.float().softmax(1), one_hot, valid


def surrogate(logits, labels):
    """1 - the mIoU surrogate."""
    p, one_hot, valid = maps(logits, labels)
    either = curve(p)
    overlap = (curve(p) * one_hot).sum((0, 2, 3))
    union = ((either + one_hot - either * one_hot) * valid).sum((0, 2, 3))
    return 1 - (overlap / (union + 1e-8)).mean()


def dice(logits, labels):
    """1 - Dice's coefficient with squared sums."""
    p, one_hot, valid = maps(logits, labels)
    overlap = (p * one_hot).sum((0, 2, 3))
    size = ((p * p + one_hot) * valid).sum((0, 2, 3))
    return 1 - (2 * overlap / (size + 2e-8)).mean()


def cross_entropy(logits, labels):
    return functional.cross_entropy(logits, labels, ignore_index=255)


def milliseconds(loss, logits, labels):
    """The median time of a forward and backward pass."""

    def step():
        logits.grad = None
        loss(logits, labels).backward()

    return median_of(step)


def median_of(step):
    """The median time of a step in milliseconds."""
    for _ in range(WARM_UP):
        step()
    events = [torch.cuda.Event(enable_timing=True) for _ in range(SAMPLES + 1)]
    for event in events[:-1]:
        event.record()
        step()
    events[-1].record()
    torch.cuda.synchronize()
    return statistics.median(a.elapsed_time(b) for a, b in zip(events, events[1:]))


def regions(path):
    """Times of torchvision's suppression of 20,000 boxes, and of its RoIAlign of 512 regions of [1,256,64,64]."""
    try:
        from torchvision import ops
    except ImportError:
        return
    corner = torch.rand(20_000, 2, device="cuda") * 1000
    boxes = torch.cat([corner, corner + 20 + 280 * torch.rand(20_000, 2, device="cuda")], 1)
    scores = torch.rand(20_000, device="cuda")
    say("torchvision nms, 20,000 boxes", median_of(lambda: ops.nms(boxes, scores, 0.5)), path)
    corner = torch.rand(512, 2, device="cuda") * 992
    far = (corner + 32 + 368 * torch.rand(512, 2, device="cuda")).clamp_max(1024)
    rois = torch.cat([torch.zeros(512, 1, device="cuda"), corner, far], 1)
    features = torch.randn(1, 256, 64, 64, device="cuda").requires_grad_()
    flow = torch.randn(512, 256, 7, 7, device="cuda")

    def step():
        features.grad = None
        ops.roi_align(features, rois, 7, 1 / 16, 2).backward(flow)

    say("torchvision roi_align, forward and backward, 512 regions", median_of(step), path)


def say(name, time, path):
    """Prints a line, and appends it to the file of a path if there is one."""
    print(f"{name}\t{time}", flush=True)
    if path:
        with open(path, "a", encoding="utf-8") as out:
            out.write(f"{name}\t{time}\n")


def blocks():
    """Labels in blocks of 16 x 16 pixels."""
    n, classes, height, width = SHAPE
    patches = torch.randint(0, classes, (n, height // 16, width // 16), device="cuda")
    return patches.repeat_interleave(16, 1).repeat_interleave(16, 2)


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else None
    torch.manual_seed(1)
    labels = blocks()
    labels[torch.rand(labels.shape, device="cuda") < 0.1] = 255
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        logits = torch.randn(SHAPE, device="cuda").to(dtype).requires_grad_()
        name = str(dtype).replace("torch.", "")
        for what, loss in (("cross entropy", cross_entropy), ("mIoU", surrogate), ("Dice", dice)):
            say(f"PyTorch {what}, eager, {name}", milliseconds(loss, logits, labels), path)
            say(f"PyTorch {what}, torch.compile, {name}", milliseconds(torch.compile(loss), logits, labels), path)
    regions(path)


if __name__ == "__main__":
    main()
