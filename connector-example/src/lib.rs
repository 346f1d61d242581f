//! A Salesforce connector for Amazon AppFlow, to clone and change
