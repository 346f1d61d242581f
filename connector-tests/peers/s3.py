#!/usr/bin/env python3
"""Runs boto3 and the AWS CLI against an S3 endpoint.

    python s3.py --endpoint http://127.0.0.1:4566 [--large MIB] [--keys COUNT]

Needs boto3, awscli and requests in this Python's environment. Prints one line per check and exits
with 1 if one fails. The buckets are new, and are deleted at the end.

--large: the size of an object that is uploaded in parts and read, in MiB. --keys: how many keys are
listed in pages; how long the slowest page took is printed."""

import argparse
import base64
import hashlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import boto3
import requests
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

import checks
from checks import check
from environment import AWS_ENVIRONMENT

MIB = 1024 * 1024
PREFIX = f"peers-{uuid.uuid4().hex[:8]}"


def client(endpoint, **config):
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
        config=Config(retries={"max_attempts": 1}, **config),
    )


def check_error(name, code, status, call, **arguments):
    try:
        response = call(**arguments)
    except ClientError as error:
        found = error.response["Error"]["Code"]
        check(name, (found, error.response["ResponseMetadata"]["HTTPStatusCode"]), (code, status))
    else:
        check(name, response, code)


def buckets(s3):
    name = f"{PREFIX}-buckets"
    check("create", s3.create_bucket(Bucket=name)["Location"], f"/{name}")
    check("create again, in us-east-1", "Location" in s3.create_bucket(Bucket=name), True)
    check("head", s3.head_bucket(Bucket=name)["BucketRegion"], "us-east-1")
    check("location", s3.get_bucket_location(Bucket=name)["LocationConstraint"], None)
    listed = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    check("list", name in listed, True)
    check_error("no such bucket", "404", 404, s3.head_bucket, Bucket=f"{PREFIX}-none")
    check_error(
        "objects of no bucket", "NoSuchBucket", 404, s3.list_objects_v2, Bucket=f"{PREFIX}-none"
    )
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    check_error("no policy", "NoSuchBucketPolicy", 404, s3.get_bucket_policy, Bucket=name)
    s3.put_bucket_policy(Bucket=name, Policy=policy)
    check("policy", s3.get_bucket_policy(Bucket=name)["Policy"], policy)
    s3.delete_bucket_policy(Bucket=name)
    check_error("policy deleted", "NoSuchBucketPolicy", 404, s3.get_bucket_policy, Bucket=name)
    check_error(
        "policy that is no JSON", "MalformedPolicy", 400, s3.put_bucket_policy, Bucket=name,
        Policy="{",
    )
    check_error("no tags", "NoSuchTagSet", 404, s3.get_bucket_tagging, Bucket=name)
    tags = [{"Key": "team", "Value": "crm"}]
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tags})
    check("bucket tags", s3.get_bucket_tagging(Bucket=name)["TagSet"], tags)
    s3.put_object(Bucket=name, Key="k", Body=b"")
    check_error("not empty", "BucketNotEmpty", 409, s3.delete_bucket, Bucket=name)
    s3.delete_object(Bucket=name, Key="k")
    s3.delete_bucket(Bucket=name)
    check_error("deleted", "404", 404, s3.head_bucket, Bucket=name)
    other = f"{PREFIX}-west"
    s3.create_bucket(Bucket=other, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    location = s3.get_bucket_location(Bucket=other)["LocationConstraint"]
    check("location of another region", location, "eu-west-1")
    s3.delete_bucket(Bucket=other)


def objects(s3, bucket):
    body = b"iata,name\nATL,Atlanta\n"
    put = s3.put_object(
        Bucket=bucket, Key="airports.csv", Body=body, ContentType="text/csv",
        CacheControl="no-store", ContentDisposition="inline", ContentLanguage="en",
        Metadata={"origin": "peers", "second": "2"}, Tagging="a=1&b=two%20words",
    )
    etag = f'"{hashlib.md5(body).hexdigest()}"'
    check("put: ETag is the MD5", put["ETag"], etag)
    got = s3.get_object(Bucket=bucket, Key="airports.csv")
    check("get: bytes", got["Body"].read(), body)
    check("get: type", got["ContentType"], "text/csv")
    check("get: metadata", got["Metadata"], {"origin": "peers", "second": "2"})
    check(
        "get: headers",
        [got[name] for name in ["CacheControl", "ContentDisposition", "ContentLanguage", "ETag"]],
        ["no-store", "inline", "en", etag],
    )
    check("get: tags counted", got["TagCount"], 2)
    head = s3.head_object(Bucket=bucket, Key="airports.csv")
    check("head", (head["ContentLength"], head["ETag"]), (len(body), etag))
    tags = s3.get_object_tagging(Bucket=bucket, Key="airports.csv")["TagSet"]
    check("tags", tags, [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "two words"}])

    def ranged(value):
        got = s3.get_object(Bucket=bucket, Key="airports.csv", Range=value)
        return got["Body"].read(), got.get("ContentRange")

    size = len(body)
    check("range", ranged("bytes=0-3"), (body[:4], f"bytes 0-3/{size}"))
    check("range to the end", ranged("bytes=10-"), (body[10:], f"bytes 10-{size - 1}/{size}"))
    check("the last bytes", ranged("bytes=-5"), (body[-5:], f"bytes {size - 5}-{size - 1}/{size}"))
    check("range beyond the end", ranged("bytes=4-999")[0], body[4:])
    check("several ranges: all", ranged("bytes=0-1,3-4"), (body, None))
    check_error(
        "range that no byte is in", "InvalidRange", 416, s3.get_object, Bucket=bucket,
        Key="airports.csv", Range="bytes=999-",
    )

    get = {"Bucket": bucket, "Key": "airports.csv"}
    check_error("If-None-Match", "304", 304, s3.get_object, **get, IfNoneMatch=etag)
    check_error("If-Match", "PreconditionFailed", 412, s3.get_object, **get, IfMatch='"other"')
    late = got["LastModified"]
    check_error("If-Modified-Since", "304", 304, s3.get_object, **get, IfModifiedSince=late)
    check("If-Unmodified-Since", "Body" in s3.get_object(**get, IfUnmodifiedSince=late), True)
    check_error("head: If-Match", "412", 412, s3.head_object, **get, IfMatch='"other"')

    put = {"Bucket": bucket, "Key": "airports.csv", "Body": b"new"}
    check_error("put if absent", "PreconditionFailed", 412, s3.put_object, **put, IfNoneMatch="*")
    check_error("put if match", "PreconditionFailed", 412, s3.put_object, **put, IfMatch='"x"')
    check("put if match: done", "ETag" in s3.put_object(**put, IfMatch=etag), True)
    check_error(
        "put if match: no object", "NoSuchKey", 404, s3.put_object, Bucket=bucket, Key="none",
        Body=b"", IfMatch='"x"',
    )
    check_error("get: no object", "NoSuchKey", 404, s3.get_object, Bucket=bucket, Key="none")
    check_error("head: no object", "404", 404, s3.head_object, Bucket=bucket, Key="none")
    deleted = s3.delete_object(Bucket=bucket, Key="none")
    check("delete: no object", deleted["ResponseMetadata"]["HTTPStatusCode"], 204)

    overridden = s3.get_object(
        **get, ResponseContentType="application/json", ResponseCacheControl="max-age=1"
    )
    check(
        "overridden headers",
        (overridden["ContentType"], overridden["CacheControl"]),
        ("application/json", "max-age=1"),
    )
    s3.put_object(Bucket=bucket, Key="default")
    default = s3.head_object(Bucket=bucket, Key="default")
    check("the default type", default["ContentType"], "binary/octet-stream")
    check_error(
        "metadata of more than 2 KB", "MetadataTooLarge", 400, s3.put_object, Bucket=bucket,
        Key="k", Metadata={"m": "x" * 2048},
    )


def keys(s3, bucket):
    names = [
        "a", "a/b", "a//b", "/leading", "trailing/", "..", "../up", ".", "with space", "plus+plus",
        "percent%25", "ümläut/日本語", "emoji-😀", "q?x=1&y=2#z", "quote'\"<>&", "k" * 1024,
        "é" * 512, "tab\tnew\nline", "carriage\rreturn", "\u0001control",
    ]
    for name in names:
        s3.put_object(Bucket=bucket, Key=name, Body=name.encode())
    for name in names:
        got = s3.get_object(Bucket=bucket, Key=name)["Body"].read()
        check(f"key {name[:20]!r}", got, name.encode())
    listed = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    check("listed in the order of bytes", listed, sorted(names, key=str.encode))
    check_error(
        "a key of 1025 bytes", "KeyTooLongError", 400, s3.put_object, Bucket=bucket, Key="k" * 1025,
        Body=b"",
    )
    # XML has no such character: a response that repeats it cannot be read.
    s3.delete_object(Bucket=bucket, Key=names.pop())
    objects = [{"Key": name} for name in names]
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    check("delete many", len(deleted["Deleted"]), len(names))
    check("nothing is left", "Contents" in s3.list_objects_v2(Bucket=bucket), False)


def listings(s3, bucket):
    names = [f"{year}/{month:02}/{day}" for year in (2024, 2025) for month in (1, 2) for day in "ab"]
    names += ["root", "zebra", "2024", "2024-x"]
    for name in names:
        s3.put_object(Bucket=bucket, Key=name, Body=b"1")

    def page(**arguments):
        found = s3.list_objects_v2(Bucket=bucket, **arguments)
        return (
            [item["Key"] for item in found.get("Contents", [])],
            [item["Prefix"] for item in found.get("CommonPrefixes", [])],
        )

    check("prefix", page(Prefix="2025/"), ([n for n in names if n.startswith("2025/")], []))
    check(
        "delimiter",
        page(Delimiter="/"),
        (["2024", "2024-x", "root", "zebra"], ["2024/", "2025/"]),
    )
    check(
        "prefix and delimiter", page(Prefix="2024/", Delimiter="/"), ([], ["2024/01/", "2024/02/"])
    )
    check("start after", page(StartAfter="root"), (["zebra"], []))
    for version in ("list_objects", "list_objects_v2"):
        for delimiter in ("", "/"):
            for size in (1, 2, 3, 1000):
                pages = s3.get_paginator(version).paginate(
                    Bucket=bucket, Delimiter=delimiter, PaginationConfig={"PageSize": size}
                )
                found = []
                for one in pages:
                    found += [item["Key"] for item in one.get("Contents", [])]
                    found += [item["Prefix"] for item in one.get("CommonPrefixes", [])]
                expected = sorted(names) if not delimiter else sorted(
                    {n.split("/")[0] + "/" if "/" in n else n for n in names}
                )
                label = f"{version}, delimiter {delimiter!r}, pages of {size}"
                check(label, sorted(found), expected)
    empty = s3.list_objects_v2(Bucket=bucket, MaxKeys=0)
    check("no keys wanted", (empty["KeyCount"], empty["IsTruncated"]), (0, False))
    check_error(
        "an unknown token", "InvalidArgument", 400, s3.list_objects_v2, Bucket=bucket,
        ContinuationToken="%%%",
    )
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": n} for n in names], "Quiet": True})


def copies(s3, bucket):
    s3.put_object(Bucket=bucket, Key="from é+ %", Body=b"copied", Metadata={"a": "1"})
    source = {"Bucket": bucket, "Key": "from é+ %"}
    copied = s3.copy_object(Bucket=bucket, Key="to", CopySource=source)
    etag = copied["CopyObjectResult"]["ETag"]
    check("copy", etag, f'"{hashlib.md5(b"copied").hexdigest()}"')
    head = s3.head_object(Bucket=bucket, Key="to")
    check("copy: metadata", head["Metadata"], {"a": "1"})
    s3.copy_object(
        Bucket=bucket, Key="to", CopySource=source, MetadataDirective="REPLACE",
        Metadata={"b": "2"}, ContentType="text/plain",
    )
    head = s3.head_object(Bucket=bucket, Key="to")
    check("copy: other metadata", (head["Metadata"], head["ContentType"]), ({"b": "2"}, "text/plain"))
    check_error("copy onto itself", "InvalidRequest", 400, s3.copy_object, Bucket=bucket,
                Key="from é+ %", CopySource=source)
    check_error("copy of nothing", "NoSuchKey", 404, s3.copy_object, Bucket=bucket, Key="to",
                CopySource={"Bucket": bucket, "Key": "none"})
    check_error("copy if match", "PreconditionFailed", 412, s3.copy_object, Bucket=bucket, Key="to",
                CopySource=source, CopySourceIfMatch='"x"')


def checksums(s3, endpoint, bucket):
    body = b"123456789"
    expected = {
        "CRC32": "y/Q5Jg==", "CRC32C": "4waSgw==", "CRC64NVME": "rosUhgp5mIg=",
        "SHA1": base64.b64encode(hashlib.sha1(body).digest()).decode(),
        "SHA256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
    }
    for algorithm, value in expected.items():
        member = f"Checksum{algorithm}"
        if algorithm in ("CRC32", "SHA1", "SHA256"):
            # Without awscrt, boto3 computes these only. A stream is sent in chunks with a trailer.
            s3.put_object(Bucket=bucket, Key="sum", Body=io.BytesIO(body), ChecksumAlgorithm=algorithm)
        else:
            s3.put_object(Bucket=bucket, Key="sum", Body=body, **{member: value})
        head = s3.head_object(Bucket=bucket, Key="sum", ChecksumMode="ENABLED")
        check(f"{algorithm} is kept", (head[member], head["ChecksumType"]), (value, "FULL_OBJECT"))
        wrong = base64.b64encode(bytes(len(base64.b64decode(value)))).decode()
        check_error(f"a wrong {algorithm}", "BadDigest", 400, s3.put_object, Bucket=bucket,
                    Key="wrong", Body=body, **{member: wrong})
    check_error("a wrong MD5", "BadDigest", 400, s3.put_object, Bucket=bucket, Key="wrong",
                Body=body, ContentMD5=base64.b64encode(bytes(16)).decode())
    check_error("an invalid MD5", "InvalidDigest", 400, s3.put_object, Bucket=bucket, Key="wrong",
                Body=body, ContentMD5="abc")
    check_error("nothing was stored", "404", 404, s3.head_object, Bucket=bucket, Key="wrong")

    chunked = (b"4;chunk-signature=" + b"0" * 64 + b"\r\n1234\r\n5;chunk-signature=" + b"0" * 64
               + b"\r\n56789\r\n0;chunk-signature=" + b"0" * 64 + b"\r\n")
    for name, kind, trailer, status in (
        ("signed chunks", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", b"", 200),
        ("chunks with a trailer", "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
         b"x-amz-checksum-crc64nvme:rosUhgp5mIg=\r\n", 200),
        ("chunks with a wrong trailer", "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
         b"x-amz-checksum-crc64nvme:AAAAAAAAAAA=\r\n", 400),
        ("chunks without their trailer", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", b"", 400),
    ):
        headers = {"x-amz-content-sha256": kind, "x-amz-decoded-content-length": "9",
                   "content-encoding": "aws-chunked,gzip"}
        if "TRAILER" in kind:
            headers["x-amz-trailer"] = "x-amz-checksum-crc64nvme"
        sent = requests.put(f"{endpoint}/{bucket}/chunked", data=chunked + trailer + b"\r\n",
                            headers=headers, timeout=10)
        check(name, sent.status_code, status)
    got = s3.get_object(Bucket=bucket, Key="chunked")
    check("decoded", (got["Body"].read(), got["ContentEncoding"]), (body, "gzip"))
    sent = requests.put(f"{endpoint}/{bucket}/sha", data=b"1", timeout=10,
                        headers={"x-amz-content-sha256": hashlib.sha256(b"2").hexdigest()})
    check("a wrong SHA-256 of the body", "XAmzContentSHA256Mismatch" in sent.text, True)


def presigned(s3, endpoint, bucket):
    for version in ("s3", "s3v4"):
        signer = client(endpoint, signature_version=version)
        arguments = {"Bucket": bucket, "Key": "pre signed+"}
        url = signer.generate_presigned_url("put_object", Params=arguments)
        sent = requests.put(url, data=version.encode(), timeout=10)
        check(f"presigned put, {version}", sent.status_code, 200)
        url = signer.generate_presigned_url("get_object", Params=arguments)
        check(f"presigned get, {version}", requests.get(url, timeout=10).text, version)
        url = signer.generate_presigned_url("get_object", Params=arguments, ExpiresIn=1)
        time.sleep(2.1)
        late = requests.get(url, timeout=10)
        check(f"presigned, too late, {version}", (late.status_code, "AccessDenied" in late.text), (403, True))
    port = endpoint.rsplit(":", 1)[1]
    hosted = requests.get(endpoint + "/pre%20signed%2B", timeout=10,
                          headers={"Host": f"{bucket}.localhost:{port}"})
    check("the bucket in the Host header", hosted.text, "s3v4")


def multipart(s3, bucket):
    key = "in parts"
    parts = [b"a" * (5 * MIB), b"b" * (6 * MIB), b"c"]
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, Metadata={"m": "1"})["UploadId"]
    where = {"Bucket": bucket, "Key": key, "UploadId": upload}
    done = []
    for number, part in enumerate(parts, 1):
        etag = s3.upload_part(**where, PartNumber=number, Body=part)["ETag"]
        done.append({"PartNumber": number, "ETag": etag})
    s3.upload_part(**where, PartNumber=9, Body=b"not used")
    check_error("not yet an object", "404", 404, s3.head_object, Bucket=bucket, Key=key)
    listed = s3.list_parts(**where)["Parts"]
    check("parts", [part["PartNumber"] for part in listed], [1, 2, 3, 9])
    few = s3.list_parts(**where, MaxParts=2)
    check("parts in pages", (few["IsTruncated"], few["NextPartNumberMarker"]), (True, 2))
    uploads = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    check("uploads", [(item["Key"], item["UploadId"]) for item in uploads], [(key, upload)])

    def complete(parts):
        return s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})

    wrong = [{**done[0], "ETag": '"0"'}]
    check_error("a wrong ETag", "InvalidPart", 400, complete, parts=wrong)
    check_error("a wrong order", "InvalidPartOrder", 400, complete, parts=done[::-1])
    check_error("a missing part", "InvalidPart", 400, complete,
                parts=done + [{"PartNumber": 4, "ETag": '"0"'}])
    check_error("a small part", "EntityTooSmall", 400, complete,
                parts=[done[2], {**done[2], "PartNumber": 9,
                                 "ETag": f'"{hashlib.md5(b"not used").hexdigest()}"'}])
    completed = complete(done)
    digest = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest()
    check("complete", completed["ETag"], f'"{digest}-3"')
    whole = b"".join(parts)
    got = s3.get_object(Bucket=bucket, Key=key)
    check("in parts: bytes", hashlib.md5(got["Body"].read()).hexdigest(), hashlib.md5(whole).hexdigest())
    check("in parts: metadata", got["Metadata"], {"m": "1"})
    middle = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes={5 * MIB - 2}-{5 * MIB + 1}")
    check("a range over two parts", middle["Body"].read(), b"aabb")
    second = s3.get_object(Bucket=bucket, Key=key, PartNumber=2)
    check("one part", (second["ContentLength"], second["PartsCount"]), (6 * MIB, 3))
    check_error("complete again", "NoSuchUpload", 404, complete, parts=done)
    check("no uploads", "Uploads" in s3.list_multipart_uploads(Bucket=bucket), False)

    upload = s3.create_multipart_upload(Bucket=bucket, Key="aborted")["UploadId"]
    where = {"Bucket": bucket, "Key": "aborted", "UploadId": upload}
    s3.upload_part(**where, PartNumber=1, Body=b"1")
    s3.abort_multipart_upload(**where)
    check_error("aborted", "NoSuchUpload", 404, s3.upload_part, **where, PartNumber=2, Body=b"2")

    upload = s3.create_multipart_upload(Bucket=bucket, Key="copied")["UploadId"]
    where = {"Bucket": bucket, "Key": "copied", "UploadId": upload}
    source = {"Bucket": bucket, "Key": key}
    ranges = [f"bytes=0-{5 * MIB - 1}", f"bytes={5 * MIB}-{11 * MIB}"]
    done = []
    for number, bytes_range in enumerate(ranges, 1):
        copied = s3.upload_part_copy(**where, PartNumber=number, CopySource=source,
                                     CopySourceRange=bytes_range)
        done.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": done})
    got = s3.get_object(Bucket=bucket, Key="copied")["Body"].read()
    check("parts copied", hashlib.md5(got).hexdigest(), hashlib.md5(whole).hexdigest())

    for algorithm, kind in (("CRC32", "COMPOSITE"), ("CRC32", "FULL_OBJECT"), ("SHA256", "COMPOSITE")):
        upload = s3.create_multipart_upload(Bucket=bucket, Key="sums", ChecksumAlgorithm=algorithm,
                                            ChecksumType=kind)["UploadId"]
        where = {"Bucket": bucket, "Key": "sums", "UploadId": upload}
        done = []
        for number, part in enumerate(parts, 1):
            sent = s3.upload_part(**where, PartNumber=number, Body=part, ChecksumAlgorithm=algorithm)
            member = f"Checksum{algorithm}"
            done.append({"PartNumber": number, "ETag": sent["ETag"], member: sent[member]})
        completed = s3.complete_multipart_upload(**where, MultipartUpload={"Parts": done})
        if kind == "COMPOSITE":
            joined = b"".join(base64.b64decode(part[member]) for part in done)
            expected = f"{digest_of(algorithm, joined)}-3"
        else:
            expected = digest_of(algorithm, whole)
        check(f"{algorithm} {kind} of parts", (completed[member], completed["ChecksumType"]), (expected, kind))

    with tempfile.NamedTemporaryFile() as file:
        file.write(os.urandom(40 * MIB))
        file.flush()
        config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB, max_concurrency=8)
        s3.upload_file(file.name, bucket, "threads", Config=config)
        with tempfile.NamedTemporaryFile() as back:
            s3.download_file(bucket, "threads", back.name, Config=config)
            file.seek(0)
            # The download replaces the file.
            with open(back.name, "rb") as replaced:
                check("threads", digest_of_file(replaced), digest_of_file(file))


def digest_of(algorithm, data):
    if algorithm == "CRC32":
        import zlib

        value = zlib.crc32(data).to_bytes(4, "big")
    else:
        value = hashlib.new(algorithm.lower(), data).digest()
    return base64.b64encode(value).decode()


def digest_of_file(file):
    file.seek(0)
    return hashlib.file_digest(file, "md5").hexdigest()


def cli(endpoint, bucket):
    environment = {**os.environ, **AWS_ENVIRONMENT, "AWS_ENDPOINT_URL": endpoint}

    def aws(*arguments, ok=True):
        ran = subprocess.run(["aws", *arguments], env=environment, capture_output=True, text=True)
        if ok and ran.returncode:
            check(f"aws {' '.join(arguments)}", ran.stderr, "")
        return ran.stdout

    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "source")
        os.makedirs(os.path.join(source, "nested/deep"))
        files = {"one.txt": b"1", "nested/two.txt": b"2" * 70000, "nested/deep/large.bin": os.urandom(20 * MIB)}
        for name, content in files.items():
            with open(os.path.join(source, name), "wb") as file:
                file.write(content)
        aws("s3", "sync", source, f"s3://{bucket}/synced")
        listed = aws("s3", "ls", "--recursive", f"s3://{bucket}/synced/")
        sizes = sorted(int(line.split()[2]) for line in listed.splitlines())
        check("aws s3 sync and ls", sizes, sorted(map(len, files.values())))
        check("aws s3 ls: folders", aws("s3", "ls", f"s3://{bucket}/synced/").split()[:2], ["PRE", "nested/"])
        check("aws s3 sync again: nothing to do", aws("s3", "sync", source, f"s3://{bucket}/synced"), "")
        target = os.path.join(folder, "target")
        aws("s3", "sync", f"s3://{bucket}/synced", target)
        for name, content in files.items():
            with open(os.path.join(target, name), "rb") as file:
                check(f"aws s3 sync back: {name}", file.read() == content, True)
        aws("s3", "cp", os.path.join(source, "one.txt"), f"s3://{bucket}/cp é.txt")
        check("aws s3 cp to the terminal", aws("s3", "cp", f"s3://{bucket}/cp é.txt", "-"), "1")
        aws("s3", "mv", f"s3://{bucket}/cp é.txt", f"s3://{bucket}/moved")
        check("aws s3 mv", aws("s3", "cp", f"s3://{bucket}/moved", "-"), "1")
        url = aws("s3", "presign", f"s3://{bucket}/moved").strip()
        check("aws s3 presign", requests.get(url, timeout=10).text, "1")
        aws("s3", "rm", "--recursive", f"s3://{bucket}/")
        check("aws s3 rm", aws("s3", "ls", "--recursive", f"s3://{bucket}/", ok=False), "")
        other = f"{PREFIX}-cli"
        aws("s3", "mb", f"s3://{other}")
        aws("s3", "cp", os.path.join(source, "one.txt"), f"s3://{other}/")
        aws("s3", "rb", "--force", f"s3://{other}")
        check("aws s3 mb and rb", other in aws("s3", "ls"), False)


class Zeros(io.RawIOBase):
    """A file of zeros that takes no memory and no disk."""

    def __init__(self, size):
        self.size, self.position = size, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def tell(self):
        return self.position

    def seek(self, offset, whence=0):
        self.position = offset + {0: 0, 1: self.position, 2: self.size}[whence]
        return self.position

    def readinto(self, buffer):
        count = max(0, min(len(buffer), self.size - self.position))
        buffer[:count] = bytes(count)
        self.position += count
        return count


def large(s3, bucket, mib):
    size = mib * MIB
    config = TransferConfig(multipart_chunksize=64 * MIB, max_concurrency=4)
    started = time.monotonic()
    s3.upload_fileobj(io.BufferedReader(Zeros(size)), bucket, "large", Config=config)
    uploaded = time.monotonic()
    body = s3.get_object(Bucket=bucket, Key="large")["Body"]
    read = sum(len(chunk) for chunk in body.iter_chunks(MIB))
    check(f"{mib} MiB in parts", read, size)
    print(f"        put in {uploaded - started:.1f} s, read in {time.monotonic() - uploaded:.1f} s")


def many(s3, bucket, count):
    def put(numbers):
        for number in numbers:
            s3.put_object(Bucket=bucket, Key=f"many/{number % 500:03}/{number:06}", Body=b"")

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(put, [range(start, count, 16) for start in range(16)]))
    for delimiter, expected in (("", count), ("/", 500)):
        slowest, found, arguments = 0, 0, {"Bucket": bucket, "Prefix": "many/", "Delimiter": delimiter}
        while True:
            started = time.monotonic()
            page = s3.list_objects_v2(**arguments)
            slowest = max(slowest, time.monotonic() - started)
            found += page["KeyCount"]
            if not page["IsTruncated"]:
                break
            arguments["ContinuationToken"] = page["NextContinuationToken"]
        check(f"{count} keys, delimiter {delimiter!r}", found, expected)
        print(f"        the slowest page with boto3: {slowest * 1000:.1f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--endpoint", required=True)
    parser.add_argument("--large", type=int, default=0)
    parser.add_argument("--keys", type=int, default=0)
    arguments = parser.parse_args()
    s3 = client(arguments.endpoint)
    bucket = PREFIX
    buckets(s3)
    s3.create_bucket(Bucket=bucket)
    objects(s3, bucket)
    clear(s3, bucket)
    keys(s3, bucket)
    listings(s3, bucket)
    copies(s3, bucket)
    checksums(s3, arguments.endpoint, bucket)
    presigned(s3, arguments.endpoint, bucket)
    clear(s3, bucket)
    multipart(s3, bucket)
    clear(s3, bucket)
    cli(arguments.endpoint, bucket)
    if arguments.large:
        large(s3, bucket, arguments.large)
    if arguments.keys:
        many(s3, bucket, arguments.keys)
    clear(s3, bucket)
    s3.delete_bucket(Bucket=bucket)
    sys.exit(1 if checks.failures else 0)


def clear(s3, bucket):
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        objects = [{"Key": item["Key"]} for item in page.get("Contents", [])]
        if objects:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})


if __name__ == "__main__":
    main()
