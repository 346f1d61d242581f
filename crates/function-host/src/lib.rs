//! Runs any AWS Lambda function process on this machine and measures it
