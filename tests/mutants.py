#!/usr/bin/env python3
"""Reads what cargo-mutants found, counts it and compares it with the list of accepted survivors.

usage: tests/mutants.py LIST FOLDER...
"""

import pathlib
import re
import sys

LEAST = 95.0


def names(folders, kind):
    """The changes of one kind, without the place in the line: code above them may move them."""
    paths = [pathlib.Path(folder) / f"{kind}.txt" for folder in folders]
    lines = [line for path in paths if path.exists() for line in path.read_text().splitlines()]
    return [re.sub(r"^(\S+?):\d+:\d+: ", r"\1: ", line) for line in lines]


def accepted(path):
    """The listed survivors: lines that are no comment; the reason stands in the comment above."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def main(listed, *folders):
    listed = accepted(pathlib.Path(listed))
    caught, missed, timeout, unviable = (
        names(folders, kind) for kind in ("caught", "missed", "timeout", "unviable")
    )
    noticed = len(caught) + len(timeout)
    viable = noticed + len(missed)
    percent = 100.0 * noticed / viable if viable else 100.0
    print(
        f"{viable + len(unviable)} changes: {len(caught)} caught, {len(timeout)} timed out, {len(missed)} missed, "
        f"{len(unviable)} do not compile; {percent:.1f} % of {viable} noticed"
    )
    left = list(listed)
    news = []
    for name in missed:
        if name in left:
            left.remove(name)
        else:
            news.append(name)
    print(f"{len(missed) - len(news)} of the missed are listed in tests/mutants.txt")
    for name in news:
        print(f"not listed: {name}")
    return 0 if percent >= LEAST and not news else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
