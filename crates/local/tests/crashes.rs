//! The endpoint is killed while 20 clients write: afterwards everything that was acknowledged is
//! there, and nothing half.
//!
//! `APPFLOW_KILLS=100 cargo test -p appflow-local --test crashes` kills it 100 times instead of 5.

mod http_client;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;
use std::{env, fs};

use appflow_local::AppFlowLocal;

const CLIENTS: u64 = 20;
const KEYS: u64 = 4;
const DATA_DIR: &str = "CRASHES_DATA_DIR";

#[tokio::test]
#[ignore = "the process that the other test starts"]
async fn endpoint_process() {
    let Ok(data_dir) = env::var(DATA_DIR) else {
        return;
    };
    let local = AppFlowLocal::builder()
        .data_dir(data_dir)
        .start()
        .await
        .unwrap();
    println!("listening on {}", local.address());
    local.wait().await;
}

struct Endpoint {
    process: Child,
    address: SocketAddr,
}

impl Endpoint {
    fn start(data_dir: &Path) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["endpoint_process", "--exact", "--ignored", "--nocapture"])
            .env(DATA_DIR, data_dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let address = output.lines().find_map(|line| {
            let line = line.unwrap();
            let (_, address) = line.split_once("listening on ")?;
            Some(address.parse().unwrap())
        });
        Self {
            process,
            address: address.expect("the endpoint did not start"),
        }
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Numbers that look random. The same for the same seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// What a client knows about its keys: which contents each may have. One if the last write was
/// acknowledged, two if not. `None` means that the
/// object does not exist.
type Known = BTreeMap<String, Vec<Option<String>>>;

/// Writes until the endpoint is gone, or the time is over.
fn write(address: SocketAddr, client: u64, round: u64, known: &mut Known, stop: &AtomicBool) {
    let mut numbers = Numbers(1 + client + round * CLIENTS);
    for version in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let key = format!("client-{client}/{}", numbers.below(KEYS));
        let unit = format!("{key} {round} {version};");
        let content = unit.repeat(usize::try_from(1 + numbers.below(20_000)).unwrap());
        let states = known.entry(key.clone()).or_insert_with(|| vec![None]);
        let (next, acknowledged) = match numbers.below(4) {
            0 => {
                states.push(None);
                (None, delete(address, &key))
            }
            1 => {
                states.push(Some(content.clone()));
                (
                    Some(content.clone()),
                    upload_in_parts(address, &key, &content),
                )
            }
            _ => {
                states.push(Some(content.clone()));
                (Some(content.clone()), put(address, &key, &content))
            }
        };
        if !acknowledged {
            return;
        }
        *states = vec![next];
    }
}

fn path(key: &str) -> String {
    format!("/airports/{key}")
}

fn put(address: SocketAddr, key: &str, content: &str) -> bool {
    let sent = http_client::send(address, "PUT", &path(key), &[], content.as_bytes());
    sent.is_ok_and(|response| response.status == 200)
}

fn delete(address: SocketAddr, key: &str) -> bool {
    let sent = http_client::send(address, "DELETE", &path(key), &[], b"");
    sent.is_ok_and(|response| response.status == 204)
}

fn upload_in_parts(address: SocketAddr, key: &str, content: &str) -> bool {
    let begun = http_client::send(address, "POST", &format!("{}?uploads", path(key)), &[], b"");
    let Ok(begun) = begun else { return false };
    let upload = begun.elements("UploadId").remove(0);
    let part = format!("{}?partNumber=1&uploadId={upload}", path(key));
    let sent = http_client::send(address, "PUT", &part, &[], content.as_bytes());
    let Ok(sent) = sent else { return false };
    let named = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part>\
         </CompleteMultipartUpload>",
        sent.headers["etag"]
    );
    let complete = format!("{}?uploadId={upload}", path(key));
    let completed = http_client::send(address, "POST", &complete, &[], named.as_bytes());
    completed.is_ok_and(|response| response.status == 200)
}

/// Compares what is there with what may be there, and then knows exactly.
fn compare(address: SocketAddr, known: &mut Known) {
    for (key, states) in known {
        let got = http_client::send(address, "GET", &path(key), &[], b"").unwrap();
        let found = match got.status {
            404 => None,
            200 => Some(String::from_utf8(got.body).unwrap()),
            status => panic!("{key}: {status}"),
        };
        assert!(
            states.contains(&found),
            "{key} has {:?} instead of one of {:?}",
            found.map(|content| (content.len(), content.split(';').next().unwrap().to_owned())),
            states
                .iter()
                .flatten()
                .map(|content| (content.len(), content.split(';').next().unwrap()))
                .collect::<Vec<_>>()
        );
        *states = vec![found];
    }
}

/// Aborts all uploads, and checks that there is one file for each object and no other.
fn compare_files(address: SocketAddr, data_dir: &Path) {
    let uploads = http_client::send(address, "GET", "/airports?uploads", &[], b"").unwrap();
    let keys = uploads.elements("Key");
    for (key, upload) in keys.iter().zip(uploads.elements("UploadId")) {
        let aborted = format!("{}?uploadId={upload}", path(key));
        let aborted = http_client::send(address, "DELETE", &aborted, &[], b"").unwrap();
        assert_eq!(aborted.status, 204);
    }
    let listed = http_client::send(address, "GET", "/airports?list-type=2", &[], b"").unwrap();
    let objects = listed.elements("Key").len();
    let files = || fs::read_dir(data_dir.join("objects")).unwrap().count();
    // Files that a crash has left are removed in the background.
    for _ in 0..1000 {
        if files() == objects {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("{} files for {objects} objects", files());
}

#[test]
fn what_was_acknowledged_survives_a_kill_and_nothing_is_half() {
    let kills: u64 = env::var("APPFLOW_KILLS").map_or(5, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().join("state");
    let mut known: Vec<Known> = (0..CLIENTS).map(|_| Known::new()).collect();
    let mut numbers = Numbers(42);
    let mut endpoint = Endpoint::start(&data_dir);
    let created = http_client::send(endpoint.address, "PUT", "/airports", &[], b"").unwrap();
    assert_eq!(created.status, 200);
    for round in 0..kills {
        let (address, stop) = (endpoint.address, AtomicBool::new(false));
        let time = Duration::from_millis(20 + numbers.below(400));
        thread::scope(|scope| {
            for (client, known) in (0..).zip(&mut known) {
                let stop = &stop;
                scope.spawn(move || write(address, client, round, known, stop));
            }
            thread::sleep(time);
            endpoint.kill();
            stop.store(true, Ordering::Relaxed);
        });
        endpoint = Endpoint::start(&data_dir);
        for known in &mut known {
            compare(endpoint.address, known);
        }
        compare_files(endpoint.address, &data_dir);
    }
    let objects: usize = known.iter().map(BTreeMap::len).sum();
    assert!(objects > 0, "nothing was written");
    endpoint.kill();
}
