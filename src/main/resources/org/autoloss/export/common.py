

def _prepare(logits, labels):
    """Mask of the pixels that count, logits and labels with the others out of the way."""
    classes = logits.shape[1]
    valid = (labels >= 0) & (labels < classes)
    logits = logits.masked_fill(~valid.unsqueeze(1), 0.0)
    return valid, logits, labels.masked_fill(~valid, 0)


def _one_hot(labels, valid, classes, dtype):
    """[N,H,W] to [N,C,H,W]; all zero where a pixel is ignored."""
    y = F.one_hot(labels, classes).movedim(-1, 1).to(dtype)
    return y * valid.unsqueeze(1).to(dtype)
