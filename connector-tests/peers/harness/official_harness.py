#!/usr/bin/env python3
"""The official Python harness (`custom_connector_tests.run_tests`) on our Salesforce connector.

    python official_harness.py --endpoint http://127.0.0.1:4566 --function salesforce --sandbox http://127.0.0.1:8080

Needs `cargo appflow local` with the connector, and a sandbox, whose records it changes. The config
is `connector-example/test-config.json` without the key `harness` and with writes. A second run,
with an invalid token, must fail: this shows that the harness checks the responses."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import boto3
import custom_connector_tests

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import checks
from checks import check
from environment import ACCOUNT_0, AWS_ENVIRONMENT, sandbox_token

CONFIG = Path(__file__).resolve().parents[3] / "connector-example" / "test-config.json"
WRITES = [
    ("INSERT", [], {"Name": "Inserted", "ExternalKey__c": "official-1"}),
    ("UPDATE", ["Id"], {"Name": "Updated", "Id": ACCOUNT_0}),
    ("UPSERT", ["ExternalKey__c"], {"Name": "Upserted", "ExternalKey__c": "official-1"}),
]
TESTS = [
    "ValidateConnectorRuntimeSettings for ConnectorProfile", "ValidateCredentials", "DescribeConnectorConfiguration",
    "ListEntities", "DescribeEntity",
    "RetrieveData configuration 0", "WriteData configuration 0", "WriteData configuration 1", "WriteData configuration 2",
    "QueryData configuration 0",
]  # fmt: skip


def config(sandbox, secret_arn):
    """Returns our config in the form that the official schema allows."""
    values = json.loads(CONFIG.read_text())
    del values["harness"]
    values["runtimeSettings"]["connectorProfile"] = {"instanceUrl": sandbox, "apiVersion": "v60.0"}
    values["credentials"]["secretArn"] = secret_arn
    values["writeRecordConfigurations"] = [
        {
            "entityIdentifier": "Account",
            "operation": operation,
            "idFieldNames": keys,
            "records": [json.dumps(record)],
        }
        for operation, keys, record in WRITES
    ]
    return values


def run(values):
    """Returns the harness's exit code, the tests that it ran and its output."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(values, file)
        file.flush()
        command = [
            sys.executable,
            "-m",
            "custom_connector_tests.run_tests",
            "connector_shim",
            "Connector",
            file.name,
        ]
        # The harness looks for its schema in its working directory.
        folder = Path(custom_connector_tests.__file__).parents[1]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parent)}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
        )
    output = done.stdout + done.stderr
    prefix = "INFO:root:Testing "
    tests = [
        line.removeprefix(prefix).removesuffix("...")
        for line in output.splitlines()
        if line.startswith(prefix)
    ]
    return done.returncode, tests, output


def main():
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--endpoint", required=True, help="of `cargo appflow local`")
    arguments.add_argument("--function", required=True, help="the connector's name there")
    arguments.add_argument("--sandbox", required=True, help="the sandbox's URL")
    options = arguments.parse_args()
    os.environ.update(
        AWS_ENVIRONMENT, AWS_ENDPOINT_URL=options.endpoint, CONNECTOR_FUNCTION=options.function
    )

    manager = boto3.client("secretsmanager")

    def secret(access_token):
        return manager.create_secret(
            Name=f"official-{os.urandom(4).hex()}",
            SecretString=json.dumps({"accessToken": access_token}),
        )["ARN"]

    code, tests, output = run(
        config(options.sandbox, secret(sandbox_token(options.sandbox)["access_token"]))
    )
    check("all tests run", tests, TESTS)
    check("all tests pass", code, 0)
    if code != 0:
        print(output)

    code, tests, output = run(config(options.sandbox, secret("not-a-token")))
    check("an invalid token is reported", (code, tests[-1:]), (1, ["ValidateCredentials"]))
    sys.exit(1 if checks.failures else 0)


if __name__ == "__main__":
    main()
