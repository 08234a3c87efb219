"""A plain FastAPI and transformers.pipeline, as most would write it first."""

import os
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from transformers import pipeline

app = FastAPI()
classify = pipeline(
    "text-classification", os.environ["CHECKPOINT"], top_k=None, device="cpu", dtype="float32"
)


class Body(BaseModel):
    input: str | list[str]


@app.post("/classify")
def classified(body: Body) -> list[Any]:
    found: list[Any] = classify([body.input] if isinstance(body.input, str) else body.input, batch_size=32)
    return found
