"""Says on which machine was measured."""

import os
import platform
from pathlib import Path
from typing import Any


def describe() -> dict[str, Any]:
    """Return the processor, its cores, the memory, the system and Python."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    """Return the model with family and number, which tell apart what is sold under one name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    fields = {key.strip(): value.strip() for key, value in pairs}
    bf16 = " with AVX-512 bf16" if "avx512_bf16" in fields.get("flags", "") else ""
    amx = " with AMX bf16" if "amx_bf16" in fields.get("flags", "") else ""
    number = f" (family {fields.get('cpu family')}, model {fields.get('model')})"
    return fields.get("model name", "unknown") + number + (amx or bf16)
