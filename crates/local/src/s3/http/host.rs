//! Buckets in the Host header.

use s3s::S3Result;
use s3s::host::{S3Host, VirtualHost};
use s3s::path::check_bucket_name;

/// `bucket.localhost`. Every other host has the buckets in its paths.
pub(super) struct Localhost;

impl S3Host for Localhost {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let name = host.split(':').next().unwrap_or_default();
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let bucket = name.strip_suffix(".localhost").map(str::to_owned);
        // `s3.localhost` is no bucket: their names have three characters or more.
        Ok(match bucket.filter(|bucket| check_bucket_name(bucket)) {
            Some(bucket) => VirtualHost::new(host).with_bucket(bucket),
            None => VirtualHost::new(host),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_the_name_before_localhost() {
        for (host, bucket) in [
            ("localhost", None),
            ("localhost:4566", None),
            ("s3.localhost:4566", None),
            ("host.docker.internal:4566", None),
            ("airports.localhost", Some("airports")),
            ("Airports.Localhost.:4566", Some("airports")),
            ("my.dotted.bucket.localhost:4566", Some("my.dotted.bucket")),
        ] {
            let parsed = Localhost.parse_host_header(host).unwrap();
            assert_eq!(parsed.bucket(), bucket, "{host}");
        }
    }
}
