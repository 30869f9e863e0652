"""A chart's scale: round numbers for its lines. Pure."""

import math
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any


def number(value: Any) -> float | None:
    """A value as a number; None where it is none."""
    if value is None or isinstance(value, bool):
        return None
    try:
        found = float(Decimal(str(value)))
    except (InvalidOperation, ValueError):
        return None
    return found if math.isfinite(found) else None


def ticks(values: Sequence[float], wanted: int = 5) -> list[float]:
    """Round numbers, evenly apart, that hold all values and nought."""
    low, high = min(0.0, *values), max(0.0, *values)
    if low == high:
        high = low + 1
    rough = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [step * count for count in range(first, last + 1)]


def short(value: float) -> str:
    """A number in few characters: 1,200 · 3.5万 · 2亿."""
    for size, unit in ((1e8, "亿"), (1e4, "万")):
        if abs(value) >= size:
            return f"{value / size:,.4g}{unit}"
    return f"{value:,.6g}"
