"""The contract file's form as JSON Schema, for editors and for other people's tools.

It says what each key holds. What keys may not say together - two words for one text, a label that
is not declared - only loading a contract finds.
"""

from typing import Any

from polarity.contract.schema import ContractFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Give the schema of a contract file.

    >>> json_schema()["properties"]["labels"]["minItems"]
    2
    """
    return {
        "$schema": DIALECT,
        "$id": "urn:polarity:contract",
        **ContractFile.model_json_schema(),
        "title": "A polarity contract",
    }
