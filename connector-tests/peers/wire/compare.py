"""What both comparisons do: ask a program that reads and writes the wire, and leave out the fields that an SDK lacks."""

import json
import subprocess
import sys

from generate import STRUCTURES


def ask(command, questions):
    """One answer for each pair of a kind and a value: {"ok": …} or {"error": …}."""
    lines = "".join(json.dumps({"kind": kind, "json": value}) + "\n" for kind, value in questions)
    done = subprocess.run(command, input=lines, capture_output=True, encoding="utf-8")
    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    if done.returncode != 0 or len(answers) != len(questions):
        sys.exit(f"{command[0]} gave {len(answers)} answers to {len(questions)} questions: {done.stderr}")
    return answers


def without_fields(lacking, kind, value, met):
    """The value without the fields that `lacking` names by structure, at any depth. Counts them as "unknown field" in `met`."""
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
