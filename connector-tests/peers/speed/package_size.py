#!/usr/bin/env python3
"""Prints the size in bytes of the zip file that is uploaded to Lambda.

    python package_size.py program target/release/salesforce-connector   # ours: the program, named bootstrap
    python package_size.py python                                        # the official Python example: its pip packages
    python package_size.py java java/target                              # classes, and lib/ with the jars

What Lambda's runtimes provide is not counted: boto3 with its dependencies, awslambdaric, the JARs
in java/target/runtime. Python bytecode is not counted either."""

import io
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

# The example imports these, and neither declares a dependency. Lambda's runtime provides the
# others: boto3, urllib3 and dateutil.
PYTHON = ["custom-connector-sdk", "antlr4-python3-runtime"]


def program(path):
    yield "bootstrap", path


def python():
    for name in PYTHON:
        for file in distribution(name).files:
            if ".." not in file.parts and file.suffix != ".pyc":
                yield str(file), file.locate()


def java(target):
    for file in sorted(Path(target, "classes").rglob("Connector*.class")):
        yield file.name, file
    for file in sorted(Path(target, "lib").glob("*.jar")):
        yield f"lib/{file.name}", file


def main():
    kind, *arguments = sys.argv[1:]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as package:
        for name, path in {"program": program, "python": python, "java": java}[kind](*arguments):
            package.write(path, name)
    print(len(archive.getvalue()))


if __name__ == "__main__":
    main()
