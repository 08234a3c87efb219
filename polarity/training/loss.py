"""What a run minimises: cross-entropy over the labels that a row's file knows, and against a teacher."""

from collections.abc import Sequence

import torch

from polarity.training.dataset import Example

SMALLEST = 1e-12  # a probability of exactly 0 has no logarithm


def targets_of(examples: Sequence[Example], labels: int, *, smoothing: float = 0.0) -> torch.Tensor:
    """Write each example's label as a distribution over the labels, (examples, labels).

    A graded rating keeps its own distribution. `smoothing` is the mass that is shared out evenly
    among the labels that compete (Szegedy et al. 2016, section 7).

    >>> targets_of([Example("fine", 2, frozenset({0, 2}))], 3, smoothing=0.1).tolist()
    [[0.05000000074505806, 0.0, 0.949999988079071]]
    """
    rows = torch.zeros(len(examples), labels)
    for at, example in enumerate(examples):
        if example.target:
            rows[at] = torch.tensor(example.target)
        else:
            rows[at, example.label] = 1.0
        rows[at] *= 1 - smoothing
        rows[at, sorted(example.competing)] += smoothing / len(example.competing)
    return rows


def masked_cross_entropy(
    logits: torch.Tensor,
    targets: torch.Tensor,
    competing: torch.Tensor,
    class_weights: torch.Tensor | None = None,
) -> torch.Tensor:
    """Mean cross-entropy of a softmax over each row's competing labels only.

    `logits` and `targets` are (batch, labels), `competing` says in the same shape which labels
    compete, `class_weights` is (labels,); the result is a scalar in nats. Rows weigh as their labels
    do, as in `torch.nn.functional.cross_entropy`.

    >>> even, first = torch.zeros(1, 3), torch.tensor([[1.0, 0.0, 0.0]])
    >>> round(masked_cross_entropy(even, first, torch.tensor([[True, False, True]])).item(), 4)
    0.6931
    """
    log_p = logits.masked_fill(~competing, -torch.inf).log_softmax(-1).masked_fill(~competing, 0.0)
    weighted = targets if class_weights is None else targets * class_weights
    return -(weighted * log_p).sum() / weighted.sum()


def distillation(logits: torch.Tensor, taught: torch.Tensor, temperature: float) -> torch.Tensor:
    """Mean cross-entropy of the student against the teacher's distributions, both at `temperature`.

    `logits` and `taught` are (batch, labels); the result is a scalar in nats, times the temperature
    squared, so that its gradients are as large as those of the gold labels (Hinton et al. 2015, section 2).

    >>> round(distillation(torch.zeros(1, 2), torch.tensor([[0.9, 0.1]]), 1.0).item(), 4)
    0.6931
    """
    soft = (taught.clamp_min(SMALLEST).log() / temperature).softmax(-1)
    return -(soft * (logits / temperature).log_softmax(-1)).sum(-1).mean() * temperature**2


def balanced_weights(counts: torch.Tensor) -> torch.Tensor:
    """Weigh each label so that all count alike: rows / (labels x rows of the label) (King and Zeng 2001).

    `counts` are the rows of each label that an epoch sees, (labels,).

    >>> balanced_weights(torch.tensor([2.0, 1.0])).tolist()
    [0.75, 1.5]
    """
    return counts.sum() / (len(counts) * counts)
