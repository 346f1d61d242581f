"""The common part of both comparisons: generate values, send them to a program that decodes and
encodes them, remove the fields that an SDK lacks, and report differences."""

import argparse
import json
import random
import subprocess
import sys

from generate import FIXED_SEED, REQUESTS, RESPONSES, STRUCTURES, Maker


def arguments(description):
    """Returns the command line's options, with the seeds of the values: without `--seed`, a fixed
    one and a new one."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--ours", required=True, help="the program `wire`, an example of the model's crate"
    )
    parser.add_argument(
        "--count",
        type=int,
        default=8_000,
        help="how many requests to generate, and how many other values",
    )
    parser.add_argument(
        "--seed", type=int, default=None, help="generates the same values every time"
    )
    options = parser.parse_args()
    options.seeds = (
        [FIXED_SEED, random.randrange(2**32)] if options.seed is None else [options.seed]
    )
    return options


def made(kinds, options, **settings):
    """Yields `options.count` values of the kinds in rotation: the kind, the value, and its fault or
    None. `settings` go to the makers."""
    makers = [Maker(seed, **settings) for seed in options.seeds]
    kinds = list(kinds)
    for number in range(options.count):
        kind = kinds[number % len(kinds)]
        yield kind, *makers[number // len(kinds) % len(makers)].value(kind)


def made_requests(options):
    """Returns requests, some of them with a fault."""
    return [
        (name, {"type": name} | request, fault)
        for name, request, fault in made(REQUESTS, options, faulty=0.15)
    ]


def made_responses(options, **settings):
    """Returns responses and entity definitions, without faults."""
    return list(made([*RESPONSES, "EntityDefinition"], options, **settings))


def finish(options, differences, exceptions, met, rejected):
    """Prints the differences and how often each exception occurred. Exits with 1 if there is a
    difference."""
    for difference in differences:
        print(difference)
    for name, words in exceptions.items():
        print(f"{met[name]:8} {name}: {words}")
    print(
        f"{options.count} requests ({rejected} rejected), {options.count} responses and entity definitions, {len(differences)} differences"
    )
    sys.exit(1 if differences else 0)


def ask(command, questions):
    """Returns one result for each pair of a kind and a value: {"ok": …} or {"error": …}."""
    lines = "".join(json.dumps({"kind": kind, "json": value}) + "\n" for kind, value in questions)
    done = subprocess.run(command, input=lines, capture_output=True, encoding="utf-8")
    results = [json.loads(line) for line in done.stdout.split("\n") if line]
    if done.returncode != 0 or len(results) != len(questions):
        sys.exit(
            f"{command[0]} returned {len(results)} results for {len(questions)} values: {done.stderr}"
        )
    return results


def without_fields(lacking, kind, value, met):
    """Returns the value without the fields that `lacking` names by structure, at any depth. Counts
    them as "unknown field" in `met`."""
    if isinstance(kind, list) and value is not None:
        return [without_fields(lacking, kind[0], item, met) for item in value]
    if value is None or isinstance(kind, list) or kind not in STRUCTURES:
        return value
    kinds = {name.rstrip("!"): inner for name, inner in STRUCTURES[kind].items()}
    kept = {}
    for name, inner in value.items():
        if name in lacking.get(kind, ()):
            met["unknown field"] += 1
        else:
            kept[name] = without_fields(lacking, kinds.get(name), inner, met)
    return kept
