"""Requests made from the public model of AppFlow: the smallest, the largest, and broken ones."""

import botocore.session

# A text that a pattern allows is this start and any number of this character.
STARTS = {
    r"arn:aws:.*:.*:[0-9]+:.*": "arn:aws:appflow:us-east-1:123456789012:",
    r"arn:aws:kms:.*:[0-9]+:.*": "arn:aws:kms:us-east-1:123456789012:",
    r"arn:aws:iam:.*:[0-9]+:.*": "arn:aws:iam:us-east-1:123456789012:",
    r"arn:aws:appflow:.*:[0-9]+:.*": "arn:aws:appflow:us-east-1:123456789012:",
    r"^(https?)://[-a-zA-Z0-9+&@#/%?=~_|!:,.;]*[-a-zA-Z0-9+&@#/%=~_|]": "https://",
}
# The pattern of Glue's names is one of surrogates, which no client can send.
UNREADABLE = "uD800"
KEPT = {"S3", "CustomConnector"}
PER_CONNECTOR = {
    "ConnectorProfileCredentials",
    "ConnectorProfileProperties",
    "DestinationConnectorProperties",
    "SourceConnectorProperties",
}


def service_model():
    return botocore.session.get_session().get_service_model("appflow")


def constraints(shape):
    return shape.metadata


def members(shape):
    """The members of a structure that appflow-local reads."""
    kept = shape.members.items()
    if shape.name in PER_CONNECTOR:
        kept = [(name, member) for name, member in kept if name in KEPT]
    if shape.name == "ConnectorOperator":
        kept = [(name, member) for name, member in kept if name == "CustomConnector"]
    return list(kept)


def text(shape, length):
    """An allowed text of a length, or the shortest that is longer."""
    if shape.enum:
        return shape.enum[0]
    start = STARTS.get(constraints(shape).get("pattern"), "")
    return start + "a" * max(length - len(start), 1 if start else 0)


def smallest(shape):
    kind = shape.type_name
    least = constraints(shape).get("min", 0)
    if kind == "structure":
        return {name: smallest(member) for name, member in members(shape) if name in shape.required_members}
    if kind == "list":
        return [smallest(shape.member) for _ in range(least)]
    if kind == "map":
        return {}
    if kind == "string":
        # A pattern that ends with `+` needs a character, a label two.
        return text(shape, max(least, 2))
    return {"boolean": False, "timestamp": 0, "double": 0.5}.get(kind, least)


def largest(shape):
    kind = shape.type_name
    most = constraints(shape).get("max")
    if kind == "structure":
        return {name: largest(member) for name, member in members(shape)}
    if kind == "list":
        return [largest(shape.member) for _ in range(min(most if most is not None else 2, 3))]
    if kind == "map":
        key = largest(shape.key)
        return {key: largest(shape.value)}
    if kind == "string":
        return text(shape, most or 64)
    if kind in ("integer", "long"):
        return most if most is not None else 2**31 - 1
    return {"boolean": True, "timestamp": 1767225600.5, "double": 1e9}[kind]


def broken(shape, value, path=""):
    """Every value with one violation: what is wrong, where, and the value."""
    kind = shape.type_name
    limits = constraints(shape)
    at = path.strip(".")
    if kind == "structure":
        for name, member in members(shape):
            below = f"{path}.{name[0].lower()}{name[1:]}"
            if name in shape.required_members:
                yield "missing", below.strip("."), {k: v for k, v in value.items() if k != name}
            if name in value:
                for what, where, inner in broken(member, value[name], below):
                    yield what, where, {**value, name: inner}
        return
    if kind == "list":
        if limits.get("max") is not None:
            yield "too long", at, [smallest(shape.member)] * (limits["max"] + 1)
        if value and shape.member.type_name == "structure":
            for what, where, inner in broken(shape.member, value[0], f"{path}.1.member"):
                yield what, where, [inner, *value[1:]]
        elif value:
            for what, _, inner in broken(shape.member, value[0], path):
                yield f"an element: {what}", at, [inner, *value[1:]]
        return
    if kind == "map":
        if limits.get("max") is not None and not shape.key.enum:
            many = {f"{text(shape.key, 1)}{n}": smallest(shape.value) for n in range(limits["max"] + 1)}
            yield "too long", at, many
        for what, _, inner in broken(shape.key, smallest(shape.key), path):
            yield f"a key: {what}", at, {inner: smallest(shape.value)}
        for what, _, inner in broken(shape.value, smallest(shape.value), path):
            yield f"a value: {what}", at, {smallest(shape.key): inner}
        return
    if kind == "string":
        pattern = limits.get("pattern", "")
        if shape.enum:
            yield "not of the enumeration", at, "Abacus"
            return
        if UNREADABLE in pattern:
            return
        if limits.get("max") is not None:
            yield "too long", at, text(shape, limits["max"] + 1)
        if pattern and pattern != ".+":
            # A control character, unless the pattern has any but the ends of lines.
            wrong = "\x01" if "\\s" in pattern else "\n"
            yield "against the pattern", at, text(shape, 4)[:-1] + wrong + "a"
        if limits.get("min", 0) > 3 and pattern not in STARTS:
            yield "too short", at, text(shape, limits["min"] - 1)
        return
    if kind in ("integer", "long"):
        if "max" in limits and limits["max"] < 2**31 - 1:
            yield "too large", at, limits["max"] + 1
        if "min" in limits:
            yield "too small", at, limits["min"] - 1
