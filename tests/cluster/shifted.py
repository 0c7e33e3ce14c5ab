"""The operator with a clock that a test can shift: `python -m tests.cluster.shifted FILE ...`.

FILE holds by how many seconds its clock is ahead; the rest is the operator's own command line.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

from microservice_operator.__main__ import main
from microservice_operator.engine import clock


def shift(offset: Path) -> None:
    """Let the operator's clock be ahead by what the file says, whenever it is asked."""
    real = clock.now

    def now() -> datetime:
        return real() + timedelta(seconds=float(offset.read_text()))

    clock.now = now


if __name__ == "__main__":
    shift(Path(sys.argv.pop(1)))
    main()
