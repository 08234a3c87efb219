"""What holds eight bits to their gate: ways to multiply in int8, each held against torch in fp32.

    python benchmarks/int8.py polarity/checkpoint ../shared/data/semeval/dev.jsonl

Beside the recipes of `polarity optimize` there are the usual one (ONNX Runtime's dynamic quantization, a scale for
a whole batch) and each kind of layer in int8 alone, scaled by token, with all others in fp32; at last each recipe
with ONNX Runtime's fp32 for what it is undecided about. Labels and probabilities are of texts that nothing was fitted to; for
speed all take turns over the same ones. The gate is 99.5 % of the labels, and no probability off by more than
0.05. The second table says how many texts fp32 itself is undecided about: those whose label little moves.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from onnx import TensorProto
from onnxruntime.quantization import QuantType, quantize_dynamic

from polarity.backends.runtimes.base import Runtime
from polarity.backends.runtimes.doubting import Doubting
from polarity.backends.runtimes.kept import AGREEMENT, FARTHEST, RUNTIMES, Optimizing, installed
from polarity.backends.runtimes.opening import load
from polarity.backends.runtimes.processors import has_vnni, processor
from polarity.optimizing.graph import Array, bert_graph
from polarity.optimizing.int8 import Recipe, linear_by, lookup_for, weight_top
from polarity.optimizing.job import Job, inputs_of, job_of, texts_of
from polarity.optimizing.measuring import moved_by_company, probabilities, quickness
from polarity.optimizing.recipes import ALL, DOUBT, recipes_for
from polarity.records import DEFAULT_COLUMNS
from polarity.settings import BertSettings

FP32, DYNAMIC = "fp32", "dynamic int8, as is usual"
KINDS = (
    frozenset({"query", "key", "value"}),
    frozenset({"output"}),
    frozenset({"inner"}),
    frozenset({"outer"}),
)
ALONE = [
    Recipe(f"only {', '.join(sorted(kind))}, by token", "onnxruntime", ALL, ALL - kind) for kind in KINDS
]
MARGINS = (0.01, 0.02, 0.05, 0.1)


def main() -> None:
    checkpoint, *data = sys.argv[1:]
    job = job_of(checkpoint, texts_of([*map(Path, data)], DEFAULT_COLUMNS), BertSettings())
    print(f"{processor()}, {len(job.rows)} texts\n")
    with tempfile.TemporaryDirectory() as folder:
        graphs = made(job, Path(folder))
        runtimes: dict[str, Runtime] = {
            name: load(graph, runtime, "int8", job.bert.shape) for name, runtime, graph in graphs
        }
    compare(job, runtimes)
    undecided(job.expected)


def made(job: Job, folder: Path) -> Iterator[tuple[str, Optimizing, Path]]:
    """Give the graphs of all variants, with their names and the libraries that run them."""
    config, weights, inputs = job.bert.config, job.weights, inputs_of(job)
    whole, dynamic = folder / "fp32.onnx", folder / "dynamic.onnx"
    whole.write_bytes(bert_graph(config, weights).SerializeToString())
    yield FP32, "onnxruntime", whole
    untyped = {"DefaultTensorType": TensorProto.FLOAT}  # what leaves operators that no shape is inferred for
    int8 = QuantType.QInt8
    quantize_dynamic(whole, dynamic, ["MatMul"], per_channel=True, weight_type=int8, extra_options=untyped)
    yield DYNAMIC, "onnxruntime", dynamic
    top = weight_top(has_vnni=has_vnni())
    for at, recipe in enumerate([*ALONE, *tried()]):
        graph = folder / f"{at}.onnx"
        linear, lookup = linear_by(recipe, inputs, top), lookup_for(recipe.runtime)
        graph.write_bytes(bert_graph(config, weights, linear, lookup).SerializeToString())
        yield called(recipe), recipe.runtime, graph


def tried() -> list[Recipe]:
    """Give the recipes that `polarity optimize` would try here."""
    return [recipe for runtime in RUNTIMES if installed(runtime) for recipe in recipes_for(runtime)]


def called(recipe: Recipe) -> str:
    return f"{recipe.runtime} {recipe.name}"


def compare(job: Job, runtimes: dict[str, Runtime]) -> None:
    budget, whole = job.settings.batch_tokens, runtimes[FP32]
    answers = {name: probabilities(runtime, job.rows, budget) for name, runtime in runtimes.items()}
    for recipe in tried():
        name = f"{called(recipe)}, close calls in fp32"
        quick = answers[called(recipe)]
        answers[name] = np.where(leads(quick)[:, None] < DOUBT, answers[FP32], quick)
        runtimes[name] = Doubting(runtimes[called(recipe)], whole, DOUBT)
    speeds = quickness(runtimes, job.rows, budget)
    print("| int8 | times fp32 | times dynamic | same labels | farthest | mean | by company | gate |")
    print("|---|---|---|---|---|---|---|---|")
    for name, found in answers.items():
        agreement = (found.argmax(1) == job.expected.argmax(1)).mean()
        off = np.abs(found - job.expected)
        passes = agreement >= AGREEMENT and off.max() <= FARTHEST
        print(
            f"| {name} | {speeds[name] / speeds[FP32]:.2f} | {speeds[name] / speeds[DYNAMIC]:.2f} "
            f"| {agreement:.2%} | {off.max():.3f} | {off.mean():.4f} "
            f"| {moved_by_company(runtimes[name], job.rows, found):.0e} | {'passes' if passes else ''} |",
            flush=True,
        )


def undecided(expected: Array) -> None:
    """Say of how many texts fp32's two best labels are near each other."""
    print("\n| fp32's best label leads by less than | of all texts |\n|---|---|")
    for margin in MARGINS:
        print(f"| {margin} | {(leads(expected) < margin).mean():.1%} |")


def leads(shares: Array) -> Array:
    ordered: Array = np.sort(shares, axis=1)
    return ordered[:, -1] - ordered[:, -2]


if __name__ == "__main__":
    main()
