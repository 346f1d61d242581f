//! The wire between Amazon AppFlow and a custom connector: requests, responses, entities, fields, settings and errors
