

def _bce(logits, target):
    """Mean binary cross entropy of sigmoid(logits)."""
    return F.binary_cross_entropy_with_logits(logits, target.to(logits.dtype))


def _sigmoid_focal(logits, target, gamma, alpha):
    """Mean focal loss of sigmoid(logits)."""
    yes, no = F.logsigmoid(logits), F.logsigmoid(-logits)
    present = alpha * (gamma * no).exp() * yes * target
    absent = (1 - alpha) * (gamma * yes).exp() * no * (1 - target)
    return -(present + absent).mean()


def _cse_b_cls(logits, quality):
    """CSE-Auto-B's: quality is the overlap of a sample's box where it has the class, else 0."""
    y = (quality > 0).to(logits.dtype)
    s = logits.sigmoid()
    serf = (torch.erf(math.sqrt(math.pi) / 4 * (1 - y).sigmoid()) + 1) / 2
    sgdf = (2 * (math.pi / 8 * logits).tanh().atan() * 2 / math.pi + 1) / 2
    present = quality * (1 + serf) * F.logsigmoid(logits)
    absent = (sgdf - quality) * (s - quality) * F.logsigmoid(-logits)
    return -((0.75 - 0.5 * y) * (present + absent)).mean()
