"""The structures of AppFlow's JSON, and a generator of values for them.

A structure is a dictionary of its fields by name; `!` after a name marks a required field. A kind
is a scalar, the name of an enum or of a structure, or a list with the kind of its items."""

import json
import random
from typing import NamedTuple

FIXED_SEED = 5

ENUMS = {
    "AuthenticationType": ["BasicAuth", "OAuth2", "ApiKey", "CustomAuth"],
    "ConnectorMode": ["SOURCE", "DESTINATION"],
    "ConnectorOperator": [
        "PROJECTION", "LESS_THAN", "GREATER_THAN", "BETWEEN", "LESS_THAN_OR_EQUAL_TO", "GREATER_THAN_OR_EQUAL_TO", "EQUAL_TO",
        "CONTAINS", "NOT_EQUAL_TO", "ADDITION", "SUBTRACTION", "MULTIPLICATION", "DIVISION", "MASK_ALL", "MASK_FIRST_N",
        "MASK_LAST_N", "VALIDATE_NON_NULL", "VALIDATE_NON_ZERO", "VALIDATE_NON_NEGATIVE", "VALIDATE_NUMERIC", "NO_OP",
    ],
    "ConnectorRuntimeSettingDataType": ["String", "Date", "DateTime", "Long", "Integer", "Boolean", "Url"],
    "ConnectorRuntimeSettingScope": ["CONNECTOR_PROFILE", "SOURCE", "DESTINATION", "SOURCE_AND_DESTINATION"],
    "DataTransferType": ["RECORD", "FILE"],
    "ErrorCode": [
        "InvalidArgument", "InvalidCredentials", "AccessDenied", "RequestTimeout", "RateLimitExceeded", "ServiceUnavailable",
        "ClientError", "ServerError", "UnknownError", "PartialWriteFailure", "ResourceNotFoundError",
    ],
    "FieldDataType": [
        "String", "Integer", "Float", "Double", "Long", "Short", "BigInteger", "BigDecimal", "ByteArray", "Boolean", "Date",
        "DateTime", "Struct", "Map", "List",
    ],
    "OAuth2ContentType": ["URL_ENCODED", "APPLICATION_JSON"],
    "OAuth2CustomPropertyType": ["TOKEN_URL", "AUTH_URL"],
    "OAuth2GrantType": ["CLIENT_CREDENTIALS", "AUTHORIZATION_CODE", "JWT_BEARER"],
    "OAuth2MethodType": ["HTTP_POST", "HTTP_GET"],
    "TimeUnit": ["NANOSECONDS", "MICROSECONDS", "MILLISECONDS", "SECONDS", "MINUTES", "HOURS", "DAYS"],
    "TriggerFrequency": ["BYMINUTE", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "ONCE"],
    "TriggerType": ["SCHEDULED", "ONDEMAND"],
    "WriteOperationType": ["INSERT", "UPDATE", "UPSERT", "DELETE"],
}

OUTCOME = {"isSuccess!": "boolean", "errorDetails": "ErrorDetails"}
PARAMETER = {
    "key!": "text", "required!": "boolean", "label!": "text", "description!": "text", "sensitiveField": "boolean",
    "connectorSuppliedValues": ["text"],
}

REQUESTS = {
    "DescribeConnectorConfigurationRequest": {"locale": "text", "connectorLabel": "text"},
    "ValidateConnectorRuntimeSettingsRequest": {
        "scope!": "ConnectorRuntimeSettingScope", "connectorRuntimeSettings!": "settings", "authenticationType": "AuthenticationType",
    },
    "ValidateCredentialsRequest": {"credentials!": "Credentials", "connectorRuntimeSettings": "settings"},
    "ListEntitiesRequest": {"connectorContext!": "ConnectorContext", "entitiesPath": "text", "maxResult": "count", "nextToken": "text"},
    "DescribeEntityRequest": {"entityIdentifier!": "text", "connectorContext!": "ConnectorContext"},
    "QueryDataRequest": {
        "entityIdentifier!": "text", "connectorContext!": "ConnectorContext", "selectedFieldNames": ["text"],
        "filterExpression": "text", "nextToken": "text", "maxResults": "count",
    },
    "RetrieveDataRequest": {
        "entityIdentifier!": "text", "connectorContext!": "ConnectorContext", "selectedFieldNames": ["text"],
        "idFieldName": "text", "ids": ["text"],
    },
    "WriteDataRequest": {
        "entityIdentifier!": "text", "connectorContext!": "ConnectorContext", "operation": "WriteOperationType",
        "idFieldNames": ["text"], "records": ["record"], "allOrNone": "boolean",
    },
}

RESPONSES = {
    "DescribeConnectorConfigurationResponse": OUTCOME | {
        "connectorOwner!": "text", "connectorName!": "text", "connectorVersion!": "text", "connectorModes!": ["ConnectorMode"],
        "authenticationConfig": "AuthenticationConfig", "connectorRuntimeSetting": ["ConnectorRuntimeSetting"],
        "supportedApiVersions!": ["text"], "operatorsSupported": ["ConnectorOperator"],
        "triggerFrequenciesSupported": ["TriggerFrequency"], "supportedTriggerTypes": ["TriggerType"],
        "supportedWriteOperations": ["WriteOperationType"], "supportedDataTransferTypes": ["DataTransferType"], "logoURL": "text",
    },
    "ValidateConnectorRuntimeSettingsResponse": OUTCOME | {"errorsByInputField": "messages"},
    "ValidateCredentialsResponse": OUTCOME,
    "ListEntitiesResponse": OUTCOME | {"entities": ["Entity"], "nextToken": "text", "cacheControl": "CacheControl"},
    "DescribeEntityResponse": OUTCOME | {"entityDefinition": "EntityDefinition", "cacheControl": "CacheControl"},
    "QueryDataResponse": OUTCOME | {"records": ["record"], "nextToken": "text"},
    "RetrieveDataResponse": OUTCOME | {"records": ["record"]},
    "WriteDataResponse": OUTCOME | {"writeRecordResults": ["WriteRecordResult"]},
}

STRUCTURES = REQUESTS | RESPONSES | {
    "AuthParameter": PARAMETER,
    "AuthenticationConfig": {
        "isBasicAuthSupported": "boolean", "isApiKeyAuthSupported": "boolean", "isOAuth2Supported": "boolean",
        "isCustomAuthSupported": "boolean", "oAuth2Defaults": "OAuth2Defaults", "customAuthConfig": ["CustomAuthConfig"],
    },
    "CacheControl": {"timeToLive!": "count", "timeToLiveUnit": "TimeUnit"},
    "ConnectorContext": {
        "connectorRuntimeSettings": "settings", "credentials": "Credentials", "apiVersion": "text", "flowName": "text",
        "executionId": "text", "connectorProfileLabel": "text", "entityDefinition": "EntityDefinition",
    },
    "ConnectorRuntimeSetting": {
        "key!": "text", "dataType!": "ConnectorRuntimeSettingDataType", "required!": "boolean", "label!": "text",
        "description!": "text", "scope!": "ConnectorRuntimeSettingScope", "connectorSuppliedValueOptions": ["text"],
    },
    "Credentials": {"secretArn": "text", "authenticationType": "AuthenticationType"},
    "CustomAuthConfig": {"authenticationType!": "text", "authParameters!": ["AuthParameter"]},
    "Entity": {
        "entityIdentifier!": "text", "hasNestedEntities!": "boolean", "isWritable": "boolean", "label": "text",
        "description": "text", "customProperties": "properties",
    },
    "EntityDefinition": {"entity!": "Entity", "fields!": ["FieldDefinition"], "customProperties": "properties"},
    "ErrorDetails": {"errorCode!": "ErrorCode", "errorMessage!": "text", "retryAfterSeconds": "count"},
    "FieldConstraints": {
        "allowedLengthRange": "RangeConstraint", "allowedValueRange": "RangeConstraint", "allowedValues": ["text"],
        "allowedValuesRegexPattern": "text", "allowedDateFormat": "text",
    },
    "FieldDefinition": {
        "fieldName!": "text", "dataType!": "FieldDataType", "dataTypeLabel": "text", "label": "text", "description": "text",
        "isPrimaryKey": "boolean", "defaultValue": "text", "isDeprecated": "boolean", "constraints": "FieldConstraints",
        "readProperties": "ReadOperationProperty", "writeProperties": "WriteOperationProperty",
        "filterOperators": ["ConnectorOperator"], "customProperties": "properties",
    },
    "OAuth2CustomParameter": PARAMETER | {"type!": "OAuth2CustomPropertyType"},
    "OAuth2Defaults": {
        "oAuthScopes": ["text"], "tokenURL!": ["text"], "authURL": ["text"], "oAuth2GrantTypesSupported!": ["OAuth2GrantType"],
        "oAuth2ContentType": "OAuth2ContentType", "oAuth2MethodType": "OAuth2MethodType",
        "oauth2CustomProperties": ["OAuth2CustomParameter"], "addBasicAuthHeader": "boolean",
    },
    "RangeConstraint": {"minRange!": "decimal", "maxRange!": "decimal"},
    "ReadOperationProperty": {
        "isRetrievable": "boolean", "isNullable": "boolean", "isQueryable": "boolean",
        "isTimestampFieldForIncrementalQueries": "boolean",
    },
    "WriteOperationProperty": {
        "isCreatable": "boolean", "isUpdatable": "boolean", "isNullable": "boolean", "isUpsertable": "boolean",
        "isDefaultedOnCreate": "boolean", "supportedWriteOperations": ["WriteOperationType"],
    },
    "WriteRecordResult": {"isSuccess!": "boolean", "recordId!": "text", "errorMessage": "text"},
}

TEXTS = ["", "a", "Account", "0", "null", "été", "日本", "𝄞", "a\"b\\c", "line\nbreak", "\u0001", "state = \"TX\"", "https://{{HOST}}.example.com"]


class Fault(NamedTuple):
    what: str  # "missing", "null" or "enum"
    field: str


class Maker:
    """Generates values of a structure. `lacking` has the values of each enum that must not occur;
    `faulty` is the share of values in which one field is invalid: a required field that is missing
    or null, or an enum with an unknown value."""

    def __init__(self, seed, lacking=None, faulty=0.0):
        self.random = random.Random(seed)
        self.enums = {name: [value for value in values if value not in (lacking or {}).get(name, ())] for name, values in ENUMS.items()}
        self.faulty = faulty

    def chance(self, probability):
        return self.random.random() < probability

    def value(self, structure):
        """Returns a value, and its fault or None."""
        value = self.make(structure, 0)
        if not self.chance(self.faulty):
            return value, None
        places = list(self.places(structure, value))
        if not places:
            return value, None
        holder, fault = self.random.choice(places)
        if fault.what == "missing":
            del holder[fault.field]
        else:
            holder[fault.field] = None if fault.what == "null" else "no such value"
        return value, fault

    def make(self, kind, depth):
        if isinstance(kind, list):
            # Deep lists are short, so that a whole value stays readable.
            return [self.make(kind[0], depth + 1) for _ in range(self.random.randint(0, 3 if depth < 3 else 2))]
        if kind in self.enums:
            return self.random.choice(self.enums[kind])
        if kind in STRUCTURES:
            return self.structure(STRUCTURES[kind], depth)
        return getattr(self, kind)()

    def structure(self, fields, depth):
        """Each optional field is present, absent or null. A quarter of the structures have all
        fields, an eighth none; some have unknown ones."""
        shape = self.random.choice(["whole", "whole", "bare", "mixed", "mixed", "mixed", "mixed", "mixed"])
        value = {}
        for name, kind in fields.items():
            present = name.endswith("!") or shape == "whole" or (shape == "mixed" and self.chance(0.6))
            if present:
                value[name.rstrip("!")] = self.make(kind, depth + 1)
            elif self.chance(0.5):
                value[name] = None
        if self.chance(0.2):
            value["somethingNew"] = self.random.choice([None, 1, "text", [1, {"a": None}], {"type": "x"}])
        names = list(value)
        self.random.shuffle(names)
        return {name: value[name] for name in names}

    def places(self, kind, value):
        """Yields every possible fault with the object that gets it."""
        if isinstance(kind, list):
            for item in value:
                yield from self.places(kind[0], item)
        elif kind in STRUCTURES:
            for name, field in STRUCTURES[kind].items():
                required, name = name.endswith("!"), name.rstrip("!")
                if required:
                    yield value, Fault("missing", name)
                    yield value, Fault("null", name)
                if value.get(name) is not None:
                    if isinstance(field, str) and field in ENUMS:
                        yield value, Fault("enum", name)
                    yield from self.places(field, value[name])

    def text(self):
        return self.random.choice(TEXTS)

    def boolean(self):
        return self.chance(0.5)

    def count(self):
        return self.random.choice([0, 1, 200, 1000, 2**31 - 1])

    def decimal(self):
        """Numbers that a double represents. The official SDKs keep more digits."""
        return self.random.choice([0, 3, -7, 2**53, 0.5, -0.25, 99.125, 1e-7, 1e21])

    def record(self):
        return json.dumps({self.text(): self.random.choice([None, 1, 1.5, "x", True, [], {}]) for _ in range(self.random.randint(0, 3))})

    def properties(self):
        return {self.text(): self.text() for _ in range(self.random.randint(0, 3))}

    messages = properties

    def settings(self):
        values = [self.text(), self.text(), 7, -1.5, 2**53, True, False, None]
        return {self.text(): self.random.choice(values) for _ in range(self.random.randint(0, 4))}
