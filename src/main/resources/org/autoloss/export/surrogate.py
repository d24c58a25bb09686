
_EPS = 1e-8


def _curve(x, points):
    """Piecewise quadratic Bezier curve from (0,0) to (1,1); points are the inner control points."""
    points = [(0.0, 0.0), *points, (1.0, 1.0)]
    y = torch.zeros_like(x)
    for k in range(0, len(points) - 1, 2):
        (x0, y0), (x1, y1), (x2, y2) = points[k : k + 3]
        width = x2 - x0
        if width > 0:
            a = (x1 - x0) / width
            u = (x - x0) / width
            r = (a * a + (1 - 2 * a) * u).clamp_min(1e-9).sqrt()
            t = u / (a + r)
            piece = y0 + t * (2 * (y1 - y0) + t * (y0 - 2 * y1 + y2))
        else:  # a jump, continuous from the right
            piece = torch.full_like(x, y2)
        y = piece if k == 0 else torch.where(x >= x0, piece, y)
    return y


def _dilate(x, radius):
    """Maximum over a square of 2 radius + 1 pixels, as far as it lies inside the image."""
    return F.max_pool2d(x, 2 * radius + 1, stride=1, padding=radius)


def _label_edges(labels, outside):
    """Pixels whose 3x3 neighbourhood holds another label; some pixels are as if outside."""
    values = labels.double().unsqueeze(1)
    outside = outside.unsqueeze(1)
    most = _dilate(values.masked_fill(outside, float("-inf")), 1)
    least = -_dilate((-values).masked_fill(outside, float("-inf")), 1)
    return (((most != values) | (least != values)) & ~outside).squeeze(1)


def _surrogate(
    logits, labels, metric, curves, tolerance, drop_background, skip_absent, skip_ignored
):
    """One minus the Auto Seg-Loss surrogate of a metric."""
    raw = labels.long()
    outside = (raw < 0) | (raw >= logits.shape[1])
    outside = outside & torch.tensor(skip_ignored, device=raw.device)
    if metric == "BF1":
        return _boundary_f1(logits, raw, curves, tolerance, drop_background, outside)
    valid, logits, labels = _prepare(logits, raw)
    p = logits.softmax(1)
    if metric == "BIoU":
        edges = _label_edges(raw, outside)
        if drop_background:
            edges = edges & (raw != 0)
        edges = edges & (raw >= 0) & (raw < p.shape[1])
        valid = valid & (_dilate(edges.unsqueeze(1).to(p), tolerance).squeeze(1) > 0)
    y = _one_hot(labels, valid, p.shape[1], p.dtype)
    mask = valid.unsqueeze(1).to(p)
    overlap = (_curve(p, curves[0]) * y).sum((0, 2, 3))
    labelled = y.sum((0, 2, 3))
    if metric == "gAcc":
        if skip_absent and not valid.any():
            return overlap.sum()
        return 1 - overlap.sum() / (labelled.sum() + _EPS)
    if metric == "mAcc":
        ratios = overlap / (labelled + _EPS)
    else:
        either = _curve(p, curves[1])
        ratios = overlap / (((either + y - either * y) * mask).sum((0, 2, 3)) + _EPS)
    if metric == "FWIoU":
        weights = labelled / (labelled.sum() + _EPS)
    elif skip_absent:
        weights = (labelled > 0) / (labelled > 0).sum().clamp_min(1)
    else:
        weights = torch.full_like(labelled, 1 / len(labelled))
    if skip_absent and not valid.any():
        return overlap.sum()
    return 1 - (weights * ratios).sum()


def _boundary_f1(logits, labels, curves, tolerance, drop_background, outside):
    """The boundary F1 surrogate, over the classes that have a label edge."""
    hidden = outside.unsqueeze(1)
    p = logits.masked_fill(hidden, 0.0).softmax(1)
    classes = p.shape[1]
    inner = (-_dilate((-p).masked_fill(hidden, float("-inf")), 1)).masked_fill(hidden, 0.0)
    either = _curve(p, curves[2]), _curve(inner, curves[3])
    predicted = either[0] + either[1] - either[0] * either[1]
    predicted = predicted - _curve(p, curves[0]) * _curve(inner, curves[1])
    predicted = predicted.masked_fill(hidden, 0.0)
    valid = (labels >= 0) & (labels < classes) & _label_edges(labels, outside)
    truth = _one_hot(labels.masked_fill(~valid, 0), valid, classes, p.dtype)
    if drop_background:
        truth[:, 0] = 0
    sums = (0, 2, 3)
    precision = (predicted * _dilate(truth, tolerance)).sum(sums) / (predicted.sum(sums) + _EPS)
    recall = (_dilate(predicted, tolerance) * truth).sum(sums) / (truth.sum(sums) + _EPS)
    present = truth.sum(sums) > 0
    if not present.any():
        return 0.0 * predicted.sum()
    f1 = 2 * precision * recall / (precision + recall + _EPS)
    return 1 - f1[present].mean()
