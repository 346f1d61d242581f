"""Checks that print one line each and count the differences."""

failures = 0


def check(name, actual, expected):
    global failures
    if actual == expected:
        print(f"ok      {name}")
    else:
        failures += 1
        print(f"DIFFERS {name}: {actual!r} instead of {expected!r}")
