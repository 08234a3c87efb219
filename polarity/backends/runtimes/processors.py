"""The processor that this process runs on: what it is, and how much of it may be used."""

import math
import os
from pathlib import Path
from typing import Final

CPUINFO: Final = Path("/proc/cpuinfo")
CGROUP_QUOTA: Final = Path("/sys/fs/cgroup/cpu.max")  # cgroup v2: "QUOTA PERIOD", in µs, or "max PERIOD"
TELLING: Final = (
    "avx2",
    "avx512",
    "avx_vnni",
    "amx",
)  # beginnings of the flags that decide which kernels run


def usable_processors(quota: Path = CGROUP_QUOTA) -> int:
    """Count the processors that this process may keep busy, by its affinity and control group."""
    count = len(os.sched_getaffinity(0))
    try:
        allowed, period = quota.read_text("ascii").split()
        return count if allowed == "max" else max(1, min(count, math.ceil(int(allowed) / int(period))))
    except (OSError, ValueError):  # no control group, or an older one
        return count


def processor(cpuinfo: Path = CPUINFO) -> str:
    """Name the processor, with its instructions for vectors; empty where the system does not tell."""
    try:
        lines = cpuinfo.read_text("utf-8").partition("\n\n")[0].split("\n")
    except OSError:
        return ""
    told = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    flags = sorted(flag for flag in told.get("flags", "").split() if flag.startswith(TELLING))
    return " ".join([told.get("model name", ""), *flags]).strip()


def has_vnni(cpuinfo: Path = CPUINFO) -> bool:
    """Whether products of eight bits are added in 32 bits, exactly and in one step."""
    return "vnni" in processor(cpuinfo)
