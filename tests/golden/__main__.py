"""Rewrites the goldens: `python -m tests.golden [--accept-restarts]`."""

from __future__ import annotations

import argparse
import json

from tests import golden


def main() -> None:
    """Write what every example becomes, and remove what no example becomes any more."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=main.__doc__)
    parser.add_argument(
        "--accept-restarts",
        action="store_true",
        help="let the next release replace the pods of specs that nobody has changed",
    )
    accept = parser.parse_args().accept_restarts
    for example in golden.examples():
        target = golden.GOLDENS / example
        target.parent.mkdir(exist_ok=True)
        target.write_text(golden.render(example))
    for orphan in golden.orphans():
        orphan.unlink()
    now, pinned = golden.templates(), golden.pinned()
    restarting = [] if accept else golden.restarting(now, pinned)
    kept = {name: pinned[name] if name in restarting else now[name] for name in sorted(now)}
    golden.TEMPLATES.write_text(json.dumps(kept, indent=2) + "\n")
    if restarting:
        print(f"Not accepted, for the pods would restart: {', '.join(restarting)}")


if __name__ == "__main__":
    main()
