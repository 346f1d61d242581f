#!/usr/bin/env python3
"""Our harness on the official Python SDK's Salesforce example, with the config of our own connector.

    python official_example.py --appflow target/debug/cargo-appflow --sandbox target/debug/salesforce-sandbox

The example runs under AWS's Python runtime, `awslambdaric`. The failed checks must be exactly those
on the guide's page of findings."""

import argparse
import json
import re
import shlex
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import checks
from checks import check

ROOT = Path(__file__).resolve().parents[3]
CONFIG = ROOT / "connector-example" / "test-config.json"
GUIDE = ROOT / "docs" / "src" / "findings.md"
HANDLER = "custom_connector_example.handlers.lambda_handler.salesforce_lambda_handler"
# The example calls login.salesforce.com whatever its settings are. How soon that fails depends on
# the network.
DEPENDS_ON_THE_NETWORK = {"behaviour.deadline-respected"}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def verify(appflow, sandbox):
    """Returns the exit code, the report and the output."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        config, report = Path(folder, "config.json"), Path(folder, "report.json")
        config.write_text(CONFIG.read_text().replace("127.0.0.1:8080", f"127.0.0.1:{port}"))
        command = [appflow, "appflow", "test", "--config", config, "--json", report]
        command += ["--command", shlex.join([sys.executable, "-m", "awslambdaric", HANDLER])]
        command += ["--with", shlex.join([sandbox, "--port", str(port)])]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        report = json.loads(report.read_text()) if report.exists() else None
    return done.returncode, report, done.stdout + done.stderr


def main():
    arguments = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arguments.add_argument("--appflow", required=True, help="the program `cargo-appflow`")
    arguments.add_argument("--sandbox", required=True, help="the program `salesforce-sandbox`")
    options = arguments.parse_args()

    code, report, output = verify(options.appflow, options.sandbox)
    check("the run completes with findings", code, 1)
    if report is None:
        print(output)
        sys.exit(1)
    failed = [made["id"] for made in report["checks"] if made["verdict"] == "failed"]
    described = re.findall(r"^\| `([a-z.-]+)` \|", GUIDE.read_text(), re.MULTILINE)
    found = sorted(set(failed) - DEPENDS_ON_THE_NETWORK)
    check(f"the findings are the guide's {len(described)}", found, sorted(described))
    passed = sum(made["verdict"] == "passed" for made in report["checks"])
    print(
        f"{passed} checks passed, {len(failed)} found something, {report['calls']} calls in {report['seconds']:.1f} s"
    )
    sys.exit(1 if checks.failures else 0)


if __name__ == "__main__":
    main()
