"""Runs every benchmark, or those that are named: `python -m tests.benchmarks imprint`."""

import importlib
import sys
from pathlib import Path


def main() -> None:
    there = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    for name in sys.argv[1:] or there:
        importlib.import_module(f"tests.benchmarks.bench_{name}").main()


if __name__ == "__main__":
    main()
