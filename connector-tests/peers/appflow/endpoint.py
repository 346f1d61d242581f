"""Starts `cargo appflow local` with a connector of the checks, and makes clients for it."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import threading

import boto3
from botocore.config import Config

REGION = "us-east-1"
ACCOUNT = "123456789012"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:checked"
HERE = os.path.dirname(os.path.abspath(__file__))


def connector_command(python=sys.executable):
    """The command of `connector.py`, under AWS's runtime for Python."""
    return f"{python} -m awslambdaric connector.handler"


class Endpoint:
    def __init__(self, appflow, arguments=(), environment=None):
        command = [appflow, "local", "--port", "0", *arguments]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=HERE, env=environment
        )
        self.url = None
        for line in self.process.stdout:
            found = re.match(r"export AWS_ENDPOINT_URL=(\S+)", line)
            if found:
                self.url = found[1]
            if line.startswith("# ready"):
                break
        if self.url is None:
            raise RuntimeError(f"{' '.join(command)} did not start")
        # Read, so that the process never waits for a full pipe.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def client(self, service="appflow", **settings):
        config = Config(retries={"total_max_attempts": 1}, max_pool_connections=50, **settings)
        return boto3.client(
            service, endpoint_url=self.url, region_name=REGION, config=config, **CREDENTIALS
        )

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def running(appflow, arguments=("--in-memory",)):
    """An endpoint with the function `checked`."""
    function = ["--function", f"checked={connector_command()}"]
    endpoint = Endpoint(appflow, [*arguments, *function])
    try:
        yield endpoint
    finally:
        endpoint.stop()


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="appflow-checks-") as path:
        yield path


def registration(label="checked", function=FUNCTION_ARN):
    return {
        "connectorLabel": label,
        "connectorProvisioningType": "LAMBDA",
        "connectorProvisioningConfig": {"lambda": {"lambdaArn": function}},
    }


def profile(name, label="checked", url="https://good.example", password="p"):
    """A connection. The connector refuses credentials or settings by its URL."""
    return {
        "connectorProfileName": name,
        "connectorType": "CustomConnector",
        "connectorLabel": label,
        "connectionMode": "Public",
        "connectorProfileConfig": {
            "connectorProfileProperties": {"CustomConnector": {"profileProperties": {"url": url}}},
            "connectorProfileCredentials": {
                "CustomConnector": {
                    "authenticationType": "BASIC",
                    "basic": {"username": "ada", "password": password},
                }
            },
        },
    }


def to_s3(name, profile_name, trigger=None, bucket="checks"):
    """A flow from the connector to Amazon S3."""
    return {
        "flowName": name,
        "triggerConfig": trigger or {"triggerType": "OnDemand"},
        "sourceFlowConfig": {
            "connectorType": "CustomConnector",
            "connectorProfileName": profile_name,
            "apiVersion": "v1",
            "sourceConnectorProperties": {"CustomConnector": {"entityName": "Airport"}},
        },
        "destinationFlowConfigList": [
            {
                "connectorType": "S3",
                "destinationConnectorProperties": {"S3": {"bucketName": bucket}},
            }
        ],
        "tasks": [
            {
                "taskType": "Filter",
                "sourceFields": ["id"],
                "connectorOperator": {"CustomConnector": "PROJECTION"},
            },
            {
                "taskType": "Map",
                "sourceFields": ["id"],
                "destinationField": "id",
                "connectorOperator": {"CustomConnector": "NO_OP"},
                "taskProperties": {},
            },
        ],
    }


def hourly():
    return {
        "triggerType": "Scheduled",
        "triggerProperties": {"Scheduled": {"scheduleExpression": "rate(1hours)"}},
    }
