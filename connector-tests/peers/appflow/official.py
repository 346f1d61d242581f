"""The official Python example, unchanged but for one address: it asks login.salesforce.com whether
credentials are valid, whatever its settings say. Here it asks the sandbox of its instance URL."""

import custom_connector_example.handlers.configuration as configuration
from custom_connector_example.handlers.lambda_handler import salesforce_lambda_handler


def user_info(settings):
    return settings["instanceUrl"] + "/services/oauth2/userinfo"


configuration.buildSalesforceUserInfoRequest = user_info
handler = salesforce_lambda_handler
