

def _areas(predicted, target):
    """Intersection, union and enclosing area of boxes x1, y1, x2, y2, pair by pair: three [N]."""

    def area(lower, upper):
        return (upper - lower).clamp_min(0).prod(1)

    lower, upper = predicted[:, :2], predicted[:, 2:]
    target_lower, target_upper = target[:, :2], target[:, 2:]
    i = area(torch.maximum(lower, target_lower), torch.minimum(upper, target_upper))
    u = area(lower, upper) + area(target_lower, target_upper) - i
    e = area(torch.minimum(lower, target_lower), torch.maximum(upper, target_upper))
    return i, u, e
