#!/usr/bin/env python3
"""Sends wrong requests to every operation of AppFlow: made from the model and then damaged, and
random ones. Each response must have the form of an AWS error; none may be an internal error, and
none may be missing.

    python fuzz.py --appflow target/debug/cargo-appflow --count 100000 [--seed 1]"""

import argparse
import collections
import copy
import http.client
import json
import os
import random
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

import shapes  # noqa: E402
from endpoint import profile, registration, running, to_s3  # noqa: E402

THREADS = 16
KNOWN = {
    "ValidationException", "ResourceNotFoundException", "ConflictException", "AccessDeniedException",
    "ServiceQuotaExceededException", "UnsupportedOperationException", "ConnectorServerException",
    "ConnectorAuthenticationException", "ThrottlingException", "SerializationException",
    "UnknownOperationException", "RequestEntityTooLargeException",
}
SCOPE = "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/appflow/aws4_request, SignedHeaders=host, Signature=0"
ODD = [
    None, True, False, 0, -1, 2**63, 2**64, 1e308, 0.1, "", "a", "ab", "two words", "\x00", "\U0001f600", "é" * 300,
    "x" * 5000, [], {}, [None], {"": None}, [[[]]], "null", "arn:aws:appflow:us-east-1:123456789012:flow/a",
    "(?!", "../..", "%00", "{{x}}", "' OR 1=1 --",
]


def damaged(random, value):
    """One change somewhere in a value."""
    if isinstance(value, dict) and value and random.random() < 0.8:
        key = random.choice(list(value))
        if random.random() < 0.15:
            del value[key]
        elif random.random() < 0.1:
            value[random.choice(["", "flowName", "unknown", "x" * 300, "\x01"])] = random.choice(ODD)
        else:
            value[key] = damaged(random, value[key])
        return value
    if isinstance(value, list) and value and random.random() < 0.7:
        index = random.randrange(len(value))
        if random.random() < 0.1:
            value.append(copy.deepcopy(value[index]))
        else:
            value[index] = damaged(random, value[index])
        return value
    same = [odd for odd in ODD if type(odd) is type(value)]
    return copy.deepcopy(random.choice(same if same and random.random() < 0.7 else ODD))


def body_of(random, seeds):
    kind = random.random()
    if kind < 0.06:
        return random.randbytes(random.randrange(200))
    if kind < 0.1:
        deep = random.choice([10, 100, 200, 5000])
        return ("[" * deep + "]" * deep if random.random() < 0.5 else '{"a":' * deep + "1" + "}" * deep).encode()
    value = copy.deepcopy(random.choice(seeds))
    for _ in range(random.randrange(1, 5)):
        value = damaged(random, value)
    text = json.dumps(value, ensure_ascii=random.random() < 0.5)
    if random.random() < 0.05:
        text = text[: random.randrange(len(text) + 1)]
    return text.encode("utf-8", "surrogatepass")


class Fuzzer:
    def __init__(self, url, count, seed):
        self.host = urllib.parse.urlsplit(url).netloc
        self.left = iter(range(count))
        self.lock = threading.Lock()
        self.seen = collections.Counter()
        self.problems = []
        self.seed = seed
        model = shapes.service_model()
        self.operations = []
        for name in model.operation_names:
            operation = model.operation_model(name)
            seeds = [make(operation.input_shape) for make in (shapes.smallest, shapes.largest)]
            seeds += {
                "CreateFlow": [to_s3("fuzzed", "prod")],
                "UpdateFlow": [to_s3("seed", "prod")],
                "CreateConnectorProfile": [profile("fuzzed")],
                "UpdateConnectorProfile": [profile("prod")],
                "RegisterConnector": [registration("fuzzed")],
            }.get(name, [{**seeds[0], "flowName": "seed"}])
            self.operations.append((name, operation.http["method"], operation.http["requestUri"], seeds))

    def run(self, number):
        connection = http.client.HTTPConnection(self.host, timeout=60)
        while True:
            with self.lock:
                index = next(self.left, None)
            if index is None:
                return
            source = random.Random(f"{self.seed} {index}")
            name, method, path, seeds = source.choice(self.operations)
            if "{" in path:
                arn = source.choice(["arn:aws:appflow:us-east-1:123456789012:flow/seed", "x", "é", "a/b", "%ff", ""])
                path = f"/tags/{urllib.parse.quote(arn, safe='%' if '%' in arn else '')}"
                if method == "DELETE":
                    path += "?" + "&".join("tagKeys=" + urllib.parse.quote(str(source.choice(ODD))) for _ in range(source.randrange(4)))
            body = body_of(source, seeds)
            try:
                connection.request(method, path, body, {"Authorization": SCOPE, "Content-Type": "application/json"})
                response = connection.getresponse()
                text = response.read()
                problem = self.problem(response, text)
            except (OSError, http.client.HTTPException) as error:
                problem = f"no response: {type(error).__name__} {error}"
                connection.close()
            if problem:
                with self.lock:
                    self.problems.append((index, name, path, body[:300], problem))

    def problem(self, response, text):
        code = response.headers.get("x-amzn-ErrorType", "")
        with self.lock:
            self.seen[code or "success"] += 1
        try:
            value = json.loads(text)
        except ValueError:
            return f"{response.status}, not JSON: {text[:200]}"
        if response.status == 200:
            return None if isinstance(value, dict) and not code else f"an error with status 200: {code}"
        if response.status >= 500 or code not in KNOWN:
            return f"{response.status} {code} {text[:400]}"
        return None if isinstance(value.get("message"), str) else f"{response.status} {code} without a message"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--appflow", required=True, help="the program cargo-appflow")
    parser.add_argument("--count", type=int, default=100_000, help="how many requests; default 100000")
    parser.add_argument("--seed", type=int, default=1, help="other requests for another number; default 1")
    options = parser.parse_args()
    start = time.monotonic()
    with running(os.path.abspath(options.appflow)) as endpoint:
        client = endpoint.client()
        client.register_connector(**registration())
        client.create_connector_profile(**profile("prod"))
        endpoint.client("s3").create_bucket(Bucket="checks")
        client.create_flow(**to_s3("seed", "prod"))
        fuzzer = Fuzzer(endpoint.url, options.count, options.seed)
        threads = [threading.Thread(target=fuzzer.run, args=(n,)) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        alive = client.list_flows(maxResults=1)["ResponseMetadata"]["HTTPStatusCode"] == 200
    seconds = time.monotonic() - start
    for code, number in fuzzer.seen.most_common():
        print(f"{number:8} {code}")
    for problem in fuzzer.problems[:20]:
        print("DIFFERS", problem)
    print(f"{options.count} requests in {seconds:.0f} s, {len(fuzzer.problems)} wrong responses")
    return 0 if alive and not fuzzer.problems else 1


if __name__ == "__main__":
    sys.exit(main())
