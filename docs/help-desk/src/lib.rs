//! A help desk with a REST API, to write a connector for: the application of the guide's tutorial.
//! It keeps 2,500 tickets in memory, with ids from 10001.
//!
//! | request | response |
//! |---|---|
//! | `GET /api/me` | who the key belongs to |
//! | `GET /api/tickets` | a page of 100 tickets, in the order of their ids, and the cursor of the next page: `{"tickets": […], "next": "…"}` |
//! | … `?cursor=` | the page at a cursor |
//! | … `?status=new,open` | only tickets in one of these states; 422 for a state that does not exist |
//! | … `?updated_since=2026-01-02T00:00:00Z` | only tickets that changed at this time or later |
//! | … `?search=text` | only tickets whose subject contains the text, whatever its case |
//! | `GET /api/tickets/10001` | one ticket, or 404 |
//! | `POST /api/tickets`, `PATCH /api/tickets/10001` | creates or changes one ticket; 422 if it is not valid |
//!
//! Every request needs the header `X-Api-Key: help-desk-key`; without it the response is 401. A
//! request that comes while ten others are served gets 429 and `Retry-After: 1`, and so does every
//! 1,500th. An error's body is `{"error": "…"}`.

mod server;
mod ticket;

pub use server::start;

/// The key that the help desk accepts.
pub const API_KEY: &str = "help-desk-key";
