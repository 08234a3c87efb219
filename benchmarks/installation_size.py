"""What an installation weighs: the core, and what each extra adds to it.

    python benchmarks/installation_size.py

Run in an environment that has all extras. Sizes are those of the installed files in MB (10^6 bytes).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, distribution

from packaging.requirements import Requirement

EXTRAS = ("embedded", "parquet", "report", "torch", "train", "all")
SHOWN_MB = 10


def main() -> None:
    core = needed([Requirement("polarity")])
    print("| | MB | packages | of them |\n|---|---|---|---|")
    print(row("core", core))
    for extra in EXTRAS:
        found = needed([Requirement(f"polarity[{extra}]")])
        print(row(f"+ {extra}", {name: part for name, part in found.items() if name not in core}))


def needed(requirements: Iterable[Requirement]) -> dict[str, Distribution]:
    """Follow requirements through all that they need in turn."""
    found: dict[tuple[str, str], Distribution] = {}
    left = list(requirements)
    while left:
        wanted = left.pop()
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        for extra in ("", *wanted.extras):
            if (name, extra) not in found:
                found[name, extra] = distribution(name)
                left += needs_of(found[name, extra], extra)
    return {name: part for (name, _), part in found.items()}


def needs_of(part: Distribution, extra: str) -> Iterator[Requirement]:
    """Give what a package needs here, with one of its extras."""
    for need in map(Requirement, part.requires or ()):
        if need.marker is None or need.marker.evaluate({"extra": extra}):
            yield need


def row(name: str, parts: Mapping[str, Distribution]) -> str:
    sizes = {part: megabytes(found) for part, found in parts.items()}
    largest = sorted(sizes, key=lambda part: -sizes[part])
    shown = ", ".join(f"{part} {sizes[part]:.0f}" for part in largest if sizes[part] >= SHOWN_MB)
    return f"| {name} | {sum(sizes.values()):,.0f} | {len(sizes)} | {shown} |"


def megabytes(part: Distribution) -> float:
    paths = [part.locate_file(file) for file in part.files or ()]
    return sum(path.stat().st_size for path in paths if path.is_file()) / 1e6  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
