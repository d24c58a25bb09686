

def _pair_value(value):
    """Sum over classes of the mean over the rest."""
    return value.mean((0, 2, 3)).sum()


def _everywhere(x):
    return torch.ones(x.shape[0], *x.shape[2:], dtype=torch.bool, device=x.device)


def _boxes_graph(predicted, target, root, eps):
    """root(operators, i, u, e, one) of pairs of boxes x1, y1, x2, y2."""
    areas = _areas(predicted.double(), target.double())
    i, u, e = (area.view(-1, 1, 1, 1) for area in areas)
    return _pair_value(root(_Operators(_everywhere(i), eps), i, u, e, torch.ones_like(i)))


def _heatmap_graph(predicted, target, root, eps):
    """root(operators, y, yhat, one) of maps as they are."""
    predicted, target = predicted.double(), target.double()
    operators = _Operators(_everywhere(predicted), eps)
    return _pair_value(root(operators, target, predicted, torch.ones_like(predicted)))


def _binary_graph(predicted, target, root, eps):
    """root(operators, y, yhat, one) of two channels, no and yes."""
    predicted = predicted.double()
    predicted = torch.cat((-predicted, predicted), 1).sigmoid().clamp_min(1.2e-38)
    return _heatmap_graph(predicted, torch.cat((1 - target, target), 1), root, eps)
