

def _overlap(logits, labels, squared, alpha, beta, skip_absent):
    """One minus the mean over classes of overlap to size: Dice, Tversky, Jaccard."""
    valid, logits, labels = _prepare(logits, labels.long())
    p = logits.softmax(1)
    y = _one_hot(labels, valid, p.shape[1], p.dtype)
    overlap = (p * y).sum((0, 2, 3))
    labelled = y.sum((0, 2, 3))
    size = ((p * p if squared else p) * valid.unsqueeze(1).to(p)).sum((0, 2, 3))
    own = 0 if squared else 1 - alpha - beta
    similarity = overlap / (own * overlap + alpha * size + beta * labelled + 1e-8)
    if skip_absent:
        present = (labelled > 0).to(p)
        return ((1 - similarity) * present).sum() / present.sum().clamp_min(1)
    return 1 - similarity.mean()
