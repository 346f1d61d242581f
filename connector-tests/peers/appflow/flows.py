#!/usr/bin/env python3
"""Runs flows from S3 to S3 with boto3, and reads their objects with Python's csv and json and with
PyPI's pyarrow.

    python appflow/flows.py --endpoint http://127.0.0.1:4566

Needs boto3 and pyarrow in this Python's environment. Prints one line per check and exits with 1 if
one fails. The bucket and the flows are new; the endpoint has to be one of `cargo appflow local`."""

import argparse
import csv
import datetime
import io
import json
import sys
import time
import uuid
from pathlib import Path

import boto3
import pyarrow
import pyarrow.parquet

sys.path.insert(0, str(Path(__file__).parent.parent))

import checks
from checks import check

PREFIX = f"peers-{uuid.uuid4().hex[:8]}"
BUCKET = f"{PREFIX}-flows"

SOURCE = 'id,name,born,seen,score,active\r\n\
1,"Ada ""Countess"", Lovelace",1815-12-10,2026-01-02T03:04:05.678Z,0.1,true\r\n\
2,"two\nlines",1969-12-31,,-1.5e3,FALSE\r\n\
3,é,,,,\r\n'

# The type that each field is converted to.
TYPES = {
    "id": "Long",
    "name": "String",
    "born": "Date",
    "seen": "DateTime",
    "score": "Double",
    "active": "Boolean",
}

EXPECTED_TEXT = [
    ["1", 'Ada "Countess", Lovelace', "1815-12-10", "2026-01-02T03:04:05.678Z", "0.1", "true"],
    ["2", "two\nlines", "1969-12-31", "", "-1.5e3", "false"],
    ["3", "é", "", "", "", ""],
]

EXPECTED_JSON = [
    {
        "id": 1,
        "name": 'Ada "Countess", Lovelace',
        "born": "1815-12-10",
        "seen": "2026-01-02T03:04:05.678Z",
        "score": 0.1,
        "active": True,
    },
    {"id": 2, "name": "two\nlines", "born": "1969-12-31", "score": -1500.0, "active": False},
    {"id": 3, "name": "é"},
]

EXPECTED_PARQUET = [
    {
        "id": 1,
        "name": 'Ada "Countess", Lovelace',
        "born": datetime.date(1815, 12, 10),
        "seen": datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc),
        "score": 0.1,
        "active": True,
    },
    {
        "id": 2,
        "name": "two\nlines",
        "born": datetime.date(1969, 12, 31),
        "seen": None,
        "score": -1500.0,
        "active": False,
    },
    {"id": 3, "name": "é", "born": None, "seen": None, "score": None, "active": None},
]


def client(service, endpoint):
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )


def run(appflow, s3, name, output):
    """Creates a flow, runs it, and returns its record and its one object."""
    maps = [
        {
            "taskType": "Map",
            "sourceFields": [field],
            "destinationField": field,
            "connectorOperator": {"S3": "NO_OP"},
            "taskProperties": {"DESTINATION_DATA_TYPE": data_type},
        }
        for field, data_type in TYPES.items()
    ]
    projection = {
        "taskType": "Filter",
        "sourceFields": list(TYPES),
        "connectorOperator": {"S3": "PROJECTION"},
        "taskProperties": {},
    }
    appflow.create_flow(
        flowName=f"{PREFIX}-{name}",
        triggerConfig={"triggerType": "OnDemand"},
        sourceFlowConfig={
            "connectorType": "S3",
            "sourceConnectorProperties": {
                "S3": {"bucketName": BUCKET, "bucketPrefix": "people"}
            },
        },
        destinationFlowConfigList=[
            {
                "connectorType": "S3",
                "destinationConnectorProperties": {
                    "S3": {
                        "bucketName": BUCKET,
                        "bucketPrefix": name,
                        "s3OutputFormatConfig": output,
                    }
                },
            }
        ],
        tasks=maps + [projection],
    )
    appflow.start_flow(flowName=f"{PREFIX}-{name}")
    for _ in range(600):
        records = appflow.describe_flow_execution_records(flowName=f"{PREFIX}-{name}")
        record = records["flowExecutions"][0]
        if record["executionStatus"] != "InProgress":
            break
        time.sleep(0.1)
    check(f"{name}: status", record["executionStatus"], "Successful")
    check(f"{name}: records", record["executionResult"]["recordsProcessed"], 3)
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{name}/{PREFIX}-{name}/")
    keys = [item["Key"] for item in listed.get("Contents", [])]
    check(f"{name}: objects", len(keys), 1)
    body = s3.get_object(Bucket=BUCKET, Key=keys[0])["Body"].read()
    check(f"{name}: bytes", record["executionResult"]["bytesWritten"], len(body))
    return body


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True)
    endpoint = parser.parse_args().endpoint
    appflow, s3 = client("appflow", endpoint), client("s3", endpoint)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="people.csv", Body=SOURCE.encode("utf-8-sig"))

    text = run(appflow, s3, "csv", {"fileType": "CSV"}).decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    check("csv: header", rows[0], list(TYPES))
    check("csv: rows", rows[1:], EXPECTED_TEXT)

    lines = run(appflow, s3, "json", {"fileType": "JSON"}).decode().splitlines()
    check("json: lines", [json.loads(line) for line in lines], EXPECTED_JSON)
    check("json: digits", '"score":-1.5e3' in lines[1], True)

    typed = {"fileType": "PARQUET", "preserveSourceDataTyping": True}
    table = pyarrow.parquet.read_table(io.BytesIO(run(appflow, s3, "parquet", typed)))
    check(
        "parquet: types",
        [str(field.type) for field in table.schema],
        ["int64", "string", "date32[day]", "timestamp[ms, tz=UTC]", "double", "bool"],
    )
    check("parquet: rows", table.to_pylist(), EXPECTED_PARQUET)

    table = pyarrow.parquet.read_table(
        io.BytesIO(run(appflow, s3, "parquet-text", {"fileType": "PARQUET"}))
    )
    check("parquet as text: types", {str(field.type) for field in table.schema}, {"string"})
    texts = [[value or "" for value in row.values()] for row in table.to_pylist()]
    check("parquet as text: rows", texts, EXPECTED_TEXT)
    sys.exit(1 if checks.failures else 0)


if __name__ == "__main__":
    main()
