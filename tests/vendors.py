"""A rule for import-linter: which room may import which vendor; one that is not listed, none may."""

import sys
from collections.abc import Iterator, Mapping
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

PACKAGE = "polarity"


class Rooms(fields.Field[Mapping[str, list[str]]]):
    """Vendor -> modules below `polarity` that may import it; a package stands for all in it."""

    def parse(self, raw_data: Any) -> Mapping[str, list[str]]:
        """Take a table of lists as it is.

        Raises:
            ValidationError: it is something else.
        """
        if not isinstance(raw_data, dict) or not all(isinstance(rooms, list) for rooms in raw_data.values()):
            raise fields.ValidationError("a table: vendor = [rooms]")
        return raw_data


class VendorsContract(Contract):
    """Every import from outside the standard library is one that the table allows."""

    type_name = "vendors"
    rooms: Any = Rooms()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002 - import-linter's way
        """Hold every import against the table, and the table against the imports."""
        found = sorted(_foreign(graph))
        wrong = [(module, vendor) for module, vendor in found if not self._allowed(module, vendor)]
        unused = [
            (room, vendor)
            for vendor, rooms in self.rooms.items()
            for room in rooms
            if not any(vendor == imported and _within(module, room) for module, imported in found)
        ]
        return ContractCheck(kept=not wrong and not unused, metadata={"wrong": wrong, "unused": unused})

    def _allowed(self, module: str, vendor: str) -> bool:
        return any(_within(module, room) for room in self.rooms.get(vendor, ()))

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name each import that is not allowed, and each that is allowed to nobody's use."""
        for module, vendor in check.metadata["wrong"]:
            rooms = self.rooms.get(vendor)
            where = f"only {', '.join(rooms)} may" if rooms else "no room may"
            output.print_error(f"{module} imports {vendor}: {where}")
        for room, vendor in check.metadata["unused"]:
            output.print_error(f"nothing in {room} imports {vendor}: take it off the list")


def _foreign(graph: ImportGraph) -> Iterator[tuple[str, str]]:
    for module in graph.modules:
        if module.partition(".")[0] != PACKAGE:
            continue
        for imported in graph.find_modules_directly_imported_by(module):
            vendor = imported.partition(".")[0]
            ours = vendor == PACKAGE or vendor in sys.stdlib_module_names
            if not ours:
                yield module, vendor


def _within(module: str, room: str) -> bool:
    return f"{module}.".startswith(f"{PACKAGE}.{room}.")
