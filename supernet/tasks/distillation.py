"""How far answers are from those of a larger sub-network, which one learns from: rows of logits, of any task."""

import torch.nn.functional as F
from torch import Tensor

from supernet.tasks.protocol import Divergence

ALPHA_MIN, ALPHA_MAX = -1.0, 1.0  # AlphaNet's values
CLIP = 5.0  # of the importance weights, AlphaNet's value


def kl_distillation(logits_NK: Tensor, teacher_NK: Tensor) -> Tensor:
    """KL divergence from the teacher to the student, without the teacher's entropy, which has no gradient (in-place
    distillation, BigNAS, arXiv 2003.11142).
    """
    return F.cross_entropy(logits_NK.float(), teacher_NK.float().softmax(dim=1))


def alpha_distillation(logits_NK: Tensor, teacher_NK: Tensor) -> Tensor:
    """The larger of two alpha-divergences for each row (AlphaNet, arXiv 2102.07954, section 3).

    A negative alpha punishes overestimating the teacher's uncertainty, a positive one underestimating it. Gradients
    are those of the paper: the ratio of teacher to student, clipped, weighs the student's log-probabilities.
    """
    low, low_loss = _alpha_divergence(logits_NK.float(), teacher_NK.float(), ALPHA_MIN)
    high, high_loss = _alpha_divergence(logits_NK.float(), teacher_NK.float(), ALPHA_MAX)
    return (low_loss.where(low > high, high_loss)).mean()


def _alpha_divergence(logits_NK: Tensor, teacher_NK: Tensor, alpha: float) -> tuple[Tensor, Tensor]:
    """Value (n,), and a loss (n,) whose gradient is the divergence's with clipped importance weights."""
    log_q, log_p = logits_NK.log_softmax(dim=1), teacher_NK.log_softmax(dim=1).detach()
    q, p = log_q.detach().exp(), log_p.exp()
    if abs(alpha) < 1e-3:
        value, weight = (q * (log_q.detach() - log_p)).sum(dim=1), log_p - log_q.detach()
    elif abs(alpha - 1) < 1e-3:
        value, weight = (p * (log_p - log_q.detach())).sum(dim=1), (log_p - log_q.detach()).exp()
        return value, -(q * weight.clamp(max=CLIP) * log_q).sum(dim=1)
    else:
        ratio = (alpha * (log_p - log_q.detach())).exp().clamp(max=CLIP)
        value, weight = ((q * ratio).sum(dim=1) - 1) / (alpha * (alpha - 1)), ratio / alpha
    return value, -(q * weight * log_q).sum(dim=1)


DISTILLATIONS: dict[str, Divergence] = {"kl": kl_distillation, "alpha": alpha_distillation}
