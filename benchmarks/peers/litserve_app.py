"""LitServe with its batching: requests that come within 10 ms are one call of transformers.pipeline."""

import os
import sys
from typing import Any

import litserve
from transformers import pipeline


class Classify(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self.classify = pipeline(
            "text-classification", os.environ["CHECKPOINT"], top_k=None, device=device, dtype="float32"
        )

    def decode_request(self, request: dict[str, Any]) -> list[str]:
        asked = request["input"]
        return [asked] if isinstance(asked, str) else list(asked)

    def batch(self, inputs: list[list[str]]) -> list[list[str]]:
        return inputs

    def predict(self, x: list[list[str]]) -> list[list[Any]]:
        found = iter(self.classify([text for texts in x for text in texts], batch_size=32))
        return [[next(found) for _ in texts] for texts in x]

    def unbatch(self, output: list[list[Any]]) -> list[list[Any]]:
        return output

    def encode_response(self, output: list[Any]) -> dict[str, Any]:
        return {"results": output}


if __name__ == "__main__":
    served = litserve.LitServer(Classify(max_batch_size=32, batch_timeout=0.01), accelerator="cpu")
    served.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False)
