#!/usr/bin/env python3
"""Two connectors at once, the Salesforce connector in Rust and the official Python example, on the
Salesforce sandbox: registered, connected and asked for metadata by the same calls.

    python connectors.py --appflow … --connector target/debug/salesforce-connector --sandbox target/debug/salesforce-sandbox"""

import argparse
import os
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import checks  # noqa: E402
from checks import check  # noqa: E402

from endpoint import ACCOUNT, REGION, running  # noqa: E402

CLIENT = {"clientId": "sandbox-client", "clientSecret": "sandbox-secret"}


def connect(client, label, sandbox):
    """The life of one connector. Both have the same settings, as far as they share them."""
    client.register_connector(
        connectorLabel=label,
        connectorProvisioningType="LAMBDA",
        connectorProvisioningConfig={"lambda": {"lambdaArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{label}"}},
    )
    described = client.describe_connector(connectorType="CustomConnector", connectorLabel=label)
    configuration = described["connectorConfiguration"]
    check(f"{label}: declares OAuth 2.0", configuration["authenticationConfig"]["isOAuth2Supported"], True)
    required = {s["key"] for s in configuration["connectorRuntimeSettings"] if s["isRequired"] and s["scope"] == "CONNECTOR_PROFILE"}
    settings = {"instanceUrl": sandbox, **{key: "true" for key in required - {"instanceUrl"}}}
    client.create_connector_profile(
        connectorProfileName=label,
        connectorLabel=label,
        connectorType="CustomConnector",
        connectionMode="Public",
        connectorProfileConfig={
            "connectorProfileProperties": {
                "CustomConnector": {
                    "profileProperties": settings,
                    "oAuth2Properties": {
                        "tokenUrl": f"{sandbox}/services/oauth2/token",
                        "oAuth2GrantType": "CLIENT_CREDENTIALS",
                    },
                }
            },
            "connectorProfileCredentials": {
                "CustomConnector": {"authenticationType": "OAUTH2", "oauth2": CLIENT}
            },
        },
    )
    of = {"connectorProfileName": label, "connectorType": "CustomConnector", "apiVersion": "v51.0"}
    names = []
    arguments = {}
    while True:
        page = client.list_connector_entities(**of, **arguments)
        names += [entity["name"] for entity in page["connectorEntityMap"]["Objects"]]
        if "nextToken" not in page:
            break
        arguments = {"nextToken": page["nextToken"]}
    check(f"{label}: lists Account", "Account" in names, True)
    fields = client.describe_connector_entity(connectorEntityName="Account", **of)["connectorEntityFields"]
    return {field["identifier"]: field["supportedFieldTypeDetails"]["v1"]["fieldType"] for field in fields}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--appflow", required=True, help="the program cargo-appflow")
    parser.add_argument("--connector", required=True, help="the program salesforce-connector")
    parser.add_argument("--sandbox", required=True, help="the program salesforce-sandbox")
    options = parser.parse_args()
    sandbox = subprocess.Popen(
        [os.path.abspath(options.sandbox), "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    url = sandbox.stdout.readline().strip()
    functions = [
        "--in-memory",
        "--function", f"rust={os.path.abspath(options.connector)}",
        "--function", f"python={sys.executable} -m awslambdaric official.handler",
    ]
    found = {}
    try:
        with running(os.path.abspath(options.appflow), functions) as endpoint:

            def run(label):
                try:
                    found[label] = connect(endpoint.client(), label, url)
                except Exception as error:  # noqa: BLE001
                    check(f"{label}: completed", f"{type(error).__name__}: {error}", "no exception")

            threads = [threading.Thread(target=run, args=(label,)) for label in ("rust", "python")]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            labels = [c["connectorLabel"] for c in endpoint.client().list_connectors()["connectors"]]
            check("both are registered", labels, ["python", "rust"])
            names = [set(fields) for fields in found.values()]
            check("both describe the Id of an Account", ["Id" in fields for fields in names], [True, True])
    finally:
        sandbox.terminate()
        sandbox.wait()
    print(f"{checks.failures} differences" if checks.failures else "no difference")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
