#!/usr/bin/env python3
"""Makes `src/appflow/model.json` from botocore's public model of Amazon AppFlow.

    python strip_model.py path/to/service-2.json[.gz] > ../src/appflow/model.json

What stays: the shapes that a request or a response of the 25 operations reaches, with their types,
required members, lengths, values, patterns and enumerations. What goes: documentation, and the
structures of built-in connectors other than Amazon S3, which appflow-local refuses by name.

One key per fact, short, because the file is part of the program:
    t type · m members · r required members · e element, of a list or a map's values · k a map's key
    min, max · p pattern · n enumeration · s sensitive"""

import gzip
import json
import sys

# Not marked in the model, and never shown in an error.
SENSITIVE = {
    "AuthCode",
    "CustomProperties",
    "CredentialsMap",
    "ProfilePropertiesMap",
    "RefreshToken",
    "TokenUrlCustomProperties",
}
KEPT_CONNECTORS = {"S3", "CustomConnector"}
# Structures with one member per connector.
PER_CONNECTOR = {
    "ConnectorMetadata",
    "ConnectorProfileCredentials",
    "ConnectorProfileProperties",
    "DestinationConnectorProperties",
    "SourceConnectorProperties",
}


def stripped(name, shape):
    result = {"t": shape["type"]}
    if shape["type"] == "structure":
        members = {key: member["shape"] for key, member in shape["members"].items()}
        if name in PER_CONNECTOR:
            members = {key: value for key, value in members.items() if key in KEPT_CONNECTORS}
        if name == "ConnectorOperator":
            # A task may name any connector's operator; those of a custom connector are all there are.
            members = {
                key: value if key in KEPT_CONNECTORS else "Operator" for key, value in members.items()
            }
        result["m"] = members
        if shape.get("required"):
            result["r"] = shape["required"]
    if shape["type"] == "list":
        result["e"] = shape["member"]["shape"]
    if shape["type"] == "map":
        result["k"] = shape["key"]["shape"]
        result["e"] = shape["value"]["shape"]
    for key, short in [("min", "min"), ("max", "max"), ("pattern", "p"), ("enum", "n"), ("sensitive", "s")]:
        if key in shape:
            result[short] = shape[key]
    if name in SENSITIVE:
        result["s"] = True
    if "\\uD800" in result.get("p", ""):
        # Surrogates: any character that JSON can have.
        del result["p"]
    return result


def reached(shapes, names):
    found = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = stripped(name, shapes[name])
        waiting += found[name].get("m", {}).values()
        waiting += [found[name][key] for key in "ek" if key in found[name]]
    return dict(sorted(found.items()))


def without_duplicates(shapes):
    """Shapes with the same facts under different names, such as the many texts of 256 characters,
    become one shape, under the first of their names. Structures keep theirs."""
    first = {}
    names = {
        name: name if shape["t"] == "structure" else first.setdefault(json.dumps(shape), name)
        for name, shape in shapes.items()
    }
    result = {}
    for name, shape in shapes.items():
        if names[name] == name:
            shape = {key: names[value] if key in ("e", "k") else value for key, value in shape.items()}
            if "m" in shape:
                shape["m"] = {member: names[value] for member, value in shape["m"].items()}
            result[name] = shape
    return result


def main():
    path = sys.argv[1]
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as file:
        model = json.load(file)
    shapes = model["shapes"]
    operations = {
        name: {
            "method": operation["http"]["method"],
            "path": operation["http"]["requestUri"],
            "input": operation["input"]["shape"],
            "output": operation["output"]["shape"],
        }
        for name, operation in sorted(model["operations"].items())
    }
    used = [operation[side] for operation in operations.values() for side in ("input", "output")]
    result = {
        "source": f"botocore, {model['metadata']['uid']}, Apache-2.0",
        "errors": {
            name: shape["error"]["httpStatusCode"]
            for name, shape in sorted(shapes.items())
            if shape.get("exception")
        },
        "operations": operations,
        "shapes": {},
    }
    kept = reached(shapes, used)
    # Again, because lists of shapes that became one are equal now.
    while len(fewer := without_duplicates(kept)) < len(kept):
        kept = fewer
    result["shapes"] = kept
    # One line per operation and per shape, so that a new model is a readable change.
    out = ["{", f'"source":{json.dumps(result["source"])},', f'"errors":{dense(result["errors"])},']
    for section in ("operations", "shapes"):
        lines = [f"{json.dumps(key)}:{dense(value)}" for key, value in result[section].items()]
        out += [f'"{section}":{{', ",\n".join(lines), "}," if section == "operations" else "}"]
    print("\n".join([*out, "}"]))


def dense(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


if __name__ == "__main__":
    main()
