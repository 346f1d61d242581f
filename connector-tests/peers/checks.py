"""Comparisons that are printed one a line, and counted when they differ."""

failures = 0


def check(name, actual, expected):
    global failures
    if actual == expected:
        print(f"ok      {name}")
    else:
        failures += 1
        print(f"DIFFERS {name}: {actual!r} instead of {expected!r}")
