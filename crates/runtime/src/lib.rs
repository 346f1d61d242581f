//! Runs an Amazon AppFlow custom connector: handler traits, dispatch, guards, credentials and the Lambda loop
