"""Every package that an installation brings is pinned."""

import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OF_VENV = ("pip", "setuptools", "wheel")
OF_GPUS = ("cuda-", "nvidia-", "triton")  # torch's CUDA build brings them; what is tested is the CPU build


def _brought() -> dict[str, str]:
    """Give the version of each package that the core, the extras and the tools of development need here."""
    extras = PROJECT["optional-dependencies"].values()
    todo = [Requirement(need) for needs in (PROJECT["dependencies"], *extras) for need in needs]
    found: dict[str, str] = {}
    seen = set()
    while todo:
        need = todo.pop()
        name = canonicalize_name(need.name)
        if str(need) in seen or name in {*OF_VENV, PROJECT["name"]} or name.startswith(OF_GPUS):
            continue
        seen.add(str(need))
        try:
            found[name] = distribution(name).version.partition("+")[0]
        except PackageNotFoundError:
            continue
        todo += _needs(name, need.extras or {""})
    return found


def _needs(name: str, extras: set[str]) -> Iterator[Requirement]:
    for need in map(Requirement, distribution(name).requires or ()):
        if not need.marker or any(need.marker.evaluate({"extra": extra}) for extra in extras):
            yield need


@pytest.mark.slow
def test_what_an_installation_brings_is_pinned() -> None:
    """Each package that is needed, however far down, is pinned to the version that is installed."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    pinned: dict[str, str] = {canonicalize_name(name): version for name, version in pins.items()}
    brought = _brought()
    assert {"formulaic", "torch", "wrapt"} <= brought.keys()
    assert {name: pinned.get(name) for name in brought} == brought
