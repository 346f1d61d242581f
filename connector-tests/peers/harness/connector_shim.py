"""Our connector in the form that the official harness expects: a class whose `lambda_handler`
handles an event.

The events go to the Invoke API at AWS_ENDPOINT_URL, to the function that CONNECTOR_FUNCTION names.
"""

import json
import os

import boto3
import custom_connector_sdk.connector.auth as auth

# The harness checks the URLs of the OAuth2 defaults under three keys that its SDK does not use;
# `auth` does not define all of their names. Without these lines every connector with OAuth2 fails,
# including the SDK's own example.
auth.LOGIN_URL = auth.REFRESH_URL = auth.REDIRECT_URL = auth.TOKEN_URL


class Connector:
    def __init__(self):
        self.client = boto3.client("lambda")

    def lambda_handler(self, event, context):
        response = self.client.invoke(
            FunctionName=os.environ["CONNECTOR_FUNCTION"], Payload=json.dumps(event)
        )
        payload = json.load(response["Payload"])
        if "FunctionError" in response:
            raise RuntimeError(payload["errorMessage"])
        return payload
