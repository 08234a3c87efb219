"""AdamW as it is used for fine-tuning: who learns how fast, and when."""

import re
from typing import Any

import torch


def adamw(
    model: Any, *, learning_rate: float, layer_decay: float, weight_decay: float
) -> torch.optim.Optimizer:
    """Make the optimizer; biases and layer norms are not decayed (Devlin et al. 2019, appendix A.2).

    Each group's own peak of the learning rate stands under its key "peak": see `set_pace`.
    """
    groups: dict[tuple[int, bool], list[torch.nn.Parameter]] = {}
    depth = model.config.num_hidden_layers
    for name, parameter in model.named_parameters():
        groups.setdefault((layers_above(name, depth), parameter.ndim > 1), []).append(parameter)
    return torch.optim.AdamW(
        [
            {
                "params": parameters,
                "peak": learning_rate * layer_decay**above,
                "weight_decay": weight_decay if is_matrix else 0.0,
            }
            for (above, is_matrix), parameters in groups.items()
        ],
        fused=True,
    )


def pace(step: int, steps: int, warm_up: float) -> float:
    """Give the share of its peak that the learning rate has at `step`, from 0, of `steps`.

    It rises over the `warm_up` share of the steps and falls to 0 over the rest, each in a straight line.

    >>> [round(pace(step, 10, 0.2), 3) for step in (0, 1, 2, 6, 9)]
    [0.5, 1.0, 1.0, 0.5, 0.125]
    """
    rising = int(steps * warm_up)
    return (step + 1) / rising if step < rising else (steps - step) / (steps - rising)


def layers_above(name: str, depth: int) -> int:
    """Count the layers between a parameter and the head, by the parameter's name.

    >>> [layers_above(name, 6) for name in ("classifier.bias", "bert.encoder.layer.5.a", "bert.embeddings.b")]
    [0, 1, 7]
    """
    if layer := re.search(r"\blayers?\.(\d+)\.", name):
        return depth - int(layer[1])
    return depth + 1 if "embeddings" in name else 0


def set_pace(optimizer: torch.optim.Optimizer, share: float) -> None:
    """Let every group learn at that share of its peak."""
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * share
