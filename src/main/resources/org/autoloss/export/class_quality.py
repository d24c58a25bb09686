

def _cse_a_cls(logits, labels, quality):
    """CSE-Auto-A's cross entropy, times 1 + sin of a sample's quality."""
    valid, logits, labels = _prepare(logits, labels.long())
    each = F.cross_entropy(logits, labels, reduction="none")
    if quality is None:
        quality = torch.ones_like(each)
    each = each * (1 + quality.detach().clamp_min(1e-7).sin())
    return (each * valid).sum() / valid.sum().clamp_min(1)
