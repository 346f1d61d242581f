#!/usr/bin/env python3
"""Measures `cargo appflow local`: from its start to a response, describe calls a second with the
endpoint on one core, and its memory when it is idle. A release build gives the figures.

    python speed.py --appflow target/release/cargo-appflow"""

import argparse
import http.client
import os
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse

from endpoint import Endpoint, folder, profile, registration, running, to_s3

ROUNDS = 9
CALLS = 5000


def start(program):
    """Milliseconds from the start of the process to a response of the health path, in a new folder."""
    with folder() as data:
        begin = time.monotonic()
        endpoint = Endpoint(program, ["--data-dir", os.path.join(data, "state")])
        host = urllib.parse.urlsplit(endpoint.url).netloc
        connection = http.client.HTTPConnection(host)
        connection.request("GET", "/_appflow-local/health")
        connection.getresponse().read()
        seconds = time.monotonic() - begin
        memory = resident(endpoint.process.pid)
        endpoint.stop()
    return seconds * 1000, memory


def resident(pid):
    """The largest resident memory of a process and its children, in MB: the command has guards."""
    def of(pid):
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            lines = [line for line in status if line.startswith("VmRSS")]
        return int(lines[0].split()[1]) / 1024 if lines else 0

    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    return max([of(pid), *[resident(int(child)) for child in children]])


def pids(pid):
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    return [pid, *[other for child in children for other in pids(int(child))]]


def describe(host, count):
    connection = http.client.HTTPConnection(host)
    for _ in range(count):
        connection.request("POST", "/describe-flow", '{"flowName": "measured"}')
        connection.getresponse().read()


def rate(program):
    with running(program) as endpoint:
        client = endpoint.client()
        client.register_connector(**registration())
        client.create_connector_profile(**profile("prod"))
        endpoint.client("s3").create_bucket(Bucket="checks")
        client.create_flow(**to_s3("measured", "prod"))
        for pid in pids(endpoint.process.pid):
            subprocess.run(["taskset", "-a", "-p", "1", str(pid)], check=True, capture_output=True)
        subprocess.run(["taskset", "-a", "-p", "2", str(os.getpid())], check=True, capture_output=True)
        host = urllib.parse.urlsplit(endpoint.url).netloc
        describe(host, 200)
        threads = [threading.Thread(target=describe, args=(host, CALLS // 4)) for _ in range(4)]
        begin = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return CALLS / (time.monotonic() - begin)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--appflow", required=True, help="the program cargo-appflow")
    program = os.path.abspath(parser.parse_args().appflow)
    starts = [start(program) for _ in range(ROUNDS)]
    print(f"start to a response: {statistics.median(ms for ms, _ in starts):.1f} ms")
    print(f"memory, idle: {statistics.median(memory for _, memory in starts):.1f} MB")
    print(f"describe calls: {rate(program):.0f} a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
