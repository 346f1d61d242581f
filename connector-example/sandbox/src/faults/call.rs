//! A call, as a plan looks at it.

use axum::extract::Request;

use super::plan::Calls;
use super::plan::Fault;

pub(super) struct Call<'r> {
    method: &'r str,
    path: &'r str,
}

impl<'r> Call<'r> {
    pub(super) fn new(method: &'r str, path: &'r str) -> Self {
        Self { method, path }
    }

    pub(super) fn of(request: &'r Request) -> Self {
        Self::new(request.method().as_str(), request.uri().path())
    }

    pub(super) fn is_among(&self, calls: &Calls) -> bool {
        let mut methods = calls.method.iter();
        self.path.starts_with(&calls.path)
            && methods.all(|method| method.eq_ignore_ascii_case(self.method))
    }

    /// Whether the call changes records. A POST may only ask for some.
    pub(super) fn is_write(&self) -> bool {
        let retrieves = self
            .path
            .split_once("/composite/sobjects/")
            .is_some_and(|(_, object)| !object.is_empty());
        match self.method {
            "PATCH" | "DELETE" => true,
            "POST" => self.path.starts_with("/services/data/") && !retrieves,
            _ => false,
        }
    }

    pub(super) fn can_suffer(&self, fault: &Fault) -> bool {
        self.is_write() || *fault != Fault::LockedRow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_that_retrieves_is_no_write() {
        for (method, path, expected) in [
            ("POST", "/services/data/v60.0/composite/sobjects", true),
            ("POST", "/services/data/v60.0/composite/sobjects/", true),
            (
                "POST",
                "/services/data/v60.0/composite/sobjects/Account",
                false,
            ),
            (
                "PATCH",
                "/services/data/v60.0/composite/sobjects/Account/Key__c",
                true,
            ),
            ("POST", "/services/data/v60.0/sobjects/Account", true),
            ("DELETE", "/services/data/v60.0/sobjects/Account/001", true),
            ("GET", "/services/data/v60.0/query", false),
            ("POST", "/services/oauth2/token", false),
        ] {
            assert_eq!(
                Call::new(method, path).is_write(),
                expected,
                "{method} {path}"
            );
        }
    }

    #[test]
    fn a_plan_may_name_a_path_and_a_method() {
        let call = Call::new("GET", "/services/data/v60.0/query");
        let calls = |path: &str, method: Option<&str>| Calls {
            path: path.to_owned(),
            method: method.map(str::to_owned),
        };
        assert!(call.is_among(&Calls::default()));
        assert!(call.is_among(&calls("/services/data/v60.0/query", Some("get"))));
        assert!(!call.is_among(&calls("/services/data/v60.0/query", Some("POST"))));
        assert!(!call.is_among(&calls("/services/data/v60.0/composite", None)));
        assert!(!Call::new("POST", "/services/oauth2/token").is_among(&Calls::default()));
    }
}
