#!/usr/bin/env python3
"""Prints the time that the official parser needs for one filter after a warm-up, in microseconds:
the mean over the filters of a file.

    python filter_parse.py queryfilter/benches/typical.txt
"""

import sys
import time
from pathlib import Path

from custom_connector_queryfilter.queryfilter.parse_tree_builder import parse

PASSES = 20


def main():
    filters = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    for text in filters:
        parse(text)
    started = time.perf_counter()
    for _ in range(PASSES):
        for text in filters:
            parse(text)
    print((time.perf_counter() - started) / PASSES / len(filters) * 1e6)


if __name__ == "__main__":
    main()
