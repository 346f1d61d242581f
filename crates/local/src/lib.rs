//! The AWS services that an Amazon AppFlow connector talks to, on one machine
