#!/usr/bin/env python3
"""Runs simple-salesforce, an independent client, against the Salesforce sandbox.

    python salesforce_sandbox.py --url http://127.0.0.1:8080

Needs simple-salesforce in this Python's environment, and a sandbox with the default records, which
it changes. Prints one line per check and exits with 1 if one fails."""

import argparse
import datetime
import sys

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

import checks
from checks import check
from environment import ACCOUNT_0, sandbox_token

OBJECTS = ["Account", "Airport__c", "Attachment", "ContentVersion", "Inspection__c", "User"]
TYPES = {
    "address", "anyType", "base64", "boolean", "combobox", "currency", "date", "datetime", "double", "email",
    "encryptedstring", "id", "int", "location", "long", "multipicklist", "percent", "phone", "picklist", "reference",
    "string", "textarea", "time", "url",
}  # fmt: skip


def check_error(name, exception, status, code, call, *arguments, **keywords):
    try:
        response = call(*arguments, **keywords)
    except exception as error:
        found = error.content[0]["errorCode"] if code else None
        check(name, (type(error).__name__, error.status, found), (exception.__name__, status, code))
    else:
        check(name, response, exception.__name__)


class PlainHttp(HTTPAdapter):
    """Turns the https URLs that simple-salesforce always builds into http, which the sandbox
    serves. Changes nothing else."""

    def send(self, request, **keywords):
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, **keywords)


def connect(url):
    response = sandbox_token(url)
    session = requests.Session()
    session.mount("https://", PlainHttp())
    return Salesforce(
        instance_url=response["instance_url"].replace("http://", "https://", 1),
        session_id=response["access_token"],
        session=session,
        version="60.0",
        object_pairs_hook=dict,
    )


def describing(sf):
    described = sf.describe()
    check("describe: the objects", [each["name"] for each in described["sobjects"]], OBJECTS)
    check("describe: the batch size", described["maxBatchSize"], 200)
    fields = sf.Account.describe()["fields"]
    check("Account.describe: every type", {field["type"] for field in fields}, TYPES)
    check("Account.metadata", sf.Account.metadata()["objectDescribe"]["keyPrefix"], "001")
    keys = [field["name"] for field in sf.Inspection__c.describe()["fields"] if field["externalId"]]
    check("Inspection__c.describe: external ids", keys, ["Key__c", "Batch__c"])


def reading(sf):
    everything = sf.query_all("SELECT Id, Name FROM Account")
    check("query_all: all accounts over three pages", (everything["totalSize"], len(everything["records"])), (5_000, 5_000))
    check("query_all: each once", len({record["Id"] for record in everything["records"]}), 5_000)
    airports = sf.query_all_iter("SELECT iata FROM Airport__c")
    check("query_all_iter", sum(1 for _ in airports), 3_376)
    first = sf.query("SELECT Id FROM Airport__c", headers={"Sforce-Query-Options": "batchSize=500"})
    check("query: the requested page size", (len(first["records"]), first["done"]), (500, False))
    second = sf.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    check("query_more", len(second["records"]), 500)
    check("get", sf.Account.get(ACCOUNT_0)["ExternalKey__c"], "K-00000")
    check("get_by_custom_id", sf.Account.get_by_custom_id("ExternalKey__c", "K-00000")["Id"], ACCOUNT_0)
    owned = sf.query("SELECT Id, Owner.Name, Parent.Name FROM Account WHERE Owner.Name = 'Integration User' LIMIT 1")
    owner = owned["records"][0]["Owner"]
    check("query: a parent", (owner["attributes"]["type"], owner["Name"]), ("User", "Integration User"))
    check("query: no parent", owned["records"][0]["Parent"], None)
    files = sf.query("SELECT ContentSize, VersionData FROM ContentVersion WHERE Title = 'Survey'")["records"]
    path = files[0]["VersionData"].split("/services/data/v60.0/")[1]
    content = requests.get(sf.base_url.replace("https://", "http://", 1) + path, headers=sf.headers, timeout=10).content
    check("the bytes of a file", len(content), files[0]["ContentSize"])
    check_error("query: malformed", SalesforceMalformedRequest, 400, "MALFORMED_QUERY", sf.query, "SELECT")
    check_error("get: unknown", SalesforceResourceNotFound, 404, "NOT_FOUND", sf.Account.get, "0015g00000zzzzz")
    check_error("get_by_custom_id: several", SalesforceMoreThanOneRecord, 300, None, sf.Inspection__c.get_by_custom_id, "Batch__c", "B-0000")


def writing(sf):
    started = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    created = sf.Account.create({"Name": "Zoë & Co", "Segments__c": "Cloud;Edge", "AnnualRevenue": 12.5})
    check("create", (created["success"], created["errors"]), (True, []))
    account = sf.Account.get(created["id"])
    check("create: the values are stored", (account["Name"], account["AnnualRevenue"]), ("Zoë & Co", 12.5))
    stamp = datetime.datetime.strptime(account["SystemModstamp"], "%Y-%m-%dT%H:%M:%S.%f%z")
    check("create: the stamp is new", stamp >= started, True)
    check("update", sf.Account.update(created["id"], {"Name": "Zoë"}), 204)
    check("update: the new name", sf.Account.get(created["id"])["Name"], "Zoë")
    check("upsert: a new one", sf.Account.upsert("ExternalKey__c/peer-1", {"Name": "Peer"}), 201)
    check("upsert: an existing one", sf.Account.upsert("ExternalKey__c/peer-1", {"Name": "Peer 2"}), 200)
    check("upsert: the new name", sf.Account.get_by_custom_id("ExternalKey__c", "peer-1")["Name"], "Peer 2")
    check("delete", sf.Account.delete(created["id"]), 204)
    check("delete: no longer in queries", sf.query(f"SELECT Id FROM Account WHERE Id = '{created['id']}'")["totalSize"], 0)

    bad = SalesforceMalformedRequest
    check_error("delete: twice", SalesforceResourceNotFound, 404, "ENTITY_IS_DELETED", sf.Account.delete, created["id"])
    check_error("create: no name", bad, 400, "REQUIRED_FIELD_MISSING", sf.Account.create, {"Phone": "1"})
    check_error("create: too long", bad, 400, "STRING_TOO_LONG", sf.Account.create, {"Name": "x" * 256})
    check_error("create: duplicate", bad, 400, "DUPLICATE_VALUE", sf.Account.create, {"Name": "x", "ExternalKey__c": "K-00001"})
    check_error(
        "create: not in the picklist", bad, 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        sf.Account.create, {"Name": "x", "Segments__c": "Moon"},
    )  # fmt: skip


def collections(sf):
    def call(method, path="", records=None, all_or_none=False, **keywords):
        body = {} if records is None else {"json": {"allOrNone": all_or_none, "records": records}}
        return sf.restful(f"composite/sobjects{path}", method=method, **body, **keywords)

    def account(**fields):
        return {"attributes": {"type": "Account"}, **fields}

    def codes(results):
        return [error["statusCode"] for result in results for error in result["errors"]]

    made = call("POST", records=[account(Name=f"Peer {number}") for number in range(200)])
    check("collection: 200 created", sum(result["success"] for result in made), 200)
    ids = [result["id"] for result in made]
    changed = call("PATCH", records=[account(id=id, Phone="peer") for id in ids])
    check("collection: 200 updated", [result["id"] for result in changed], ids)
    half = call("POST", records=[account(Name="Good"), account(Phone="1")], all_or_none=True)
    check("collection: all or none", codes(half), ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"])
    check("collection: nothing of it is stored", sf.query("SELECT Id FROM Account WHERE Name = 'Good'")["totalSize"], 0)
    keyed = [account(ExternalKey__c="peer-1", Phone="2"), account(ExternalKey__c="peer-2", Name="Peer")]
    upserted = call("PATCH", "/Account/ExternalKey__c", records=keyed)
    check("collection: upserted", [result["created"] for result in upserted], [False, True])
    found = call("GET", "/Account", params={"ids": f"{ids[0]},0015g00000zzzzz", "fields": "Id,Phone"})
    check("collection: retrieved", (found[0]["Phone"], found[1]), ("peer", None))
    posted = sf.restful("composite/sobjects/Account", method="POST", json={"ids": ids, "fields": ["Id"]})
    check("collection: retrieved by POST", [record["Id"] for record in posted], ids)
    deleted = call("DELETE", params={"ids": ",".join(ids), "allOrNone": "true"})
    check("collection: deleted", sum(result["success"] for result in deleted), 200)
    check("collection: no longer in queries", sf.query("SELECT Id FROM Account WHERE Phone = 'peer'")["totalSize"], 0)
    check_error(
        "collection: 201 records", SalesforceMalformedRequest, 400, "EXCEEDED_ID_LIMIT",
        call, "POST", records=[account(Name="x")] * 201,
    )  # fmt: skip


def faults(sf, url):
    def plan(kind, count=1, moment="before", **fault):
        body = {"next": {"count": count, "moment": moment, "fault": {"kind": kind, **fault}}}
        requests.post(f"{url}/sandbox/faults", json=body, timeout=10).raise_for_status()

    def query():
        return sf.query("SELECT Id FROM Airport__c LIMIT 200")

    plan("rate_limited", retry_after=2)
    check_error("fault: 429", SalesforceGeneralError, 429, "REQUEST_LIMIT_EXCEEDED", query)
    plan("request_limit_exceeded")
    check_error("fault: 403", SalesforceRefusedRequest, 403, "REQUEST_LIMIT_EXCEEDED", query)
    plan("unavailable")
    check_error("fault: 503", SalesforceGeneralError, 503, "SERVER_UNAVAILABLE", query)
    for kind, exception in [
        ("reset", requests.exceptions.ConnectionError),
        ("cut_body", requests.exceptions.ChunkedEncodingError),
        ("malformed_json", requests.exceptions.JSONDecodeError),
    ]:
        plan(kind)
        try:
            query()
            check(f"fault: {kind}", "no error", exception.__name__)
        except exception as error:
            check(f"fault: {kind}", isinstance(error, exception), True)
    plan("gzip")
    check("fault: gzip", query()["totalSize"], 200)
    plan("reset", moment="after")
    try:
        sf.Account.create({"Name": "Doubled"})
    except requests.exceptions.ConnectionError:
        pass
    check("fault: reset after the write", sf.query("SELECT Id FROM Account WHERE Name = 'Doubled'")["totalSize"], 1)
    plan("expired_token")
    check_error("fault: 401", SalesforceExpiredSession, 401, "INVALID_SESSION_ID", query)
    report = requests.get(f"{url}/sandbox/faults", timeout=10).json()
    check("fault: all were injected", (report["faults"], report["plans"]), (9, []))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True)
    arguments = parser.parse_args()
    sf = connect(arguments.url)
    describing(sf)
    reading(sf)
    writing(sf)
    collections(sf)
    faults(sf, arguments.url)
    sys.exit(1 if checks.failures else 0)


if __name__ == "__main__":
    main()
