"""BentoML with its adaptive batching over transformers.pipeline."""

import os
from typing import Any

import bentoml


@bentoml.service(traffic={"timeout": 300})
class Classify:
    def __init__(self) -> None:
        from transformers import pipeline

        self.pipeline = pipeline(
            "text-classification", os.environ["CHECKPOINT"], top_k=None, device="cpu", dtype="float32"
        )

    @bentoml.api(batchable=True, max_batch_size=64, max_latency_ms=60_000)
    def classify(self, input: list[str]) -> list[Any]:  # noqa: A002 - the field of every server's body
        found: list[Any] = self.pipeline(input, batch_size=32)
        return found
