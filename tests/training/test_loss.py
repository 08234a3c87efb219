"""The loss: whose labels compete, what a graded rating teaches, what each row weighs."""

import math

import pytest
import torch

from polarity.training.dataset import Example
from polarity.training.loss import balanced_weights, distillation, masked_cross_entropy, targets_of

from .sentences import ALL

TWO = frozenset({0, 2})


def _one_hot(labels: list[int]) -> torch.Tensor:
    return torch.nn.functional.one_hot(torch.tensor(labels), 3).float()


def test_cross_entropy_over_all_labels_is_torchs() -> None:
    """Where every label competes, nothing is masked."""
    torch.manual_seed(0)
    logits, labels = torch.randn(7, 3), [0, 1, 2, 2, 1, 0, 0]
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor(labels))
    found = masked_cross_entropy(logits, _one_hot(labels), torch.ones(7, 3, dtype=torch.bool))
    assert expected.item() == pytest.approx(found.item(), abs=1e-6)


def test_class_weights_are_torchs() -> None:
    """Rows weigh as their labels do, and the mean is taken over the weights."""
    torch.manual_seed(0)
    logits, labels, weights = torch.randn(7, 3), [0, 1, 2, 2, 1, 0, 0], torch.tensor([0.5, 2.0, 1.0])
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor(labels), weight=weights)
    found = masked_cross_entropy(logits, _one_hot(labels), torch.ones(7, 3, dtype=torch.bool), weights)
    assert expected.item() == pytest.approx(found.item(), abs=1e-6)


def test_label_smoothing_is_torchs() -> None:
    """Where every label competes, smoothing is `torch.nn.functional.cross_entropy`'s."""
    torch.manual_seed(0)
    logits, labels = torch.randn(4, 3), [0, 1, 2, 2]
    expected = torch.nn.functional.cross_entropy(logits, torch.tensor(labels), label_smoothing=0.1)
    targets = targets_of([Example("", label, ALL) for label in labels], 3, smoothing=0.1)
    found = masked_cross_entropy(logits, targets, torch.ones(4, 3, dtype=torch.bool))
    assert expected.item() == pytest.approx(found.item(), abs=1e-6)


def test_cross_entropy_of_two_class_rows_by_hand() -> None:
    """A row is a softmax over its own labels only; the rows' losses are averaged.

    Row one, labels 0 and 2, logits 1 and 3: ln(e + e^3) - 3 = ln(1 + e^-2).
    Row two, labels 1 and 2, equal logits: ln 2. Row three, all, equal logits: ln 3.
    """
    logits = torch.tensor([[1.0, 50.0, 3.0], [50.0, 2.0, 2.0], [4.0, 4.0, 4.0]])
    competing = torch.tensor([[True, False, True], [False, True, True], [True, True, True]])
    expected = (math.log(1 + math.exp(-2)) + math.log(2) + math.log(3)) / 3
    found = masked_cross_entropy(logits, _one_hot([2, 1, 0]), competing)
    assert expected == pytest.approx(found.item(), abs=1e-6)


def test_a_label_that_does_not_compete_gets_no_gradient() -> None:
    """A two-class row says nothing about the third class, in either direction."""
    logits = torch.zeros(1, 3, requires_grad=True)
    masked_cross_entropy(logits, _one_hot([0]), torch.tensor([[True, False, True]])).backward()
    assert logits.grad is not None
    assert [-0.5, 0.0, 0.5] == logits.grad[0].tolist()


def test_a_graded_rating_is_its_own_target() -> None:
    """An example with a distribution keeps it; one without is all its label."""
    rows = [Example("", 1, ALL, (0.25, 0.5, 0.25)), Example("", 2, TWO)]
    assert [[0.25, 0.5, 0.25], [0.0, 0.0, 1.0]] == targets_of(rows, 3).tolist()


def test_smoothing_stays_among_the_labels_that_compete() -> None:
    """A label that the file does not know gets none of the mass."""
    (row,) = targets_of([Example("", 0, TWO)], 3, smoothing=0.5).tolist()
    assert [0.75, 0.0, 0.25] == row


def test_balanced_weights_make_all_labels_count_alike() -> None:
    """A label's rows times its weight is the same for every label."""
    counts = torch.tensor([3.0, 1.0, 2.0])
    assert [2.0, 2.0, 2.0] == pytest.approx((balanced_weights(counts) * counts).tolist())


def test_distillation_is_least_at_the_teachers_own_distribution() -> None:
    """There it is the teacher's entropy, and has no gradient; anywhere else it is more."""
    taught = torch.tensor([[0.7, 0.2, 0.1]])
    logits = taught.log().requires_grad_()
    found = distillation(logits, taught, 1.0)
    found.backward()
    entropy = -(taught * taught.log()).sum().item()
    assert entropy == pytest.approx(found.item(), abs=1e-6)
    assert logits.grad is not None
    assert [0.0, 0.0, 0.0] == pytest.approx(logits.grad[0].tolist(), abs=1e-6)
    assert distillation(torch.tensor([[0.0, 0.0, 0.0]]), taught, 1.0).item() > entropy


def test_temperature_leaves_gradients_their_size() -> None:
    """Near the even distribution the gradient at temperature 4 is about that at 1 (Hinton et al., 2.1)."""
    gradients = []
    for temperature in (1.0, 4.0):
        logits = torch.zeros(1, 2, requires_grad=True)
        distillation(logits, torch.tensor([[0.51, 0.49]]), temperature).backward()
        assert logits.grad is not None
        gradients.append(logits.grad[0, 0].item())
    assert gradients[0] == pytest.approx(gradients[1], rel=0.01)


def test_a_teacher_without_doubt_is_no_infinity() -> None:
    """A probability of exactly 0 has no logarithm, and the loss is still a number."""
    assert distillation(torch.zeros(1, 2), torch.tensor([[1.0, 0.0]]), 2.0).isfinite()
