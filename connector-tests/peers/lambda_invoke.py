"""Invokes a connector through the Invoke API of lambda-process-host with boto3, the AWS CLI and
cargo lambda.

Prints one line per check and exits with 1 if one fails.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import boto3
from botocore.exceptions import ClientError

from environment import AWS_ENVIRONMENT

EVENT = {"type": "DescribeConnectorConfigurationRequest"}
BAD_EVENT = {"type": "Dance"}

GUIDE = os.path.join(os.path.dirname(__file__), "../../docs/src/run.md")

failures = 0


def check(name, good, seen=""):
    global failures
    print(f"{'ok  ' if good else 'FAIL'} {name}{'' if good else f': {seen}'}")
    failures += not good


def boto3_checks(endpoint, function):
    client = boto3.client("lambda", endpoint_url=endpoint)
    response = client.invoke(FunctionName=function, Payload=json.dumps(EVENT), LogType="Tail")
    payload = json.load(response["Payload"])
    check("boto3: a response", payload.get("isSuccess") is True, payload)
    check(
        "boto3: no function error", "FunctionError" not in response, response.get("FunctionError")
    )
    check("boto3: the log's tail", bool(response.get("LogResult")), response)

    response = client.invoke(FunctionName=function, Payload=json.dumps(BAD_EVENT))
    payload = json.load(response["Payload"])
    check("boto3: a function error", response.get("FunctionError") == "Unhandled", response)
    check("boto3: it names the type", "Dance" in payload.get("errorMessage", ""), payload)

    response = client.invoke(
        FunctionName=function, InvocationType="Event", Payload=json.dumps(EVENT)
    )
    check("boto3: Event is accepted", response["StatusCode"] == 202, response["StatusCode"])
    response = client.invoke(
        FunctionName=function, InvocationType="DryRun", Payload=json.dumps(EVENT)
    )
    check("boto3: DryRun", response["StatusCode"] == 204, response["StatusCode"])
    try:
        client.invoke(FunctionName="no-such-function", Payload=b"{}")
        check("boto3: an unknown function", False, "no error")
    except ClientError as error:
        code = error.response["Error"]["Code"]
        check("boto3: an unknown function", code == "ResourceNotFoundException", code)


def aws_cli_check(endpoint, function):
    with tempfile.NamedTemporaryFile() as output:
        arguments = ["lambda", "invoke", "--endpoint-url", endpoint, "--function-name", function]
        arguments += ["--payload", json.dumps(EVENT), output.name]
        result = subprocess.run(
            [sys.executable, "-m", "awscli", *arguments], capture_output=True, text=True
        )
        check("aws lambda invoke: exit code", result.returncode == 0, result.stderr)
        payload = json.loads(output.read() or b"null")
        check("aws lambda invoke: a response", (payload or {}).get("isSuccess") is True, payload)


def guide_check(endpoint, function):
    """Runs the lines of the guide, with the AWS variables that they set and no others."""
    with open(GUIDE, encoding="utf-8") as guide:
        section = guide.read().split("## Call it with AWS's clients\n")[1].split("\n## ")[0]
    console = section.split("```console\n")[2].split("```")[0]
    lines = [line.removeprefix("$ ") for line in console.splitlines()]
    script = "\n".join(["set -e", *lines, "cat response.json"])
    script = script.replace("http://127.0.0.1:4566", endpoint).replace("my-connector", function)
    environment = {name: value for name, value in os.environ.items() if name[:4] != "AWS_"}
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(
            ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True
        )
    check("the guide's lines: exit code", result.returncode == 0, result.stderr)
    check("the guide's lines: a response", '"isSuccess":true' in result.stdout, result.stdout)


def cargo_lambda_check(endpoint, function):
    command = ["cargo-lambda", "lambda", "invoke", function, "--data-ascii", json.dumps(EVENT)]
    address, port = endpoint.removeprefix("http://").split(":")
    command += ["--invoke-address", address, "--invoke-port", port]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    check("cargo lambda invoke: exit code", result.returncode == 0, result.stderr)
    check(
        "cargo lambda invoke: a response",
        '"isSuccess":true' in result.stdout.replace(" ", ""),
        result.stdout,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--function", required=True)
    arguments = parser.parse_args()
    os.environ.update(AWS_ENVIRONMENT)
    boto3_checks(arguments.endpoint, arguments.function)
    aws_cli_check(arguments.endpoint, arguments.function)
    guide_check(arguments.endpoint, arguments.function)
    cargo_lambda_check(arguments.endpoint, arguments.function)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
