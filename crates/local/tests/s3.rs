//! S3 over HTTP, with the state in memory and on disk.

mod http_client;

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use appflow_local::AppFlowLocal;
use http_client::Response;

const CRC32: &str = "x-amz-checksum-crc32";

/// An endpoint with the bucket `airports`.
struct Endpoint {
    local: AppFlowLocal,
    address: SocketAddr,
}

impl Endpoint {
    async fn start() -> Self {
        Self::with(AppFlowLocal::builder()).await
    }

    async fn on_disk(folder: &Path) -> Self {
        Self::with(AppFlowLocal::builder().data_dir(folder)).await
    }

    async fn with(builder: appflow_local::Builder) -> Self {
        let local = builder.start().await.unwrap();
        let address = local.address();
        let endpoint = Self { local, address };
        assert_eq!(
            endpoint.send("PUT", "/airports", &[], b"").await.status,
            200
        );
        endpoint
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let (address, method, path) = (self.address, method.to_owned(), path.to_owned());
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let headers: Vec<(String, String)> = headers.iter().map(owned).collect();
        let body = body.to_vec();
        let exchange = move || {
            let headers: Vec<(&str, &str)> = headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            http_client::send(address, &method, &path, &headers, &body).unwrap()
        };
        tokio::task::spawn_blocking(exchange).await.unwrap()
    }

    async fn put(&self, key: &str, body: &[u8]) -> Response {
        self.send("PUT", &format!("/airports/{key}"), &[], body)
            .await
    }

    async fn get(&self, key: &str) -> Response {
        self.send("GET", &format!("/airports/{key}"), &[], b"")
            .await
    }

    /// Returns the keys and common prefixes of all pages.
    async fn list(&self, query: &str) -> (Vec<String>, Vec<String>) {
        let (mut keys, mut prefixes, mut token) = (Vec::new(), Vec::new(), String::new());
        loop {
            let path = format!("/airports?list-type=2&{query}{token}");
            let page = self.send("GET", &path, &[], b"").await;
            assert_eq!(page.status, 200, "{page:?}");
            keys.extend(page.elements("Key"));
            let in_prefixes = page.elements("CommonPrefixes");
            prefixes.extend(in_prefixes.iter().map(|element| {
                let text = element.strip_prefix("<Prefix>").unwrap();
                text.strip_suffix("</Prefix>").unwrap().to_owned()
            }));
            match page.elements("NextContinuationToken").first() {
                Some(next) => token = format!("&continuation-token={next}"),
                None => return (keys, prefixes),
            }
        }
    }
}

fn code(response: &Response) -> (u16, String) {
    let code = response.elements("Code").first().cloned();
    (response.status, code.unwrap_or_default())
}

fn expected(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn an_object_is_returned_as_it_was_put() {
    let s3 = Endpoint::start().await;
    let headers = [
        ("content-type", "text/csv"),
        ("x-amz-meta-origin", "test"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/s3/aws4_request",
        ),
    ];
    let put = s3
        .send("PUT", "/airports/a.csv", &headers, b"123456789")
        .await;
    assert_eq!(put.headers["etag"], "\"25f9e794323b453885f5181f1b624d0b\"");
    let got = s3.get("a.csv").await;
    assert_eq!(
        (got.status, got.body.as_slice()),
        (200, b"123456789".as_slice())
    );
    assert_eq!(got.headers["content-type"], "text/csv");
    assert_eq!(got.headers["x-amz-meta-origin"], "test");
    assert_eq!(got.headers["content-length"], "9");
    assert!(!got.headers["x-amz-request-id"].is_empty());

    let part = s3
        .send("GET", "/airports/a.csv", &[("range", "bytes=2-4")], b"")
        .await;
    assert_eq!((part.status, part.text().as_str()), (206, "345"));
    assert_eq!(part.headers["content-range"], "bytes 2-4/9");
    let head = s3
        .send("HEAD", "/airports/a.csv", &[("range", "bytes=2-4")], b"")
        .await;
    assert_eq!(
        (head.status, head.headers["content-length"].as_str()),
        (206, "3")
    );
    let etag = got.headers["etag"].as_str();
    let same = s3
        .send("GET", "/airports/a.csv", &[("if-none-match", etag)], b"")
        .await;
    assert_eq!((same.status, same.body.len()), (304, 0));
    assert_eq!(
        s3.send("DELETE", "/airports/a.csv", &[], b"").await.status,
        204
    );
    assert_eq!(code(&s3.get("a.csv").await), expected(404, "NoSuchKey"));
}

#[tokio::test]
async fn a_bucket_is_in_the_path_or_in_the_host() {
    let s3 = Endpoint::start().await;
    s3.put("key", b"1").await;
    let port = s3.address.port();
    for host in [
        format!("airports.localhost:{port}"),
        format!("AIRPORTS.LOCALHOST:{port}"),
    ] {
        let got = s3.send("GET", "/key", &[("host", &host)], b"").await;
        assert_eq!((got.status, got.text().as_str()), (200, "1"), "{host}");
    }
    let host = format!("localhost:{port}");
    let got = s3
        .send("GET", "/airports/key", &[("host", &host)], b"")
        .await;
    assert_eq!(got.text(), "1");
}

#[tokio::test]
async fn any_key_is_kept_and_listed_in_the_order_of_its_bytes() {
    let s3 = Endpoint::start().await;
    let long = "k".repeat(1024);
    let encoded = [
        "a",
        "a/b",
        "a//b",
        "/a",
        "a/",
        ".",
        "..",
        "..%2Fup",
        "%20",
        "%2B",
        "%25",
        "%C3%BC",
        "%F0%9F%98%80",
        "%7F",
        "%C2%80",
        "%3Fx%3D1",
        &long,
    ];
    for key in encoded {
        assert_eq!(s3.put(key, key.as_bytes()).await.status, 200, "{key}");
    }
    for key in encoded {
        assert_eq!(s3.get(key).await.text(), key);
    }
    let (keys, _) = s3.list("encoding-type=url&max-keys=5").await;
    assert_eq!(keys.len(), encoded.len());
    let decode = |key: &String| percent_encoding::percent_decode_str(key).collect::<Vec<u8>>();
    assert!(keys.iter().map(decode).is_sorted(), "{keys:?}");
    let too_long = s3.put(&"k".repeat(1025), b"").await;
    assert_eq!(code(&too_long), expected(400, "KeyTooLongError"));
    assert_eq!(code(&s3.put("%FF", b"").await), expected(400, "InvalidURI"));
}

#[tokio::test]
async fn listings_have_pages_and_common_prefixes() {
    let s3 = Endpoint::start().await;
    let mut all = Vec::new();
    for folder in ["a", "a-b", "b/x", "b/y", "z"] {
        for number in 0..5 {
            all.push(format!("{folder}/{number}"));
        }
    }
    all.extend(["a", "b", "b/", "top"].map(str::to_owned));
    for key in &all {
        s3.put(key, b"1").await;
    }
    all.sort();
    for size in [1, 2, 7, 1000] {
        let size = format!("max-keys={size}");
        assert_eq!(s3.list(&size).await, (all.clone(), vec![]), "{size}");
        let (keys, prefixes) = s3.list(&format!("delimiter=/&{size}")).await;
        assert_eq!(keys, ["a", "b", "top"], "{size}");
        assert_eq!(prefixes, ["a-b/", "a/", "b/", "z/"], "{size}");
        let (keys, prefixes) = s3.list(&format!("prefix=b/&delimiter=/&{size}")).await;
        assert_eq!(
            (keys, prefixes),
            (vec!["b/".into()], vec!["b/x/".into(), "b/y/".into()])
        );
        let (keys, _) = s3.list(&format!("prefix=a/&start-after=a/2&{size}")).await;
        assert_eq!(keys, ["a/3", "a/4"]);
    }
    // Version 1: the last common prefix is a marker.
    let first = s3
        .send("GET", "/airports?delimiter=/&max-keys=2", &[], b"")
        .await;
    assert_eq!(first.elements("NextMarker"), ["a-b/"]);
    let second = s3
        .send(
            "GET",
            "/airports?delimiter=/&max-keys=2&marker=a-b/",
            &[],
            b"",
        )
        .await;
    assert_eq!(second.elements("NextMarker"), ["b"]);
}

#[tokio::test]
async fn a_body_that_is_not_what_the_request_says_is_not_stored() {
    let s3 = Endpoint::start().await;
    let put = async |headers: &[(&str, &str)], body: &str| {
        let response = s3
            .send("PUT", "/airports/k", headers, body.as_bytes())
            .await;
        if response.status == 200 {
            (200, String::new())
        } else {
            code(&response)
        }
    };
    let sha_of_2 = "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35";
    for (headers, code) in [
        (
            vec![("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")],
            "BadDigest",
        ),
        (vec![("content-md5", "AAAA")], "InvalidDigest"),
        (vec![(CRC32, "AAAAAA==")], "BadDigest"),
        (vec![(CRC32, "AAAA")], "InvalidRequest"),
        (
            vec![(CRC32, "AAAAAA=="), ("x-amz-checksum-sha1", "AA==")],
            "InvalidRequest",
        ),
        (
            vec![("x-amz-content-sha256", sha_of_2)],
            "XAmzContentSHA256Mismatch",
        ),
    ] {
        assert_eq!(put(&headers, "1").await, expected(400, code), "{headers:?}");
        assert_eq!(s3.get("k").await.status, 404);
    }
    let chunked = |length, trailer| {
        vec![
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            ("content-encoding", "aws-chunked"),
            ("x-amz-trailer", trailer),
            ("x-amz-decoded-content-length", length),
        ]
    };
    let body = |trailer: &str| format!("4\r\n1234\r\n5\r\n56789\r\n0\r\n{trailer}\r\n");
    let good = "x-amz-checksum-crc32:y/Q5Jg==\r\n";
    let bad = "x-amz-checksum-crc32:y/Q5JA==\r\n";
    assert_eq!(
        put(&chunked("9", CRC32), &body(bad)).await,
        expected(400, "BadDigest")
    );
    assert_eq!(
        put(&chunked("9", CRC32), &body("")).await,
        expected(400, "BadDigest")
    );
    assert_eq!(
        put(&chunked("8", CRC32), &body(good)).await,
        expected(400, "IncompleteBody")
    );
    assert_eq!(
        put(&chunked("10", CRC32), &body(good)).await,
        expected(400, "IncompleteBody")
    );
    assert_eq!(
        put(&chunked("9", CRC32), "9\r\n1234").await,
        expected(400, "IncompleteBody")
    );
    assert_eq!(s3.get("k").await.status, 404);
    assert_eq!(put(&chunked("9", CRC32), &body(good)).await.0, 200);
    let got = s3
        .send(
            "GET",
            "/airports/k",
            &[("x-amz-checksum-mode", "ENABLED")],
            b"",
        )
        .await;
    assert_eq!(
        (got.text().as_str(), got.headers[CRC32].as_str()),
        ("123456789", "y/Q5Jg==")
    );
    assert!(!got.headers.contains_key("content-encoding"));
}

#[tokio::test]
async fn a_write_with_a_condition_is_made_only_if_it_holds() {
    let s3 = Endpoint::start().await;
    let put = async |headers: &[(&str, &str)]| s3.send("PUT", "/airports/k", headers, b"1").await;
    assert_eq!(
        code(&put(&[("if-match", "\"x\"")]).await),
        expected(404, "NoSuchKey")
    );
    assert_eq!(put(&[("if-none-match", "*")]).await.status, 200);
    let again = put(&[("if-none-match", "*")]).await;
    assert_eq!(code(&again), expected(412, "PreconditionFailed"));
    let other = put(&[("if-match", "\"x\"")]).await;
    assert_eq!(code(&other), expected(412, "PreconditionFailed"));
    let etag = s3.get("k").await.headers["etag"].clone();
    assert_eq!(put(&[("if-match", &etag)]).await.status, 200);
}

#[tokio::test]
async fn an_upload_in_parts_is_an_object_whole_or_not_at_all() {
    let s3 = Endpoint::start().await;
    let started = s3.send("POST", "/airports/k?uploads", &[], b"").await;
    let upload = started.elements("UploadId").remove(0);
    let mut named = String::new();
    for (number, size) in [(1, 5 * 1024 * 1024), (2, 3)] {
        let path = format!("/airports/k?partNumber={number}&uploadId={upload}");
        let body = vec![b'0' + number; size];
        let part = s3.send("PUT", &path, &[], &body).await;
        let etag = &part.headers["etag"];
        named += "<Part><PartNumber>";
        named += &number.to_string();
        named += "</PartNumber><ETag>";
        named += etag;
        named += "</ETag></Part>";
    }
    assert_eq!(s3.get("k").await.status, 404);
    let path = format!("/airports/k?uploadId={upload}");
    let complete = async |parts: &str| {
        let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        s3.send("POST", &path, &[], body.as_bytes()).await
    };
    let wrong = named.replace("<PartNumber>2", "<PartNumber>3");
    assert_eq!(code(&complete(&wrong).await), expected(400, "InvalidPart"));
    assert_eq!(s3.get("k").await.status, 404);
    let completed = complete(&named).await;
    assert!(
        completed.elements("ETag")[0].ends_with("-2\""),
        "{completed:?}"
    );
    let range = [("range", "bytes=5242879-5242881")];
    assert_eq!(
        s3.send("GET", "/airports/k", &range, b"").await.text(),
        "122"
    );
    assert_eq!(code(&complete(&named).await), expected(404, "NoSuchUpload"));
    let second = s3.send("GET", "/airports/k?partNumber=2", &[], b"").await;
    assert_eq!(second.text(), "222");
}

#[tokio::test]
async fn a_reader_gets_the_object_that_it_asked_for_to_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let s3 = Endpoint::on_disk(folder.path()).await;
    let old = vec![b'o'; 20 * 1024 * 1024];
    s3.put("k", &old).await;
    let address = s3.address;
    let (begun, wait) = std::sync::mpsc::channel();
    let (go_on, replaced) = std::sync::mpsc::channel::<()>();
    let reader = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let head =
            format!("GET /airports/k HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut start = [0; 1000];
        stream.read_exact(&mut start).unwrap();
        begun.send(()).unwrap();
        replaced.recv().unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        start
            .into_iter()
            .chain(rest)
            .filter(|byte| *byte == b'o')
            .count()
    });
    tokio::task::spawn_blocking(move || wait.recv().unwrap())
        .await
        .unwrap();
    s3.put("k", b"new").await;
    s3.send("DELETE", "/airports/k", &[], b"").await;
    go_on.send(()).unwrap();
    assert!(reader.await.unwrap() >= old.len());
    eventually("the old file's end", || files(folder.path()) == 0).await;
}

#[tokio::test]
async fn everything_is_there_after_a_restart_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let s3 = Endpoint::on_disk(folder.path()).await;
    s3.put("k", b"kept").await;
    s3.local.shutdown().await;
    let objects = folder.path().join("objects");
    fs::write(objects.join("left-by-a-crash.tmp"), "half").unwrap();
    fs::write(objects.join("left-by-a-crash"), "whole").unwrap();

    let s3 = Endpoint::on_disk(folder.path()).await;
    assert_eq!(s3.get("k").await.text(), "kept");
    eventually("the removal of other files", || files(folder.path()) == 1).await;
    assert_eq!(s3.get("k").await.text(), "kept");
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&objects), 0o700);
    for entry in fs::read_dir(&objects).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
}

#[tokio::test]
async fn a_reset_deletes_everything() {
    let folder = tempfile::tempdir().unwrap();
    let s3 = Endpoint::on_disk(folder.path()).await;
    s3.put("k", b"1").await;
    s3.local.secrets().create_secret("name", "value").unwrap();
    let status = s3.send("GET", "/_appflow-local/status", &[], b"").await;
    let counts: serde_json::Value = serde_json::from_slice(&status.body).unwrap();
    let count = |name: &str| counts[name].as_i64().unwrap();
    let found = ["buckets", "objects", "secrets", "flows"].map(count);
    assert_eq!(found, [1, 1, 1, 0]);

    let reset = s3.send("POST", "/_appflow-local/reset", &[], b"").await;
    assert_eq!(reset.status, 204);
    assert_eq!(code(&s3.get("k").await), expected(404, "NoSuchBucket"));
    assert_eq!(files(folder.path()), 0);
    let again = s3.local.secrets().create_secret("name", "value");
    assert!(again.is_ok(), "{again:?}");
}

#[tokio::test]
async fn an_error_says_what_it_is_about() {
    let s3 = Endpoint::start().await;
    for (method, path, status, code_of_error) in [
        ("GET", "/no-such-bucket", 404, "NoSuchBucket"),
        ("GET", "/no-such-bucket/k", 404, "NoSuchBucket"),
        ("PUT", "/no-such-bucket/k", 404, "NoSuchBucket"),
        ("PUT", "/Not_A_Bucket", 400, "InvalidBucketName"),
        ("GET", "/airports?policy", 404, "NoSuchBucketPolicy"),
        (
            "GET",
            "/airports?list-type=2&max-keys=-1",
            400,
            "InvalidArgument",
        ),
        ("POST", "/airports?delete", 400, "MissingRequestBodyError"),
        ("GET", "/airports/k?versionId=1", 400, "InvalidArgument"),
        ("GET", "/airports?cors", 501, "NotImplemented"),
    ] {
        let response = s3.send(method, path, &[], b"").await;
        assert_eq!(code(&response), expected(status, code_of_error), "{path}");
        assert!(!response.elements("Message")[0].is_empty(), "{path}");
        let id = &response.elements("RequestId")[0];
        assert_eq!(*id, response.headers["x-amz-request-id"], "{path}");
    }
}

#[tokio::test]
async fn a_signed_url_is_served_until_its_time_is_over() {
    let s3 = Endpoint::start().await;
    s3.put("k", b"1").await;
    let v4 = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2F20260101%2Fus-east-1%2Fs3%2F\
              aws4_request&X-Amz-SignedHeaders=host&X-Amz-Signature=00";
    let served = format!("k?{v4}&X-Amz-Date=20260101T000000Z&X-Amz-Expires=604800");
    let late = s3.get(&served).await;
    assert_eq!(code(&late), expected(403, "AccessDenied"));
    let v2 = "AWSAccessKeyId=a&Signature=b";
    assert_eq!(
        s3.get(&format!("k?{v2}&Expires=99999999999")).await.text(),
        "1"
    );
    assert_eq!(s3.get(&format!("k?{v2}&Expires=1")).await.status, 403);
    let invalid = s3.get(&format!("k?{v4}")).await;
    assert_eq!(
        code(&invalid),
        expected(400, "AuthorizationQueryParametersError")
    );
}

/// Waits for what happens in the background.
async fn eventually(what: &str, happened: impl Fn() -> bool) {
    for _ in 0..1000 {
        if happened() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("timed out: {what}");
}

fn files(data_dir: &Path) -> usize {
    fs::read_dir(data_dir.join("objects")).unwrap().count()
}
