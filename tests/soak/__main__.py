"""`make soak [MINUTES=30] [ONLY=name]`: long, rough use of the product; ends non-zero where a promise was broken.

The time is shared by the scenarios (tests/soak/scenarios/, a file each), one after the other. Evidence lies in
tests/soak/out/.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
import time
import traceback
from pathlib import Path

from tests.soak import scenarios

OUT = Path(__file__).parent / "out"


def main() -> int:
    """Run the chosen scenarios; 1 if one of them failed."""
    names = [module.name for module in pkgutil.iter_modules(scenarios.__path__)]
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30, help="for all scenarios together")
    parser.add_argument("--only", choices=names, help="this scenario alone")
    chosen = parser.parse_args()
    wanted = [chosen.only] if chosen.only else names
    failed = 0
    for name in wanted:
        out = OUT / name
        out.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + 60 * chosen.minutes / len(wanted)
        try:
            figures = importlib.import_module(f"{scenarios.__name__}.{name}").run(until, out)
            print(f"{name}: {figures}", flush=True)
        except Exception:  # noqa: BLE001 - whatever it is, the next scenario has its turn
            failed += 1
            traceback.print_exc()
            print(f"{name}: FAILED; evidence in {out}", flush=True)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
