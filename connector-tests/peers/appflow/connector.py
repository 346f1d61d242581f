"""A connector for the checks, as a Lambda function without any SDK: two entities, and errors by the
connection's URL."""

import json

CONFIGURATION = {
    "isSuccess": True,
    "connectorOwner": "Checks",
    "connectorName": "Checked",
    "connectorVersion": "1.0",
    "connectorModes": ["SOURCE", "DESTINATION"],
    "authenticationConfig": {"isBasicAuthSupported": True, "isCustomAuthSupported": True},
    "connectorRuntimeSetting": [
        {
            "key": "url",
            "dataType": "Url",
            "required": True,
            "label": "URL",
            "description": "The application",
            "scope": "CONNECTOR_PROFILE",
        }
    ],
    "supportedApiVersions": ["v1"],
    "operatorsSupported": ["PROJECTION", "EQUAL_TO"],
    "triggerFrequenciesSupported": ["BYMINUTE", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "ONCE"],
    "supportedTriggerTypes": ["SCHEDULED", "ONDEMAND"],
    "supportedWriteOperations": ["INSERT", "UPDATE", "UPSERT", "DELETE"],
    "logoURL": "https://logo.example/logo.png",
}
FIELDS = [
    {
        "fieldName": name,
        "dataType": "String",
        "isPrimaryKey": name == "id",
        "readProperties": {"isRetrievable": True, "isQueryable": True},
        "writeProperties": {"isCreatable": True, "isUpdatable": True, "isUpsertable": True},
    }
    for name in ("id", "name")
]


def failed(code, message):
    return {"isSuccess": False, "errorDetails": {"errorCode": code, "errorMessage": message}}


def handler(event, _context):
    kind = event["type"].removesuffix("Request")
    context = event.get("connectorContext", event)
    url = context.get("connectorRuntimeSettings", {}).get("url", "")
    if kind == "DescribeConnectorConfiguration":
        return {"isSuccess": True} if event.get("connectorLabel") == "mute" else CONFIGURATION
    if "refused" in url:
        return failed("InvalidCredentials", "the password is wrong")
    if "broken" in url and kind != "ValidateCredentials":
        return failed("ServerError", "the application is down")
    if "expired" in url and kind not in ("ValidateCredentials", "ValidateConnectorRuntimeSettings"):
        return failed("InvalidCredentials", "the session has expired")
    if kind == "ListEntities":
        return {
            "isSuccess": True,
            "entities": [
                {"entityIdentifier": name, "label": name + "s", "hasNestedEntities": False}
                for name in ("Airport", "Airline")
            ],
        }
    if kind == "DescribeEntity":
        name = event["entityIdentifier"]
        if name not in ("Airport", "Airline"):
            return failed("ResourceNotFoundError", f"there is no entity {name}")
        entity = {"entityIdentifier": name, "hasNestedEntities": False}
        return {"isSuccess": True, "entityDefinition": {"entity": entity, "fields": FIELDS}}
    if kind == "QueryData":
        records = [json.dumps({"id": str(n), "name": f"Airport {n}"}) for n in range(3)]
        return {"isSuccess": True, "records": records}
    if kind == "WriteData":
        results = [{"isSuccess": True, "recordId": "1"} for _ in event.get("records") or []]
        return {"isSuccess": True, "writeRecordResults": results}
    return {"isSuccess": True}
