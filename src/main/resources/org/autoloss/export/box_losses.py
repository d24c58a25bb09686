

def _overlap(predicted, target):
    i, u, _ = _areas(predicted, target)
    return i / (u + 1e-7)


def _iou(predicted, target, log=False):
    """Mean of 1 - IoU, or of -log IoU."""
    iou = _overlap(predicted, target)
    return (-iou.clamp_min(1e-6).log() if log else 1 - iou).mean()


def _giou(predicted, target):
    """Mean of 1 - IoU + (e - u) / e."""
    _, u, e = _areas(predicted, target)
    return (1 - _overlap(predicted, target) + (e - u) / (e + 1e-7)).mean()


def _distance(predicted, target):
    """1 - IoU + squared distance of the centres by that of the enclosing corners, [N]."""
    lower = torch.minimum(predicted[:, :2], target[:, :2])
    upper = torch.maximum(predicted[:, 2:], target[:, 2:])
    diagonal = (upper - lower).square().sum(1) + 1e-7
    centres = (predicted[:, :2] + predicted[:, 2:] - target[:, :2] - target[:, 2:]) / 2
    return 1 - _overlap(predicted, target) + centres.square().sum(1) / diagonal


def _diou(predicted, target):
    return _distance(predicted, target).mean()


def _ciou(predicted, target):
    """The same with what the ratios of the sides differ by."""

    def angle(boxes):
        sides = boxes[:, 2:] - boxes[:, :2]
        return (sides[:, 0] / (sides[:, 1] + 1e-7)).atan()

    v = (angle(target) - angle(predicted)).square() * 4 / math.pi**2
    alpha = (v / (1 - _overlap(predicted, target) + v + 1e-7)).detach()
    return (_distance(predicted, target) + alpha * v).mean()


def _l1(deltas, target):
    """Mean over boxes of the sum over four deltas."""
    return (deltas - target).abs().sum() / deltas.shape[0]


def _smooth_l1(deltas, target, beta):
    """The same, quadratic where a difference is below beta."""
    return F.smooth_l1_loss(deltas, target, reduction="sum", beta=beta) / deltas.shape[0]


def _cse_a_reg(predicted, target):
    """CSE-Auto-A's, of boxes in pixels."""
    i, u, e = _areas(predicted, target)
    u, e = u + 1e-7, e + 1e-7
    return (1 - i / u + (e - i - 2) / e).mean()


def _cse_b_reg(predicted, target):
    """CSE-Auto-B's, of boxes in pixels."""
    i, u, e = _areas(predicted, target)
    u, e = u + 1e-7, e + 1e-7
    return -(((1 + i - e) / (5 + u) + 1 + e) / (e - (u + i) / 3)).mean()
