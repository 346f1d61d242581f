#!/usr/bin/env python3
"""Runs boto3 and the AWS CLI against a Secrets Manager endpoint.

    python secrets_manager.py --endpoint http://127.0.0.1:4566

Needs boto3 and awscli in this Python's environment. Prints one line per check and exits with 1 if
one fails. All names start with a prefix of this run, so that the endpoint can have other secrets.
They are deleted at the end."""

import argparse
import datetime
import json
import os
import re
import subprocess
import sys
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

import checks
from checks import check

REGION = "us-east-1"
CREDENTIALS = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
PREFIX = f"peers-{uuid.uuid4().hex[:8]}/"

NOT_FOUND = "Secrets Manager can't find the specified secret."
MARKED = "You can't perform this operation on the secret because it was marked for deletion."
WINDOW = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."


def check_error(name, code, message, call, **arguments):
    """Compares the error's code and message; a message of None is not compared."""
    try:
        response = call(**arguments)
    except ClientError as error:
        found = error.response["Error"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        expected = (400, code, found["Message"] if message is None else message)
        check(name, (status, found["Code"], found["Message"]), expected)
    else:
        check(name, response, code)


def token():
    return str(uuid.uuid4())


def names(secrets):
    return [secret["Name"].removeprefix(PREFIX) for secret in secrets]


def life_of_a_secret(client):
    name = PREFIX + "airports"
    first = token()
    created = client.create_secret(
        Name=name,
        ClientRequestToken=first,
        Description="The airports API",
        KmsKeyId="alias/flows",
        Tags=[{"Key": "team", "Value": "flow"}],
        SecretString='{"apiKey":"k-1"}',
    )
    arn = created["ARN"]
    pattern = rf"arn:aws:secretsmanager:{REGION}:\d{{12}}:secret:{re.escape(name)}-[A-Za-z0-9]{{6}}"
    check("create: the ARN's form", bool(re.fullmatch(pattern, arn)), True)
    check("create: name and version", (created["Name"], created["VersionId"]), (name, first))
    metadata = created["ResponseMetadata"]
    check("create: a request id", bool(metadata.get("RequestId")), True)
    content_type = metadata["HTTPHeaders"]["content-type"]
    check("create: the content type", content_type, "application/x-amz-json-1.1")

    for form, secret_id in [("name", name), ("ARN", arn), ("partial ARN", arn[:-7])]:
        value = client.get_secret_value(SecretId=secret_id)
        found = (value["ARN"], value["SecretString"], value["VersionId"], value["VersionStages"])
        check(f"get by {form}", found, (arn, '{"apiKey":"k-1"}', first, ["AWSCURRENT"]))
        check(f"get by {form}: no other value", "SecretBinary" in value, False)
    now = datetime.datetime.now(datetime.timezone.utc)
    age = abs(now - value["CreatedDate"])
    check("get: created just now", age < datetime.timedelta(minutes=10), True)

    put = client.put_secret_value(SecretId=arn, SecretBinary=b"\x00\x01\xff")
    second = put["VersionId"]
    check("put: a generated version id", bool(uuid.UUID(second)), True)
    check("put: the labels", put["VersionStages"], ["AWSCURRENT"])
    check("get: bytes", client.get_secret_value(SecretId=name)["SecretBinary"], b"\x00\x01\xff")
    previous = client.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")
    check("get: AWSPREVIOUS", previous["SecretString"], '{"apiKey":"k-1"}')
    by_id = client.get_secret_value(SecretId=name, VersionId=first, VersionStage="AWSPREVIOUS")
    check("get: version id and label", by_id["VersionId"], first)

    described = client.describe_secret(SecretId=name)
    stages = {first: ["AWSPREVIOUS"], second: ["AWSCURRENT"]}
    check("describe: the versions", described["VersionIdsToStages"], stages)
    kept = [described.get(member) for member in ("Description", "KmsKeyId", "Tags")]
    tags = [{"Key": "team", "Value": "flow"}]
    check("describe: the given values", kept, ["The airports API", "alias/flows", tags])
    absent = [m for m in ("DeletedDate", "RotationEnabled", "SecretString") if m in described]
    check("describe: absent members", absent, [])
    accessed = described["LastAccessedDate"].astimezone(datetime.timezone.utc)
    check("describe: the day of the last access", accessed.time(), datetime.time())

    deleted = client.delete_secret(SecretId=name, RecoveryWindowInDays=7)
    window = deleted["DeletionDate"] - now
    check("delete: in seven days", window.days in (6, 7), True)
    marked = client.describe_secret(SecretId=name)
    check("describe: marked for deletion", marked["DeletedDate"], deleted["DeletionDate"])
    check_error("get: marked", "InvalidRequestException", MARKED, client.get_secret_value, SecretId=name)
    check_error(
        "put: marked", "InvalidRequestException", MARKED,
        client.put_secret_value, SecretId=name, SecretString="two",
    )
    check_error(
        "create: marked", "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
        client.create_secret, Name=name, SecretString="two",
    )
    check_error(
        "delete: marked", "InvalidRequestException", None, client.delete_secret, SecretId=name
    )
    filters = [{"Key": "name", "Values": [PREFIX]}]
    check("list: without secrets marked for deletion", names(client.list_secrets(Filters=filters)["SecretList"]), [])
    listed = client.list_secrets(Filters=filters, IncludePlannedDeletion=True)
    check("list: with secrets marked for deletion", names(listed["SecretList"]), ["airports"])
    client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    check_error(
        "get: deleted", "ResourceNotFoundException", NOT_FOUND, client.get_secret_value, SecretId=arn
    )


def versions(client):
    name = PREFIX + "versions"
    created = client.create_secret(Name=name)
    arn = created["ARN"]
    check("create: without a value", "VersionId" in created, False)
    check_error(
        "get: no value yet", "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
        client.get_secret_value, SecretId=name,
    )
    first = token()
    put = dict(SecretId=name, ClientRequestToken=first, SecretString="one", VersionStages=["zeta"])
    response = client.put_secret_value(**put)
    check("put: the first version is current", response["VersionStages"], ["AWSCURRENT", "zeta"])
    again = client.put_secret_value(**put)
    check("put: the same again", again["VersionStages"], ["AWSCURRENT", "zeta"])
    check_error(
        "put: the same token with a different value", "ResourceExistsException",
        f"You can't use ClientRequestToken {first} because that value is already in use"
        f" for a version of secret {arn}.",
        client.put_secret_value, **{**put, "SecretString": "two"},
    )
    response = client.put_secret_value(
        SecretId=name, SecretString="two", VersionStages=["zeta", "alpha"]
    )
    check("put: labels in order", response["VersionStages"], ["alpha", "zeta"])
    current = client.get_secret_value(SecretId=name)
    check("put: AWSCURRENT stays", (current["SecretString"], current["VersionStages"]), ("one", ["AWSCURRENT"]))
    check_error(
        "get: label of another version", "InvalidRequestException",
        "You provided a VersionStage that is not associated to the provided VersionId.",
        client.get_secret_value, SecretId=name, VersionId=first, VersionStage="zeta",
    )
    absent = token()
    check_error(
        "get: no such version", "ResourceNotFoundException",
        f"Secrets Manager can't find the specified secret value for VersionId: {absent}",
        client.get_secret_value, SecretId=name, VersionId=absent,
    )
    check_error(
        "get: no such label", "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: omega",
        client.get_secret_value, SecretId=name, VersionStage="omega",
    )
    request = dict(Name=PREFIX + "twice", ClientRequestToken=token(), SecretString="one")
    arns = {client.create_secret(**request)["ARN"] for _ in range(2)}
    check("create: the same again", len(arns), 1)
    check_error(
        "create: a name that exists", "ResourceExistsException",
        f"The operation failed because the secret {PREFIX}twice already exists.",
        client.create_secret, Name=PREFIX + "twice", SecretString="one",
    )


def changes(client, raw):
    name = PREFIX + "changes"
    arn = client.create_secret(Name=name, SecretString="one")["ARN"]
    updated = client.update_secret(SecretId=name, Description="The second", SecretString="two")
    check("update: ARN and version", (updated["ARN"], "VersionId" in updated), (arn, True))
    check("update: the value", client.get_secret_value(SecretId=name)["SecretString"], "two")
    previous = client.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")
    check("update: the previous value", previous["SecretString"], "one")
    updated = client.update_secret(SecretId=name, Description="The third")
    check("update: no new version", "VersionId" in updated, False)
    check("update: the description", client.describe_secret(SecretId=name)["Description"], "The third")
    client.tag_resource(SecretId=name, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    client.tag_resource(SecretId=arn, Tags=[{"Key": "a", "Value": "3"}])
    client.untag_resource(SecretId=name, TagKeys=["b", "c"])
    check("tags", client.describe_secret(SecretId=name)["Tags"], [{"Key": "a", "Value": "3"}])
    check("policy: none", "ResourcePolicy" in client.get_resource_policy(SecretId=name), False)
    policy = '{"Version":"2012-10-17","Statement":[]}'
    client.put_resource_policy(SecretId=name, ResourcePolicy=policy)
    check("policy", client.get_resource_policy(SecretId=arn)["ResourcePolicy"], policy)
    check_error(
        "policy: not JSON", "MalformedPolicyDocumentException", None,
        client.put_resource_policy, SecretId=name, ResourcePolicy="{",
    )
    client.delete_resource_policy(SecretId=name)
    check("policy: deleted", "ResourcePolicy" in client.get_resource_policy(SecretId=name), False)
    other = PREFIX + "never"
    for call, arguments in (
        (client.update_secret, {}), (client.get_resource_policy, {}), (client.delete_resource_policy, {}),
        (client.tag_resource, {"Tags": []}), (client.untag_resource, {"TagKeys": []}),
        (client.put_resource_policy, {"ResourcePolicy": policy}),
    ):
        check_error(f"{call.__name__}: no such secret", "ResourceNotFoundException", NOT_FOUND, call, SecretId=other, **arguments)
    check_error("tag: no tags", "ValidationException", None, raw.tag_resource, SecretId=name)
    client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    check_error("after deletion", "ResourceNotFoundException", NOT_FOUND, client.describe_secret, SecretId=name)


def values(client):
    for case, value in [
        ("the longest text", "a" * 65_536),
        ("text with every kind of character", 'ä€\U0001f600"\\\n\t\x01'),
        ("the longest text in escapes", "\x01" * 65_536),
    ]:
        name = PREFIX + "value-" + uuid.uuid4().hex
        client.create_secret(Name=name, SecretString=value)
        back = client.get_secret_value(SecretId=name)["SecretString"]
        check(f"round trip: {case}", back == value, True)
    name = PREFIX + "value-bytes"
    value = bytes(range(256)) * 256
    client.create_secret(Name=name, SecretBinary=value)
    back = client.get_secret_value(SecretId=name)["SecretBinary"]
    check("round trip: the most bytes", back == value, True)
    name = PREFIX + "Name/_+=.@-a1b2c3"
    arn = client.create_secret(Name=name, SecretString="one")["ARN"]
    check("get by ARN: a name like an ARN's end", client.get_secret_value(SecretId=arn)["Name"], name)
    check_error(
        "get by partial ARN: a name like an ARN's end", "ResourceNotFoundException", NOT_FOUND,
        client.get_secret_value, SecretId=arn[:-7],
    )


def rejections(client, raw):
    """`raw` is a client that does not check its parameters, so that the endpoint must."""
    name = PREFIX + "rejected"
    client.create_secret(Name=name, SecretString="one")
    other = PREFIX + "never"
    cases = [
        ("get: no such secret", "ResourceNotFoundException", NOT_FOUND, raw.get_secret_value, dict(SecretId=other)),
        (
            "get: another region", "ResourceNotFoundException", NOT_FOUND,
            raw.get_secret_value,
            dict(SecretId=f"arn:aws:secretsmanager:eu-west-1:123456789012:secret:{name}"),
        ),
        (
            "get: no SecretId", "ValidationException",
            "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null",
            raw.get_secret_value, {},
        ),
        (
            "create: a name with a blank", "ValidationException",
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
            raw.create_secret, dict(Name="two words", SecretString="one"),
        ),
        ("create: a name too long", "ValidationException", None, raw.create_secret, dict(Name="n" * 513)),
        (
            "create: text too long", "ValidationException", None,
            raw.create_secret, dict(Name=other, SecretString="a" * 65_537),
        ),
        (
            "create: too many bytes", "ValidationException", None,
            raw.create_secret, dict(Name=other, SecretBinary=b"a" * 65_537),
        ),
        (
            "create: two values", "InvalidParameterException",
            "You can't specify both a binary secret value and a string secret value in the same secret.",
            raw.create_secret, dict(Name=other, SecretString="a", SecretBinary=b"a"),
        ),
        (
            "create: a short token", "InvalidParameterException",
            "ClientRequestToken must be 32-64 characters long.",
            raw.create_secret, dict(Name=other, SecretString="a", ClientRequestToken="short"),
        ),
        (
            "put: no value", "InvalidRequestException",
            "You must provide either SecretString or SecretBinary.",
            raw.put_secret_value, dict(SecretId=name),
        ),
        (
            "put: no such secret", "ResourceNotFoundException", NOT_FOUND,
            raw.put_secret_value, dict(SecretId=other, SecretString="a"),
        ),
        ("describe: no such secret", "ResourceNotFoundException", NOT_FOUND, raw.describe_secret, dict(SecretId=other)),
        ("delete: no such secret", "ResourceNotFoundException", NOT_FOUND, raw.delete_secret, dict(SecretId=other)),
        (
            "delete: six days", "InvalidParameterException", WINDOW,
            raw.delete_secret, dict(SecretId=name, RecoveryWindowInDays=6),
        ),
        (
            "delete: no days and force", "InvalidParameterException", WINDOW,
            raw.delete_secret,
            dict(SecretId=name, RecoveryWindowInDays=0, ForceDeleteWithoutRecovery=True),
        ),
        (
            "delete: days and force", "InvalidParameterException",
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
            raw.delete_secret,
            dict(SecretId=name, RecoveryWindowInDays=7, ForceDeleteWithoutRecovery=True),
        ),
        ("list: 101 results", "ValidationException", None, raw.list_secrets, dict(MaxResults=101)),
        ("list: an unknown order", "ValidationException", None, raw.list_secrets, dict(SortOrder="up")),
        (
            "list: a filter without a key", "InvalidParameterException", "Invalid filter key",
            raw.list_secrets, dict(Filters=[{"Values": ["a"]}]),
        ),
        (
            "list: a filter without values", "InvalidParameterException", "Invalid filter values for key: name",
            raw.list_secrets, dict(Filters=[{"Key": "name"}]),
        ),
        (
            "list: an unknown filter key", "ValidationException", None,
            raw.list_secrets, dict(Filters=[{"Key": "colour", "Values": ["a"]}]),
        ),
        ("list: a made-up token", "InvalidNextTokenException", None, raw.list_secrets, dict(NextToken="nonsense")),
        ("an unsupported operation", "UnknownOperationException", None, raw.cancel_rotate_secret, dict(SecretId=name)),
    ]
    for case, code, message, call, arguments in cases:
        check_error(case, code, message, call, **arguments)
    check("after all rejections", client.get_secret_value(SecretId=name)["SecretString"], "one")
    forced = client.delete_secret(SecretId=other, ForceDeleteWithoutRecovery=True)
    check("delete by force: no such secret", forced["Name"], other)


def listings(client):
    folder = PREFIX + "list/"
    for name, description, tags in [
        ("d", "Key of the Airports service", {"team": "Flow"}),
        ("a", "Password", {"team": "Query"}),
        ("c", "", {"owner": "flow"}),
        ("b", "airports, spare key", {}),
        ("e", "", {}),
    ]:
        client.create_secret(
            Name=folder + name,
            Description=description,
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
    here = {"Key": "name", "Values": [folder]}

    def found(*filters, **arguments):
        listed = client.list_secrets(Filters=[here, *filters], **arguments)
        return "".join(secret["Name"].removeprefix(folder) for secret in listed["SecretList"])

    check("list: order of creation", found(SortOrder="asc"), "dacbe")
    check("list: reverse order", found(SortOrder="desc"), "ebcad")
    check("list: by name", found(SortBy="name", SortOrder="asc"), "abcde")
    for case, key, matching, expected in [
        ("a name's start", "name", [folder + "a"], "a"),
        ("two names", "name", [folder + "a", folder + "c"], "ac"),
        ("a name in another case", "name", [folder.upper()], ""),
        ("not a name", "name", ["!" + folder + "a"], "dcbe"),
        ("a tag's key", "tag-key", ["tea"], "da"),
        ("a tag's key in another case", "tag-key", ["Tea"], ""),
        ("a tag's value", "tag-value", ["Fl"], "d"),
        ("a description in another case", "description", ["KEY"], "db"),
        ("two words of a description", "description", ["airports key"], "db"),
        ("everything", "all", ["flow"], "dc"),
    ]:
        check(f"list: {case}", found({"Key": key, "Values": matching}, SortOrder="asc"), expected)
    both = [{"Key": "description", "Values": ["key"]}, {"Key": "tag-key", "Values": ["team"]}]
    check("list: two filters", found(*both), "d")

    paginator = client.get_paginator("list_secrets")
    pages = list(paginator.paginate(Filters=[here], SortOrder="asc", PaginationConfig={"PageSize": 2}))
    sizes = [len(page["SecretList"]) for page in pages]
    check("paginator: the pages", sizes, [2, 2, 1])
    paged = [name for page in pages for name in names(page["SecretList"])]
    check("paginator: every secret once", paged, ["list/" + name for name in "dacbe"])
    entry = pages[0]["SecretList"][0]
    check("list: an entry", (entry["Description"], entry["Tags"]), ("Key of the Airports service", [{"Key": "team", "Value": "Flow"}]))


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
    }

    def aws(*arguments):
        command = [sys.executable, "-m", "awscli", "--endpoint-url", endpoint, "--output", "json"]
        return subprocess.run(
            [*command, "secretsmanager", *arguments],
            env=environment, capture_output=True, text=True, timeout=120,
        )

    def aws_json(*arguments):
        run = aws(*arguments)
        return json.loads(run.stdout) if run.returncode == 0 else {"failed": run.stderr}

    name = PREFIX + "command-line"
    created = aws_json("create-secret", "--name", name, "--secret-string", "one", "--tags", "Key=team,Value=flow")
    arn = created.get("ARN", "")
    check("aws create-secret", created.get("Name"), name)
    put = aws_json("put-secret-value", "--secret-id", arn, "--secret-string", '{"apiKey":"k-1"}')
    check("aws put-secret-value", put.get("VersionStages"), ["AWSCURRENT"])
    value = aws_json("get-secret-value", "--secret-id", name)
    check("aws get-secret-value", value.get("SecretString"), '{"apiKey":"k-1"}')
    value = aws_json("get-secret-value", "--secret-id", name, "--version-stage", "AWSPREVIOUS")
    check("aws get-secret-value --version-stage", value.get("SecretString"), "one")
    described = aws_json("describe-secret", "--secret-id", name)
    check("aws describe-secret", described.get("Tags"), [{"Key": "team", "Value": "flow"}])
    for number in range(2):
        aws_json("create-secret", "--name", f"{name}-{number}")
    listed = aws_json(
        "list-secrets", "--filters", f"Key=name,Values={name}", "--page-size", "1", "--query", "SecretList[].Name"
    )
    check("aws list-secrets, page by page", listed, [name, name + "-0", name + "-1"])
    run = aws("get-secret-value", "--secret-id", PREFIX + "never")
    message = f"(ResourceNotFoundException) when calling the GetSecretValue operation: {NOT_FOUND}"
    check("aws get-secret-value: no such secret", message in run.stderr, True)
    check("aws get-secret-value: a failing exit code", run.returncode != 0, True)
    deleted = aws_json("delete-secret", "--secret-id", name, "--force-delete-without-recovery")
    check("aws delete-secret", deleted.get("ARN"), arn)


def run_step(name, step):
    """Runs a step. An exception counts as one difference; the other steps still run."""
    try:
        step()
    except Exception as error:
        check(f"{name}: completed", f"{type(error).__name__}: {error}", "no exception")


def remove_all(client):
    pages = client.get_paginator("list_secrets").paginate(
        Filters=[{"Key": "name", "Values": [PREFIX]}], IncludePlannedDeletion=True
    )
    for secret in [secret for page in pages for secret in page["SecretList"]]:
        client.delete_secret(SecretId=secret["ARN"], ForceDeleteWithoutRecovery=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--endpoint", required=True, help="for example http://127.0.0.1:4566")
    endpoint = parser.parse_args().endpoint

    def client(**settings):
        config = Config(retries={"total_max_attempts": 1}, **settings)
        return boto3.client(
            "secretsmanager", endpoint_url=endpoint, region_name=REGION, config=config, **CREDENTIALS
        )

    checked = client()
    unchecked = client(parameter_validation=False)
    steps = [
        ("the life of a secret", lambda: life_of_a_secret(checked)),
        ("versions", lambda: versions(checked)),
        ("changes", lambda: changes(checked, unchecked)),
        ("values", lambda: values(checked)),
        ("rejections", lambda: rejections(checked, unchecked)),
        ("listings", lambda: listings(checked)),
        ("the command line", lambda: command_line(endpoint)),
    ]
    try:
        for name, step in steps:
            run_step(name, step)
    finally:
        remove_all(checked)
    print(f"{checks.failures} differences" if checks.failures else "no difference")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
