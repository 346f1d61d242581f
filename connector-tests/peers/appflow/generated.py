#!/usr/bin/env python3
"""Sends requests that are made from the model: minimal and maximal ones, which no constraint may
refuse, and ones with one violation each, which one constraint must.

    python generated.py --appflow target/debug/cargo-appflow"""

import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import checks  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402
from checks import check  # noqa: E402

import shapes  # noqa: E402
from endpoint import running  # noqa: E402

# What an operation returns in addition to what it declares.
ALWAYS = {"ValidationException", "InternalServerException"}
CREATE_PROFILE = {"ResourceNotFoundException", "ConnectorServerException"}


def outcome(call, request):
    try:
        call(**request)
    except ClientError as error:
        return error.response["Error"]
    return {"Code": "", "Message": ""}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--appflow", required=True, help="the program cargo-appflow")
    program = os.path.abspath(parser.parse_args().appflow)
    model = shapes.service_model()
    count = 0
    with running(program) as endpoint:
        raw = endpoint.client(parameter_validation=False)
        for name in model.operation_names:
            operation = model.operation_model(name)
            shape = operation.input_shape
            method = "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")
            call = getattr(raw, method)
            declared = {error.name for error in operation.error_shapes} | ALWAYS
            if name == "CreateConnectorProfile":
                declared |= CREATE_PROFILE
            for size, request in (("minimal", shapes.smallest(shape)), ("maximal", shapes.largest(shape))):
                count += 1
                found = outcome(call, request)
                is_right = found["Code"] in declared | {""} and "validation error" not in found["Message"]
                # The model does not require what a registration needs.
                is_right |= (name, size) == ("RegisterConnector", "minimal")
                is_right &= found["Code"] != "InternalServerException"
                check(f"{name}: {size}", True if is_right else found, True)
            wrong = []
            for what, where, request in shapes.broken(shape, shapes.largest(shape)):
                if "resourceArn" in shape.members and "resourceArn" not in request:
                    continue  # It is a part of the path.
                if (name, what) == ("UntagResource", "missing"):
                    continue  # In a query, no list and an empty one are the same.
                count += 1
                found = outcome(call, request)
                is_right = found["Code"] == "ValidationException"
                is_right &= "validation error" in found["Message"] and f"at '{where}'" in found["Message"]
                if not is_right:
                    wrong.append((what, where, found["Code"], found["Message"][:200]))
            check(f"{name}: one violation each", wrong, [])
    print(f"{count} requests")
    print(f"{checks.failures} differences" if checks.failures else "no difference")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
