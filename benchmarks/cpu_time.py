"""CPU seconds of a call."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of this process, and what came out."""
    start = time.process_time()
    made = call()
    return round(time.process_time() - start, 3), made
