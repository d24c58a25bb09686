

class _Operators:
    """The operators of AutoLoss-Zero over the pixels that count."""

    def __init__(self, valid, eps):
        self.ignored = ~valid.unsqueeze(1)
        self.count = valid.sum().clamp_min(1)
        self.eps = eps

    def add(self, x, y):
        return x + y

    def mul(self, x, y):
        return x * y

    def neg(self, x):
        return -x

    def abs(self, x):
        return x.abs()

    def inv(self, x):
        return 1 / (x + self.eps)

    def log(self, x):
        return x.sign() * (x.abs() + self.eps).log()

    def exp(self, x):
        return x.exp()

    def tanh(self, x):
        return x.tanh()

    def square(self, x):
        return x * x

    def sqrt(self, x):
        return x.sign() * (x.abs() + self.eps).sqrt()

    def mean_nhw(self, x):
        kept = x.masked_fill(self.ignored, 0.0)
        return (kept.sum((0, 2, 3), keepdim=True) / self.count).expand_as(x)

    def mean_c(self, x):
        return x.mean(1, keepdim=True).expand_as(x)

    def maxpool3(self, x):
        kept = x.masked_fill(self.ignored, float("-inf"))
        return F.max_pool2d(kept, 3, stride=1, padding=1).masked_fill(self.ignored, 0.0)

    def minpool3(self, x):
        return -self.maxpool3(-x)


def _graph(logits, labels, root, eps):
    """Sum over classes of the mean over pixels of root(operators, y, yhat, one)."""
    valid, logits, labels = _prepare(logits, labels.long())
    classes = logits.shape[1]
    ignored = ~valid.unsqueeze(1)
    yhat = logits.softmax(1).clamp_min(1.2e-38).masked_fill(ignored, 0.5)
    y = _one_hot(labels, valid, classes, yhat.dtype)
    value = root(_Operators(valid, eps), y, yhat, torch.ones_like(yhat))
    return value.masked_fill(ignored, 0.0).sum() / valid.sum().clamp_min(1)
