"""The checks' environment: `cargo appflow local`, which accepts any credentials, and the Salesforce
sandbox."""

import requests

AWS_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
}
CLIENT = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
ACCOUNT_0 = "0015g0000000000AAA"


def sandbox_token(url):
    """Returns the sandbox's complete response to a client credentials grant."""
    grant = {"grant_type": "client_credentials", **CLIENT}
    return requests.post(f"{url}/services/oauth2/token", data=grant, timeout=10).json()
