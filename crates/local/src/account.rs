//! The account and region that every ARN names.

/// The one AWS account and region that all services of an endpoint belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: String,
    /// For example `us-east-1`.
    pub region: String,
}

impl Default for Account {
    /// Account 123456789012 in region us-east-1.
    fn default() -> Self {
        Self::new("123456789012", "us-east-1")
    }
}

impl Account {
    /// The account with this id, in this region.
    pub fn new(id: impl Into<String>, region: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            region: region.into(),
        }
    }

    /// Returns the ARN of a resource of a service, such as `flow/daily` of `appflow`.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.id)
    }

    /// Returns the ARN of the account's root user, who makes every request here.
    pub fn root_arn(&self) -> String {
        format!("arn:aws:iam::{}:root", self.id)
    }

    /// Returns the ARN of a Lambda function.
    pub fn function_arn(&self, name: &str) -> String {
        self.arn("lambda", &format!("function:{name}"))
    }
}
