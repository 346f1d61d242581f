#!/usr/bin/env python3
"""Compares this project's JSON with that of the official Python SDK, value by value.

    python python_wire.py --ours target/debug/examples/wire                           # half from a fixed seed, half from a new one
    python python_wire.py --ours target/debug/examples/wire --count 5000 --seed 7     # the same values every time

Needs the official SDK, and AWS's runtime, which serializes a connector's responses: `pip install
custom-connector-sdk==1.0.5 awslambdaric`. `--ours` is built by `cargo build -p
appflow-connector-model --example wire`.

- Both decode requests. The results must be the same, and both must reject a request with a fault.
- The official classes and AWS's runtime produce entity definitions and responses. Ours must produce
  the same JSON values from the same value, and from the JSON of the official SDK.
- Enums must have the same values.

Prints every difference that is not one of the `EXCEPTIONS`, and how often each exception occurred.
Exits with 1 if there is a difference."""

import copy
import inspect
import json
import re
from collections import Counter
from decimal import Decimal

from awslambdaric.lambda_runtime_marshaller import to_json
from custom_connector_sdk.connector import auth, configuration, context, fields, settings
from custom_connector_sdk.lambda_handler import requests, responses
from compare import arguments, ask, finish, made_requests, made_responses, without_fields
from generate import ENUMS, STRUCTURES

EXCEPTIONS = {
    "null is a value": "null for a field with a default: null for theirs, the default for ours",
    "isWritable": "absent: null for theirs, true for ours",
    "no settings": "absent: null for theirs, an empty map for ours",
    "setting values": "theirs keeps numbers and booleans, ours turns them into text; theirs keeps null, ours omits it",
    "authenticationType": "absent or null in credentials: theirs rejects the request",
    "operation": "null: theirs rejects the request",
    "apiVersion": "absent in a context: theirs rejects the request",
    "required null": "null for a required field: theirs accepts it, ours rejects it",
    "unknown field": "theirs does not have the field (LACKING_FIELDS)",
    "addBasicAuthHeader": "theirs cannot serialize true",
    "authenticationConfig": "theirs cannot serialize a configuration without one",
    "oauth2CustomProperties": "theirs uses the name oAuth2CustomProperties; ours accepts both and writes that of the Java SDK",
    "type of a custom property": "theirs cannot serialize its own enum; the comparison uses the value's name",
}

# Enum values and fields that the official Python SDK 1.0.5 lacks.
LACKING_VALUES = {
    "ConnectorRuntimeSettingDataType": ["Url"],
    "DataTransferType": ENUMS["DataTransferType"],
    "OAuth2GrantType": ["JWT_BEARER"],
}
LACKING_FIELDS = {
    "ConnectorContext": ["flowName", "executionId", "connectorProfileLabel"],
    "DescribeConnectorConfigurationRequest": ["connectorLabel"],
    "DescribeConnectorConfigurationResponse": ["supportedDataTransferTypes"],
    "Entity": ["customProperties"],
    "ValidateConnectorRuntimeSettingsRequest": ["authenticationType"],
}

OTHER_NAMES = {
    "ConnectorMode": "ConnectorModes",
    "OAuth2CustomParameter": "Oauth2CustomParameter",
    "OAuth2CustomPropertyType": "OAuth2CustomPropType",
}
PARAMETERS = {
    "isOAuth2Supported": "is_oauth_2_supported",
    "oauth2CustomProperties": "o_auth_2_custom_parameters",
}
DEFAULTS = {"locale": "en-US", "maxResult": 1000, "maxResults": 1000}

met = Counter()


def official(name):
    name = OTHER_NAMES.get(name, name)
    modules = [auth, configuration, context, fields, settings, requests, responses]
    return next((getattr(module, name) for module in modules if hasattr(module, name)), None)


def parameter(field):
    """Returns the name of a field in the official classes: tokenURL is token_url, oAuth2Defaults is
    o_auth_2_defaults."""
    return (
        PARAMETERS.get(field)
        or re.sub(r"(?<=.)(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z0-9])", "_", field).lower()
    )


# Reading requests


def their_reading(name, request):
    """Decodes a request with the official class and returns it as JSON. Raises what the class
    raises."""
    return attributes(name, official(name).from_dict(copy.deepcopy(request)))


def attributes(kind, value):
    if isinstance(kind, list):
        return value if value is None else [attributes(kind[0], item) for item in value]
    if value is None or (kind not in STRUCTURES and kind not in ENUMS):
        return float(value) if isinstance(value, Decimal) else value
    if kind in ENUMS:
        return value.name
    known = {field: vars(value)[parameter(field)] for field in official_fields(kind)}
    unread = set(vars(value)) - {parameter(field) for field in known}
    assert not unread, f"{kind} has attributes without a field: {unread}"
    return {
        field: attributes(
            STRUCTURES[kind][field if field in STRUCTURES[kind] else field + "!"], known[field]
        )
        for field in known
    }


def official_fields(structure):
    names = [name.rstrip("!") for name in STRUCTURES[structure]]
    return [name for name in names if name not in LACKING_FIELDS.get(structure, ())]


def with_fields_that_theirs_requires(request):
    """Returns the request with values for the fields that only theirs requires, and the paths of
    those values."""
    request = copy.deepcopy(request)
    added = []

    def give(holder, path, name, value):
        if holder.get(name) is None:
            holder[name] = value
            added.append((*path, name))
            met[name] += 1

    context = request.get("connectorContext")
    for holder, path in [(request, ()), (context, ("connectorContext",))]:
        if holder is not None and holder.get("credentials") is not None:
            give(holder["credentials"], (*path, "credentials"), "authenticationType", "OAuth2")
    if "operation" in request:
        give(request, (), "operation", "INSERT")
    if context is not None and "apiVersion" not in context:
        give(context, ("connectorContext",), "apiVersion", "v1")
    return request, added


def take_back(reading, added):
    for *path, name in added:
        holder = reading
        for step in path:
            holder = holder[step]
        holder[name] = None


def as_ours_reads(structure, reading):
    """Changes their result to ours where an exception applies."""
    for name, kind in STRUCTURES[structure].items():
        name = name.rstrip("!")
        if name not in reading:
            continue
        value = reading[name]
        if value is None and name in DEFAULTS:
            met["null is a value"] += 1
            reading[name] = DEFAULTS[name]
        elif value is None and name == "isWritable":
            met[name] += 1
            reading[name] = True
        elif value is None and kind == "settings":
            met["no settings"] += 1
            reading[name] = {}
        elif kind == "settings":
            texts = {
                key: item if isinstance(item, str) else json.dumps(item)
                for key, item in value.items()
                if item is not None
            }
            met["setting values"] += texts != value
            reading[name] = texts
        elif isinstance(kind, str) and kind in STRUCTURES and value is not None:
            as_ours_reads(kind, value)
        elif isinstance(kind, list) and kind[0] in STRUCTURES:
            for item in value or []:
                as_ours_reads(kind[0], item)


def request_difference(name, request, fault, ours):
    """Returns the difference in words and their result; or None."""
    completed, added = with_fields_that_theirs_requires(request)
    try:
        theirs = {"ok": their_reading(name, completed)}
    except Exception as error:
        theirs = {"error": f"{type(error).__name__}: {error}"}
    if fault:
        if "ok" in ours:
            return f"ours accepts it ({fault})", theirs
        if "ok" in theirs:
            if fault.what == "null":
                met["required null"] += 1
            elif fault.field in LACKING_FIELDS.get(name, ()):
                met["unknown field"] += 1
            else:
                return f"theirs accepts it ({fault})", theirs
        return None
    if "error" in ours or "error" in theirs:
        return "one rejects it", theirs
    take_back(theirs["ok"], added)
    as_ours_reads(name, theirs["ok"])
    our = dict(ours["ok"])
    if our.pop("type") != name or without_fields(LACKING_FIELDS, name, our, met) != theirs["ok"]:
        return "the results differ", theirs
    return None


# Writing responses


def their_value(kind, value):
    """Returns the official object for a JSON value."""
    if value is None:
        return None
    if isinstance(kind, list):
        return [their_value(kind[0], item) for item in value]
    if kind in ENUMS:
        if kind == "OAuth2CustomPropertyType":
            met["type of a custom property"] += 1
            return official(kind)[value].name
        return official(kind)[value]
    if kind == "decimal":
        return Decimal(str(value))
    if kind not in STRUCTURES:
        return value
    known = official(kind)
    accepted = inspect.signature(known).parameters
    arguments = {}
    for name, inner in STRUCTURES[kind].items():
        name = name.rstrip("!")
        if name not in official_fields(kind):
            continue
        content = value.get(name)
        if name == "addBasicAuthHeader" and content:
            met[name] += 1
            content = False
        if name == "isWritable" and content is None:
            met[name] += 1
            content = True
        if content is not None or accepted[parameter(name)].default is inspect.Parameter.empty:
            arguments[parameter(name)] = their_value(inner, content)
    return known(**arguments)


def their_json(kind, value):
    if (
        kind == "DescribeConnectorConfigurationResponse"
        and value.get("authenticationConfig") is None
    ):
        met["authenticationConfig"] += 1
        value = value | {"authenticationConfig": {}}
    return json.loads(to_json(their_value(kind, value).to_dict()))


def as_ours_writes(kind, written):
    """Makes their JSON, or ours, the same where an exception applies."""
    if kind == "DescribeConnectorConfigurationResponse":
        configuration = written["authenticationConfig"]
        if configuration is None:
            written["authenticationConfig"] = configuration = dict.fromkeys(
                name for name in STRUCTURES["AuthenticationConfig"]
            )
        defaults = configuration["oAuth2Defaults"]
        if defaults is not None:
            defaults["addBasicAuthHeader"] = False
            if "oAuth2CustomProperties" in defaults:
                met["oauth2CustomProperties"] += 1
                defaults["oauth2CustomProperties"] = defaults.pop("oAuth2CustomProperties")
    return without_fields(LACKING_FIELDS, kind, written, met)


def written_difference(kind, theirs, from_value, from_theirs):
    if "error" in from_value or "error" in from_theirs:
        return "ours rejects it"
    expected = as_ours_writes(kind, copy.deepcopy(theirs))
    if as_ours_writes(kind, from_value["ok"]) != expected:
        return "ours writes a different value"
    if as_ours_writes(kind, from_theirs["ok"]) != expected:
        return "ours writes a different value from their JSON"
    return None


# The comparison


def enum_differences():
    for name, values in ENUMS.items():
        theirs = official(name)
        known = [value.name for value in theirs] if theirs else []
        expected = [value for value in values if value not in LACKING_VALUES.get(name, ())]
        if sorted(known) != sorted(expected):
            yield f"enum {name}: theirs {known}, expected {expected}"


def main():
    options = arguments(__doc__)
    print("seeds:", *options.seeds)

    differences = list(enum_differences())

    asked = made_requests(options)
    results = ask([options.ours], [("request", request) for _, request, _ in asked])
    rejected = 0
    for (name, request, fault), ours in zip(asked, results):
        rejected += "error" in ours
        if found := request_difference(name, request, fault, ours):
            wrong, theirs = found
            differences.append(
                f"{json.dumps(request)}: {wrong}\n  theirs {json.dumps(theirs)}\n  ours   {json.dumps(ours)}"
            )

    responses_made = made_responses(options, lacking=LACKING_VALUES | {"DataTransferType": []})
    values = [(kind, value, their_json(kind, value)) for kind, value, _ in responses_made]
    from_values = ask([options.ours], [(kind, value) for kind, value, _ in values])
    from_theirs = ask([options.ours], [(kind, theirs) for kind, _, theirs in values])
    for (kind, value, theirs), from_value, from_their in zip(values, from_values, from_theirs):
        if wrong := written_difference(kind, theirs, from_value, from_their):
            ours = {"from the value": from_value, "from theirs": from_their}
            differences.append(
                f"{kind} {json.dumps(value)}: {wrong}\n  theirs {json.dumps(theirs)}\n  ours   {json.dumps(ours)}"
            )

    finish(options, differences, EXCEPTIONS, met, rejected)


if __name__ == "__main__":
    main()
