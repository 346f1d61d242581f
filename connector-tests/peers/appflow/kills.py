#!/usr/bin/env python3
"""Kills `cargo appflow local` with KILL at random moments while 20 clients create, update and delete
flows, connections and objects. After each restart everything that was acknowledged is there, and
nothing is there by half.

    python kills.py --appflow target/debug/cargo-appflow [--rounds 100] [--seed 1]"""

import argparse
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import checks  # noqa: E402
from botocore.exceptions import BotoCoreError, ClientError  # noqa: E402
from checks import check  # noqa: E402

from endpoint import Endpoint, connector_command, folder, profile, registration, to_s3  # noqa: E402

CLIENTS = 20
BUCKET = "kills"


class Client(threading.Thread):
    """One client with names of its own. `known` is what was acknowledged, `doubt` what the last call
    asked for when there was no response."""

    def __init__(self, number, clients, seed):
        super().__init__()
        self.number = number
        self.appflow, self.s3 = clients
        self.random = random.Random(seed)
        self.known = {}
        self.doubt = {}

    def run(self):
        try:
            while True:
                self.step()
        except (BotoCoreError, OSError):
            return
        except ClientError as error:
            # The last requests of a process that ends can get this from the connector's side.
            if error.response["Error"]["Code"] != "ConnectorServerException":
                self.doubt["error"] = str(error)

    def step(self):
        kind = self.random.choice(["flow", "flow", "object", "object", "object", "profile"])
        name = f"{kind}-{self.number}-{self.random.randrange(3)}"
        key = (kind, name)
        value = None if key in self.known and self.random.random() < 0.4 else f"v{self.random.randrange(10**6)}"
        if value is None and key not in self.known:
            return
        self.doubt = {key: value}
        getattr(self, kind)(name, value, key in self.known)
        self.doubt = {}
        if value is None:
            del self.known[key]
        else:
            self.known[key] = value

    def flow(self, name, value, exists):
        if value is None:
            self.appflow.delete_flow(flowName=name)
        elif exists:
            self.appflow.update_flow(**to_s3(name, "prod", bucket=BUCKET), description=value)
        else:
            self.appflow.create_flow(**to_s3(name, "prod", bucket=BUCKET), description=value)

    def profile(self, name, value, exists):
        request = profile(name, url=f"https://{value}.example", password=value or "p")
        if value is None:
            self.appflow.delete_connector_profile(connectorProfileName=name)
        elif exists:
            del request["connectorType"], request["connectorLabel"]
            self.appflow.update_connector_profile(**request)
        else:
            self.appflow.create_connector_profile(**request)

    def object(self, name, value, exists):
        if value is None:
            self.s3.delete_object(Bucket=BUCKET, Key=name)
        else:
            self.s3.put_object(Bucket=BUCKET, Key=name, Body=value.encode() * 1000)


def pages(call, member):
    arguments = {"maxResults": 100}
    while True:
        page = call(**arguments)
        yield from page[member]
        if "nextToken" not in page:
            return
        arguments["nextToken"] = page["nextToken"]


def found(endpoint):
    """Everything that is there, by kind and name."""
    appflow, s3 = endpoint.client(), endpoint.client("s3")
    secrets = endpoint.client("secretsmanager")
    state = {("flow", flow["flowName"]): flow.get("description") for flow in pages(appflow.list_flows, "flows")}
    arns = set()
    for item in pages(appflow.describe_connector_profiles, "connectorProfileDetails"):
        arns.add(item["credentialsArn"])
        secret = secrets.get_secret_value(SecretId=item["credentialsArn"])["SecretString"]
        url = item["connectorProfileProperties"]["CustomConnector"]["profileProperties"]["url"]
        value = url.removeprefix("https://").removesuffix(".example")
        state["profile", item["connectorProfileName"]] = value
        if f'"{value}"' not in secret and value != "good":
            state["half", item["connectorProfileName"]] = secret
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for item in page.get("Contents", []):
            body = s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
            value = body[: len(body) // 1000].decode()
            state["object", item["Key"]] = value if value.encode() * 1000 == body else f"half: {len(body)} bytes"
    listed = secrets.get_paginator("list_secrets").paginate()
    stored = {secret["ARN"] for page in listed for secret in page["SecretList"]}
    if stored != arns:
        state["secrets", "without a connection, or missing"] = (stored - arns, arns - stored)
    state.pop(("profile", "prod"))
    return state


def differences(state, clients):
    expected = {key: value for client in clients for key, value in client.known.items()}
    doubts = {key: value for client in clients for key, value in client.doubt.items()}
    result = []
    for key in sorted(expected.keys() | state.keys() | doubts.keys(), key=str):
        allowed = [expected.get(key)] + ([doubts[key]] if key in doubts else [])
        if state.get(key) not in allowed:
            result.append((key, state.get(key), allowed))
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--appflow", required=True, help="the program cargo-appflow")
    parser.add_argument("--rounds", type=int, default=100, help="how many kills; default 100")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    moments = random.Random(options.seed)
    with folder() as data:
        arguments = ["--data-dir", os.path.join(data, "state"), "--function", f"checked={connector_command()}"]
        program = os.path.abspath(options.appflow)
        endpoint = Endpoint(program, arguments)
        endpoint.client().register_connector(**registration())
        endpoint.client().create_connector_profile(**profile("prod"))
        endpoint.client("s3").create_bucket(Bucket=BUCKET)
        known, acknowledged = [{} for _ in range(CLIENTS)], 0
        for number in range(options.rounds):
            clients = []
            for index in range(CLIENTS):
                pair = endpoint.client(), endpoint.client("s3")
                client = Client(index, pair, f"{options.seed} {number} {index}")
                client.known = known[index]
                clients.append(client)
            for client in clients:
                client.start()
            time.sleep(moments.uniform(0.05, 1.5))
            os.kill(endpoint.process.pid, signal.SIGKILL)
            endpoint.process.wait()
            for client in clients:
                client.join()
            endpoint = Endpoint(program, arguments)
            state = found(endpoint)
            check(f"kill {number + 1}: {len(state)} things", differences(state, clients), [])
            # What was in doubt is decided now.
            for client in clients:
                mine = f"-{client.number}-"
                client.known = {key: value for key, value in state.items() if mine in key[1] and key[0] != "half"}
            known = [client.known for client in clients]
            acknowledged += len(state)
        endpoint.stop()
    print(f"{options.rounds} kills, {acknowledged} things compared")
    print(f"{checks.failures} differences" if checks.failures else "no difference")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
