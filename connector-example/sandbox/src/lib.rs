//! A Salesforce look-alike server on SQLite, to try and test a connector against
