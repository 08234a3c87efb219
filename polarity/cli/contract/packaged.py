"""`polarity contract list`: the contracts that come with polarity."""

from polarity.cli.console import out, print_json
from polarity.cli.options import JsonOption
from polarity.pages.tables import Sheet


def list_(json_object: JsonOption = False) -> None:
    """List the packaged contracts. Wherever a contract's file is named, its id may be."""
    from polarity.contract import load_contract
    from polarity.contract.packaged import packaged

    found = [load_contract(file) for file in packaged().values()]
    if json_object:
        rows = [(each.file.id, each.file.version, each.labels, each.file.description) for each in found]
        print_json([dict(zip(("id", "version", "labels", "description"), row, strict=True)) for row in rows])
        return
    cells = [
        (each.file.id, each.file.version, ", ".join(each.labels), each.file.description) for each in found
    ]
    out.print(Sheet("Packaged contracts", ("id", "version", "labels", "description"), cells).on_terminal())
