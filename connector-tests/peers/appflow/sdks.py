#!/usr/bin/env python3
"""Runs the AWS SDKs for JavaScript, Go, Java 2 and Rust against `cargo appflow local`, unmodified:
register, connect, list, describe, delete; the Rust program calls every operation. An SDK whose tools
are not installed is skipped.

    python sdks.py --appflow target/debug/cargo-appflow [--only rust] [--target target]"""

import argparse
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import checks  # noqa: E402
from checks import check  # noqa: E402

from endpoint import FUNCTION_ARN, HERE, running  # noqa: E402

EXPECTED = [
    "connector Checked",
    "entities Airport,Airline",
    "fields id,name",
    "created true",
    "error true Connector:",
]
RUST = [
    "connector Checked",
    "entities Airport,Airline",
    "fields id,name",
    "started true",
    "run Some(Successful)",
    "error true",
    "every response was read",
]


def build(command, folder, **variables):
    environment = {**os.environ, **variables}
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=sys.stderr)


def prepare(name, folder, target):
    """Builds a program and returns its command."""
    if name == "js":
        build(["npm", "install", "--silent", "--no-audit", "--no-fund"], folder)
        return ["node", "main.js"]
    if name == "go":
        program = os.path.join(target, "appflow-peer-go")
        build(["go", "mod", "tidy"], folder, GOFLAGS="-mod=mod")
        build(["go", "build", "-o", program, "."], folder, GOFLAGS="-mod=mod")
        return [program]
    if name == "java":
        build(["mvn", "--quiet", "--batch-mode", "compile"], folder)
        return ["java", "-cp", "target/classes:target/lib/*", "Main"]
    build(["cargo", "build", "--quiet"], folder, CARGO_TARGET_DIR=target)
    return [os.path.join(target, "debug", "appflow-peer")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--appflow", required=True, help="the program cargo-appflow")
    parser.add_argument("--only", help="js, go, java or rust")
    parser.add_argument("--target", default="target", help="the target directory of Cargo")
    options = parser.parse_args()
    tools = {"js": "npm", "go": "go", "java": "mvn", "rust": "cargo"}
    with running(os.path.abspath(options.appflow)) as endpoint:
        endpoint.client("s3").create_bucket(Bucket="checks")
        for name, tool in tools.items():
            if options.only not in (None, name):
                continue
            if shutil.which(tool) is None:
                print(f"SKIPPED: the AWS SDK for {name} needs `{tool}`, which is not installed")
                continue
            command = prepare(name, os.path.join(HERE, "sdk", name), os.path.abspath(options.target))
            run = subprocess.run(
                [*command, FUNCTION_ARN],
                cwd=os.path.join(HERE, "sdk", name),
                env={**os.environ, "AWS_ENDPOINT_URL": endpoint.url},
                capture_output=True, text=True, timeout=300,
            )
            lines = [line for line in run.stdout.splitlines() if line.strip()]
            check(f"{name}: exit code", (run.returncode, run.stderr[-500:] if run.returncode else ""), (0, ""))
            check(f"{name}: output", lines, RUST if name == "rust" else EXPECTED)
    print(f"{checks.failures} differences" if checks.failures else "no difference")
    return 1 if checks.failures else 0


if __name__ == "__main__":
    sys.exit(main())
