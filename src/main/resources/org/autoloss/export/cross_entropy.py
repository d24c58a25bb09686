

def _cross_entropy(logits, labels):
    """Mean cross entropy over the pixels that count; 0 if there are none."""
    valid, logits, labels = _prepare(logits, labels.long())
    each = F.cross_entropy(logits, labels, reduction="none")
    return (each * valid).sum() / valid.sum().clamp_min(1)
