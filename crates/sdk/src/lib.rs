//! The SDK for Amazon AppFlow custom connectors: everything a connector's author depends on, under one name
