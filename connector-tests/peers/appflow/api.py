#!/usr/bin/env python3
"""Drives all operations of AppFlow at `cargo appflow local` with boto3 and the AWS CLI, good and
bad: every error that an operation declares is provoked.

    python api.py --appflow target/debug/cargo-appflow

Needs boto3, awscli and awslambdaric in this Python's environment. Prints one line per check and
exits with 1 if one fails."""

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.request
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import checks  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402
from checks import check  # noqa: E402

from endpoint import ACCOUNT, FUNCTION_ARN, REGION, hourly, profile, registration, running, to_s3  # noqa: E402

ARN = f"arn:aws:appflow:{REGION}:{ACCOUNT}:"
STATUS = {
    "ValidationException": 400,
    "ResourceNotFoundException": 404,
    "ConflictException": 409,
    "ServiceQuotaExceededException": 402,
    "UnsupportedOperationException": 400,
    "ConnectorServerException": 400,
    "ConnectorAuthenticationException": 401,
    "AccessDeniedException": 403,
    "ThrottlingException": 429,
    "InternalServerException": 500,
}


class Provoked:
    """The errors that were seen, by operation."""

    def __init__(self, client):
        self.seen = {name: set() for name in client.meta.service_model.operation_names}

    def refused(self, name, code, call, part="", **arguments):
        """Checks that a call has this error, and that the message has a part."""
        operation = "".join(word.capitalize() for word in call.__name__.split("_"))
        try:
            response = call(**arguments)
        except ClientError as error:
            found = error.response["Error"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            check(name, (status, found["Code"]), (STATUS[code], code))
            if part:
                check(f"{name}: the message", part if part in found["Message"] else found["Message"], part)
            self.seen[operation].add(found["Code"])
        else:
            check(name, response, code)


def life(client, provoked):
    check("register", client.register_connector(**registration())["connectorArn"], ARN + "connector/checked")
    described = client.describe_connector(connectorType="CustomConnector", connectorLabel="checked")
    found = described["connectorConfiguration"]
    check("describe connector: type", found["connectorType"], "CUSTOMCONNECTOR")
    check("describe connector: modes", (found["canUseAsSource"], found["canUseAsDestination"]), (True, True))
    check("describe connectors", [c["connectorLabel"] for c in client.describe_connectors()["connectors"]], ["checked"])
    check("list connectors", [c["connectorLabel"] for c in client.list_connectors()["connectors"]], ["checked"])
    updated = client.update_connector_registration(connectorLabel="checked", description="Checked again")
    check("update registration", updated["connectorArn"], ARN + "connector/checked")

    created = client.create_connector_profile(**profile("prod"))
    check("create profile", created["connectorProfileArn"], ARN + "connectorprofile/prod")
    update = {k: v for k, v in profile("prod").items() if k not in ("connectorType", "connectorLabel")}
    check("update profile", client.update_connector_profile(**update)["connectorProfileArn"], ARN + "connectorprofile/prod")
    found = client.describe_connector_profiles(connectorProfileNames=["prod"])["connectorProfileDetails"]
    check("describe profiles", [(p["connectorLabel"], p["connectionMode"]) for p in found], [("checked", "Public")])

    of = {"connectorProfileName": "prod", "connectorType": "CustomConnector", "apiVersion": "v1"}
    entities = client.list_connector_entities(**of)["connectorEntityMap"]
    check("list entities", [e["name"] for e in entities["Objects"]], ["Airport", "Airline"])
    fields = client.describe_connector_entity(connectorEntityName="Airport", **of)["connectorEntityFields"]
    check("describe entity", [f["identifier"] for f in fields], ["id", "name"])
    client.reset_connector_metadata_cache(**of)

    flow = {**to_s3("daily", "prod"), "description": "Every airport.", "tags": {"team": "query"}}
    created = client.create_flow(**flow)
    check("create flow", (created["flowArn"], created["flowStatus"]), (ARN + "flow/daily", "Active"))
    described = client.describe_flow(flowName="daily")
    for member in ("description", "sourceFlowConfig", "destinationFlowConfigList", "tasks", "tags"):
        check(f"describe flow: {member}", described[member], flow[member])
    check("describe flow: trigger", described["triggerConfig"], {"triggerType": "OnDemand", "triggerProperties": {}})
    check("list flows", [f["flowName"] for f in client.list_flows()["flows"]], ["daily"])
    check("tags", client.list_tags_for_resource(resourceArn=created["flowArn"])["tags"], {"team": "query"})
    client.tag_resource(resourceArn=created["flowArn"], tags={"stage": "test"})
    client.untag_resource(resourceArn=created["flowArn"], tagKeys=["team"])
    check("tags after changes", client.describe_flow(flowName="daily")["tags"], {"stage": "test"})

    started = client.start_flow(flowName="daily")
    check("start flow", (started["flowArn"], started["flowStatus"]), (created["flowArn"], "Active"))
    record = run_end(client, "daily", started["executionId"])
    check("run: status", record["executionStatus"], "Successful")
    check("run: records", record["executionResult"]["recordsProcessed"], 3)
    last = client.describe_flow(flowName="daily")["lastRunExecutionDetails"]
    check("last run", last["mostRecentExecutionMessage"], "Successfully ran the flow")
    ids = [started["executionId"], "unknown"]
    canceled = client.cancel_flow_executions(flowName="daily", executionIds=ids)
    check("cancel: ended and unknown runs", sorted(canceled["invalidExecutions"]), sorted(ids))
    check("cancel: all of none", client.cancel_flow_executions(flowName="daily")["invalidExecutions"], [])

    update = {k: v for k, v in to_s3("daily", "prod", hourly()).items()}
    check("update flow", client.update_flow(**update)["flowStatus"], "Draft")
    started = client.start_flow(flowName="daily")
    check("start a scheduled flow", (started["flowStatus"], "executionId" in started), ("Active", False))
    provoked.refused("delete: an active flow", "ConflictException", client.delete_flow, flowName="daily")
    provoked.refused("delete: a used profile", "ConflictException", client.delete_connector_profile, connectorProfileName="prod")
    provoked.refused("unregister: a used connector", "ConflictException", client.unregister_connector, connectorLabel="checked")
    check("stop", client.stop_flow(flowName="daily")["flowStatus"], "Suspended")
    client.delete_flow(flowName="daily", forceDelete=True)
    check("no flow", client.list_flows()["flows"], [])


def run_end(client, flow, execution):
    for _ in range(600):
        records = client.describe_flow_execution_records(flowName=flow)["flowExecutions"]
        record = next(record for record in records if record["executionId"] == execution)
        if record["executionStatus"] not in ("InProgress", "CancelStarted"):
            return record
        time.sleep(0.1)
    return record


def errors(client, raw, provoked):
    """Each declared error, by what a client can do to get it."""
    refused = provoked.refused
    flow = to_s3("broken", "prod")
    nothing = "Flow with name none does not exist."
    for call in (
        client.describe_flow, client.delete_flow, client.start_flow, client.stop_flow,
        client.cancel_flow_executions, client.describe_flow_execution_records,
    ):
        refused(f"{call.__name__}: no flow", "ResourceNotFoundException", call, nothing, flowName="none")
    refused("update_flow: no flow", "ResourceNotFoundException", client.update_flow, **to_s3("none", "prod"))
    no_profile = "Connector Profile with name none does not exist."
    refused("create_flow: no profile", "ResourceNotFoundException", client.create_flow, no_profile, **to_s3("x1", "none"))
    no_label = "Connector:none is not registered."
    refused("describe_connector: unknown", "ResourceNotFoundException", client.describe_connector, no_label,
            connectorType="CustomConnector", connectorLabel="none")
    refused("unregister: unknown", "ResourceNotFoundException", client.unregister_connector, connectorLabel="none")
    refused("update registration: unknown", "ResourceNotFoundException", client.update_connector_registration, connectorLabel="none")
    nowhere = FUNCTION_ARN.replace("checked", "nowhere")
    refused("register: no function", "ResourceNotFoundException", client.register_connector, **registration("other", nowhere))
    refused("update registration: no function", "ResourceNotFoundException", client.update_connector_registration,
            connectorLabel="checked", connectorProvisioningConfig={"lambda": {"lambdaArn": nowhere}})
    update = {k: v for k, v in profile("none").items() if k not in ("connectorType", "connectorLabel")}
    refused("update profile: unknown", "ResourceNotFoundException", client.update_connector_profile, no_profile, **update)
    refused("delete profile: unknown", "ResourceNotFoundException", client.delete_connector_profile, connectorProfileName="none")
    refused("create profile: no connector", "ResourceNotFoundException", client.create_connector_profile, no_label, **profile("p1", "none"))
    of = {"connectorProfileName": "none", "connectorType": "CustomConnector"}
    refused("list entities: no profile", "ResourceNotFoundException", client.list_connector_entities, **of)
    refused("describe entity: no profile", "ResourceNotFoundException", client.describe_connector_entity, connectorEntityName="A", **of)
    refused("reset cache: no profile", "ResourceNotFoundException", client.reset_connector_metadata_cache, **of)
    for call, more in (
        (client.list_tags_for_resource, {}),
        (client.tag_resource, {"tags": {"a": "b"}}),
        (client.untag_resource, {"tagKeys": ["a"]}),
    ):
        refused(f"{call.__name__}: no flow", "ResourceNotFoundException", call, resourceArn=ARN + "flow/none", **more)
        refused(f"{call.__name__}: a bucket", "ValidationException", call, resourceArn="arn:aws:s3:us-east-1:1:b", **more)

    # Constraints, by a client that does not check its parameters.
    constraint = "validation error"
    bad_name = {"flowName": "two words"}
    for call, arguments in (
        (raw.register_connector, {"connectorLabel": "two words"}),
        (raw.update_connector_registration, {"connectorLabel": "x"}),
        (raw.describe_connector, {"connectorType": "Abacus"}),
        (raw.describe_connectors, {"maxResults": 101}),
        (raw.list_connectors, {"maxResults": 0}),
        (raw.create_connector_profile, {"connectorProfileName": "two words"}),
        (raw.update_connector_profile, {"connectorProfileName": "two words"}),
        (raw.describe_connector_profiles, {"connectorLabel": "x"}),
        (raw.list_connector_entities, {"maxResults": 10_001}),
        (raw.describe_connector_entity, {"connectorEntityName": "two words"}),
        (raw.reset_connector_metadata_cache, {"apiVersion": "two words"}),
        (raw.create_flow, bad_name), (raw.update_flow, bad_name), (raw.list_flows, {"nextToken": "two words"}),
        (raw.cancel_flow_executions, bad_name), (raw.describe_flow_execution_records, {"flowName": "ab", "maxResults": 101}),
    ):
        refused(f"{call.__name__}: a constraint", "ValidationException", call, constraint, **arguments)

    refused("register: twice", "ConflictException", client.register_connector, **registration())
    refused("create profile: twice", "ConflictException", client.create_connector_profile, **profile("prod"))
    client.create_flow(**to_s3("twice", "prod"))
    refused("create flow: twice", "ConflictException", client.create_flow, **to_s3("twice", "prod"))
    refused("stop: on demand", "UnsupportedOperationException", client.stop_flow, flowName="twice")
    token = {"clientToken": uuid.uuid4().hex}
    client.update_flow(**to_s3("twice", "prod"), **token)
    refused("update flow: another request with its token", "ConflictException", client.update_flow,
            **to_s3("twice", "prod", hourly()), **token)
    client.update_flow(**to_s3("twice", "prod", hourly()))
    client.start_flow(flowName="twice", **token)
    client.create_flow(**to_s3("other", "prod", hourly()))
    refused("start: another flow with its token", "ConflictException", client.start_flow, flowName="other", **token)
    client.update_connector_registration(connectorLabel="checked", **token)
    refused("update registration: another request with its token", "ConflictException",
            client.update_connector_registration, connectorLabel="checked", description="other", **token)
    update = {k: v for k, v in profile("prod").items() if k not in ("connectorType", "connectorLabel")}
    client.update_connector_profile(**update, **token)
    other = {k: v for k, v in profile("prod", password="q").items() if k not in ("connectorType", "connectorLabel")}
    refused("update profile: another request with its token", "ConflictException", client.update_connector_profile, **other, **token)

    # What the connector says.
    refused("register: a mute connector", "ConnectorServerException", client.register_connector,
            "No valid response and error details found", **registration("mute", FUNCTION_ARN.replace("checked", "mute")))
    refused("create profile: refused", "ConnectorAuthenticationException", client.create_connector_profile,
            'while attempting "ValidateCredentials with CustomConnector" with connector failure the password is wrong',
            **profile("p2", url="https://refused.example"))
    refused("create profile: broken", "ConnectorServerException", client.create_connector_profile,
            **profile("p3", url="https://broken.example"))
    update = {k: v for k, v in profile("prod", url="https://refused.example").items() if k not in ("connectorType", "connectorLabel")}
    refused("update profile: refused", "ConnectorAuthenticationException", client.update_connector_profile, **update)
    client.create_connector_profile(**profile("expired", url="https://expired.example"))
    of = {"connectorProfileName": "expired", "connectorType": "CustomConnector"}
    refused("list entities: expired", "ConnectorAuthenticationException", client.list_connector_entities, **of)
    refused("describe entity: expired", "ConnectorAuthenticationException", client.describe_connector_entity, connectorEntityName="Airport", **of)
    refused("create flow: expired", "ConnectorAuthenticationException", client.create_flow, **to_s3("x2", "expired"))
    refused("create flow: no object", "ConnectorServerException", client.create_flow, **from_s3("x3"))
    refused("describe entity: unknown", "ResourceNotFoundException", client.describe_connector_entity,
            connectorProfileName="prod", connectorType="CustomConnector", connectorEntityName="None")


def from_s3(name):
    flow = to_s3(name, "prod")
    flow["sourceFlowConfig"] = {
        "connectorType": "S3",
        "sourceConnectorProperties": {"S3": {"bucketName": "checks", "bucketPrefix": "nothing"}},
    }
    return flow


def faults(endpoint, client, raw, provoked):
    """Errors that only AWS itself can have reasons for: provoked through the fault hook."""
    model = client.meta.service_model
    for name in model.operation_names:
        declared = {shape.name for shape in model.operation_model(name).error_shapes}
        for code in sorted((declared | {"InternalServerException"}) - provoked.seen[name]):
            body = json.dumps({"operation": name, "error": code}).encode()
            request = urllib.request.Request(endpoint.url + "/_appflow-local/faults", body, method="POST")
            urllib.request.urlopen(request, timeout=10).close()
            method = "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")
            call = getattr(raw, method)
            provoked.refused(f"{name}: {code}", code, call, "provoked", **minimal(model, name))
        missing = declared - provoked.seen[name]
        check(f"{name}: every declared error", missing, set())


def minimal(model, name):
    """What the URI needs; the fault comes before all checks."""
    return {"resourceArn": ARN + "flow/none"} if "tag" in name.lower() else {}


def token_again(client):
    token = uuid.uuid4().hex
    first = client.create_flow(**to_s3("token", "prod"), clientToken=token)
    again = client.create_flow(**to_s3("token", "prod"), clientToken=token)
    drop = ("ResponseMetadata",)
    check("a token again", *[{k: v for k, v in r.items() if k not in drop} for r in (again, first)])


def terraform(client):
    """Terraform's order of calls: page ListFlows for the ARN, describe, tags; poll after delete."""
    names = [f"tf-{number:02}" for number in range(25)]
    for name in names:
        client.create_flow(**to_s3(name, "prod"))

    def find(arn):
        arguments = {}
        while True:
            page = client.list_flows(**arguments)
            found = [flow for flow in page["flows"] if flow["flowArn"] == arn]
            if found or "nextToken" not in page:
                return found
            arguments = {"nextToken": page["nextToken"]}

    arn = ARN + "flow/tf-24"
    check("terraform: found by its ARN", [f["flowName"] for f in find(arn)], ["tf-24"])
    check("terraform: describe", client.describe_flow(flowName="tf-24")["flowArn"], arn)
    check("terraform: tags", client.list_tags_for_resource(resourceArn=arn)["tags"], {})
    client.delete_flow(flowName="tf-24")
    check("terraform: gone", find(arn), [])
    for name in names[:-1]:
        client.delete_flow(flowName=name)


def teardown(client):
    """The official tests' order: connections and connectors go first."""
    for found in client.describe_connector_profiles(maxResults=100)["connectorProfileDetails"]:
        client.delete_connector_profile(connectorProfileName=found["connectorProfileName"], forceDelete=True)
    for found in client.list_connectors(maxResults=100)["connectors"]:
        client.unregister_connector(connectorLabel=found["connectorLabel"], forceDelete=True)
    for found in client.list_flows(maxResults=100)["flows"]:
        client.delete_flow(flowName=found["flowName"], forceDelete=True)
    left = (client.list_flows()["flows"], client.list_connectors()["connectors"])
    check("teardown", left, ([], []))


def secrets(endpoint):
    listed = endpoint.client("secretsmanager").list_secrets()["SecretList"]
    check("no secret is left", [secret["Name"] for secret in listed], [])
    identity = endpoint.client("sts").get_caller_identity()
    check("sts", (identity["Account"], identity["Arn"]), (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root"))


def command_line(endpoint):
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": os.environ.get("HOME", ""),
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_MAX_ATTEMPTS": "1",
    }

    def aws(operation, arguments):
        command = [sys.executable, "-m", "awscli", "--endpoint-url", endpoint.url, "--output", "json"]
        run = subprocess.run(
            [*command, "appflow", operation, "--cli-input-json", json.dumps(arguments)],
            env=environment, capture_output=True, text=True, timeout=120,
        )
        if run.returncode:
            return run.stderr.strip()
        return json.loads(run.stdout) if run.stdout.strip() else {}

    of = {"connectorProfileName": "cli", "connectorType": "CustomConnector", "apiVersion": "v1"}
    arn = {"resourceArn": ARN + "flow/cli-1"}
    update = {k: v for k, v in profile("cli").items() if k not in ("connectorType", "connectorLabel")}
    steps = [
        ("register-connector", registration("cli"), "connectorArn"),
        ("update-connector-registration", {"connectorLabel": "cli"}, "connectorArn"),
        ("describe-connector", {"connectorType": "CustomConnector", "connectorLabel": "cli"}, "connectorConfiguration"),
        ("describe-connectors", {}, "connectors"),
        ("list-connectors", {}, "connectors"),
        ("create-connector-profile", profile("cli", "cli"), "connectorProfileArn"),
        ("update-connector-profile", update, "connectorProfileArn"),
        ("describe-connector-profiles", {}, "connectorProfileDetails"),
        ("list-connector-entities", of, "connectorEntityMap"),
        ("describe-connector-entity", {**of, "connectorEntityName": "Airport"}, "connectorEntityFields"),
        ("reset-connector-metadata-cache", of, None),
        ("create-flow", to_s3("cli-1", "cli"), "flowArn"),
        ("describe-flow", {"flowName": "cli-1"}, "flowArn"),
        ("list-flows", {}, "flows"),
        ("tag-resource", {**arn, "tags": {"a": "b"}}, None),
        ("list-tags-for-resource", arn, "tags"),
        ("untag-resource", {**arn, "tagKeys": ["a"]}, None),
        ("start-flow", {"flowName": "cli-1"}, "executionId"),
        ("describe-flow-execution-records", {"flowName": "cli-1"}, "flowExecutions"),
        ("cancel-flow-executions", {"flowName": "cli-1"}, "invalidExecutions"),
        ("update-flow", to_s3("cli-1", "cli", hourly()), "flowStatus"),
        ("start-flow", {"flowName": "cli-1"}, "flowStatus"),
        ("stop-flow", {"flowName": "cli-1"}, "flowStatus"),
        ("delete-flow", {"flowName": "cli-1", "forceDelete": True}, None),
        ("delete-connector-profile", {"connectorProfileName": "cli"}, None),
        ("unregister-connector", {"connectorLabel": "cli"}, None),
    ]
    for operation, arguments, member in steps:
        response = aws(operation, arguments)
        is_expected = isinstance(response, dict) and (member is None or member in response)
        check(f"aws {operation}", "as expected" if is_expected else response, "as expected")
    message = aws("describe-flow", {"flowName": "none"})
    check("aws: an error", "(ResourceNotFoundException)" in str(message), True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--appflow", required=True, help="the program cargo-appflow")
    program = os.path.abspath(parser.parse_args().appflow)
    mute = f"mute={sys.executable} -m awslambdaric connector.handler"
    with running(program, ["--in-memory", "--function", mute]) as endpoint:
        client = endpoint.client()
        raw = endpoint.client(parameter_validation=False)
        endpoint.client("s3").create_bucket(Bucket="checks")
        provoked = Provoked(client)
        steps = [
            ("the life of a flow", lambda: life(client, provoked)),
            ("a token", lambda: token_again(client)),
            ("errors", lambda: errors(client, raw, provoked)),
            ("provoked errors", lambda: faults(endpoint, client, raw, provoked)),
            ("terraform", lambda: terraform(client)),
            ("the command line", lambda: command_line(endpoint)),
            ("teardown", lambda: teardown(client)),
            ("the other services", lambda: secrets(endpoint)),
        ]
        for name, step in steps:
            try:
                step()
            except Exception as error:  # noqa: BLE001
                check(f"{name}: completed", f"{type(error).__name__}: {error}", "no exception")
    print(f"{checks.failures} differences" if checks.failures else "no difference")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
