

def _mse(predicted, target):
    return (predicted - target).square().mean()


def _wing(predicted, target, omega, eps):
    """Logarithmic where a difference is below omega, else linear."""
    d = (predicted - target).abs()
    c = omega - omega * math.log1p(omega / eps)
    return torch.where(d < omega, omega * torch.log1p(d / eps), d - c).mean()


def _awing(predicted, target, omega, theta, eps, alpha):
    """Wing whose power adapts to the target."""
    d = (predicted - target).abs()
    power = alpha - target
    near = omega * torch.log1p((d / eps) ** power)
    r = (theta / eps) ** power
    slope = omega / theta * power * r / (1 + r)
    c = theta * slope - omega * torch.log1p(r)
    return torch.where(d < theta, near, slope * d - c).mean()


def _kl(predicted, target, beta):
    """Mean over maps of the divergence of softmax(beta predicted) from the target's shape."""
    q = target.clamp_min(0).flatten(2)
    total = q.sum(2, keepdim=True)
    q = q / total.clamp_min(1e-12)
    log_r = F.log_softmax(beta * predicted.flatten(2), 2)
    each = (q * (q.clamp_min(1e-12).log() - log_r)).sum(2)
    return each.sum() / (total > 0).sum().clamp_min(1)
