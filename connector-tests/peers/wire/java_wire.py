#!/usr/bin/env python3
"""Compares this project's JSON with that of the official Java SDK, value by value.

    python java_wire.py --ours target/debug/examples/wire                           # half from a fixed seed, half from a new one
    python java_wire.py --ours target/debug/examples/wire --count 5000 --seed 7     # the same values every time

Needs Maven and a JDK 17 or newer, and is skipped without Maven; the SDK comes from Maven Central.
`--ours` is built by `cargo build -p appflow-connector-model --example wire`.

- Both decode requests and encode them again. The JSON values must be the same, and both must reject
  a request with a fault.
- The same for entity definitions and responses: as generated, and as ours encoded them.

Prints every difference that is not one of the `EXCEPTIONS`, and how often each exception occurred.
Exits with 1 if there is a difference."""

import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path

from compare import arguments, ask, finish, made_requests, made_responses, without_fields
from generate import REQUESTS, RESPONSES, STRUCTURES, Fault

PROJECT = Path(__file__).resolve().parents[1] / "java"

EXCEPTIONS = {
    "null for a default": "theirs rejects a null list and reads a boolean as false, others as null; ours reads the default",
    "apiVersion": "absent or null in a context: theirs rejects the request",
    "operation": "absent or null: theirs rejects the request",
    "null setting": "theirs rejects the request, ours omits the setting",
    "no settings": "null or absent: null for theirs, an empty map for ours",
    "no records": "null or absent: null for theirs, an empty list for ours",
    "required": "theirs accepts null for a required boolean, and a structure without `fields` or `connectorRuntimeSettings`; ours rejects both",
    "unknown field": "theirs does not have the field (LACKING_FIELDS)",
    "unknown value": "theirs rejects the whole response (LACKING_VALUES)",
}

# Enum values and fields that the official Java SDK 1.0.5 lacks.
LACKING_VALUES = {
    "ConnectorRuntimeSettingDataType": ["Url"],
    "OAuth2GrantType": ["JWT_BEARER"],
}
LACKING_FIELDS = {
    "DescribeConnectorConfigurationResponse": ["supportedDataTransferTypes"],
    "Entity": ["customProperties"],
    "OAuth2Defaults": ["addBasicAuthHeader"],
}

# Values for the fields that only theirs requires.
REQUIRED_BY_THEIRS = {
    "ConnectorContext": {"apiVersion": "v1"},
    "WriteDataRequest": {"operation": "INSERT"},
}
# The faults that theirs accepts.
NOT_REQUIRED = [
    Fault("null", "hasNestedEntities"),
    Fault("null", "fields"),
    Fault("missing", "fields"),
    Fault("null", "connectorRuntimeSettings"),
    Fault("missing", "connectorRuntimeSettings"),
]
# Fields with a default for which theirs does not accept null.
DEFAULTED = [
    "filterOperators",
    "isWritable",
    "maxResult",
    "maxResults",
    "operatorsSupported",
    "supportedTriggerTypes",
    "supportedWriteOperations",
    "triggerFrequenciesSupported",
]

met = Counter()


def build():
    """Compiles the Java program and returns the command that runs it."""
    subprocess.run(["mvn", "--quiet", "--batch-mode", "compile"], cwd=PROJECT, check=True)
    return ["java", "-cp", f"{PROJECT}/target/classes:{PROJECT}/target/lib/*", "Wire"]


def with_what_theirs_needs(kind, value):
    """Returns the value without what the exceptions cover. Both must decode the rest to the
    same."""
    if isinstance(kind, list) and value is not None:
        return [with_what_theirs_needs(kind[0], item) for item in value]
    if kind == "settings" and value is not None:
        kept = {key: item for key, item in value.items() if item is not None}
        met["null setting"] += len(kept) != len(value)
        return kept
    if value is None or isinstance(kind, list) or kind not in STRUCTURES:
        return value
    kinds = {name.rstrip("!"): inner for name, inner in STRUCTURES[kind].items()}
    kept = {name: with_what_theirs_needs(kinds.get(name), inner) for name, inner in value.items()}
    for name in DEFAULTED:
        if name in kinds and name in kept and kept[name] is None:
            met["null for a default"] += 1
            del kept[name]
    for name, content in REQUIRED_BY_THEIRS.get(kind, {}).items():
        if kept.get(name) is None:
            met[name] += 1
            kept[name] = content
    return kept


def as_ours_reads(kind, value):
    """Returns their result, with an empty map or list where ours has one."""
    if isinstance(kind, list) or kind not in STRUCTURES or value is None:
        return value
    kinds = {name.rstrip("!"): inner for name, inner in STRUCTURES[kind].items()}
    read = {name: as_ours_reads(kinds.get(name), inner) for name, inner in value.items()}
    for name, inner in kinds.items():
        if read.get(name, "") is None and inner == "settings":
            met["no settings"] += 1
            read[name] = {}
        if read.get(name, "") is None and kind == "WriteDataRequest" and name == "records":
            met["no records"] += 1
            read[name] = []
    return read


def holds_unknown_value(kind, value):
    """Whether an enum somewhere in it has a value that theirs lacks."""
    if value is None:
        return False
    if isinstance(kind, list):
        return any(holds_unknown_value(kind[0], item) for item in value)
    if kind in STRUCTURES:
        return any(
            holds_unknown_value(inner, value.get(name.rstrip("!")))
            for name, inner in STRUCTURES[kind].items()
        )
    return kind in LACKING_VALUES and value in LACKING_VALUES[kind]


def difference(name, fault, made, theirs, ours, again):
    """Returns the difference in words, or None. `made` is our result for the generated value,
    `again` theirs for our JSON."""
    if fault:
        if "ok" in made or "ok" in ours:
            return f"ours accepts it ({fault})"
        if "ok" in theirs:
            if fault not in NOT_REQUIRED:
                return f"theirs accepts it ({fault})"
            met["required"] += 1
        return None
    if "ok" in ours and holds_unknown_value(name, ours["ok"]):
        met["unknown value"] += 1
        return (
            None
            if "error" in theirs and "error" in again
            else "theirs has a value of LACKING_VALUES"
        )
    if "error" in made or "error" in theirs or "error" in ours:
        return "one rejects it"
    expected = without_fields(LACKING_FIELDS, name, ours["ok"], met)
    if as_ours_reads(name, theirs["ok"]) != expected:
        return "the results differ"
    if name not in REQUESTS and again.get("ok") != expected:
        return f"theirs decodes our JSON differently: {json.dumps(again)}"
    return None


def main():
    options = arguments(__doc__)
    if shutil.which("mvn") is None:
        print(
            "SKIPPED: the comparison with the official Java SDK needs Maven (`mvn`), which is not installed"
        )
        return
    java = build()
    print("seeds:", *options.seeds)

    asked = made_requests(options) + made_responses(options)

    def questions(values):
        return [
            ("request" if name in REQUESTS else name, value)
            for (name, _, _), value in zip(asked, values)
        ]

    as_made = ask([options.ours], questions([value for _, value, _ in asked]))
    completed = [with_what_theirs_needs(name, value) for name, value, _ in asked]
    theirs = ask(java, questions(completed))
    ours = ask([options.ours], questions(completed))
    written = [
        result.get("ok") if name in RESPONSES or name == "EntityDefinition" else value
        for (name, value, _), result in zip(asked, ours)
    ]
    rewritten = ask(java, questions(written))

    differences = []
    for (name, value, fault), made, their, our, again in zip(
        asked, as_made, theirs, ours, rewritten
    ):
        if wrong := difference(name, fault, made, their, our, again):
            differences.append(
                f"{name} {json.dumps(value)}: {wrong}\n  theirs {json.dumps(their)}\n  ours   {json.dumps(our)}"
            )

    finish(
        options, differences, EXCEPTIONS, met, rejected=sum("error" in result for result in as_made)
    )


if __name__ == "__main__":
    main()
