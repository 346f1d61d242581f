//! A page token is refused, or a query continues from it, also if it is forged.

use std::str;

use appflow_connector_model::Record;
use appflow_connector_runtime::records::{PageFiller, Row, SourcePage, TokenSealer};
use serde_json::Value;

const MAX_RESULTS: u32 = 3;

/// Reads the text as a token, and as the value of a token that somebody sealed who knows the query.
pub fn check(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else {
        return;
    };
    read(text);
    let value = serde_json::from_str::<Value>(text);
    if let Ok(token) = value
        .map_err(drop)
        .and_then(|value| tokens().seal(&value).map_err(drop))
    {
        read(&token);
    }
}

fn tokens() -> TokenSealer {
    TokenSealer::of(["query"])
}

fn read(token: &str) {
    let record = || Record::from_json_unchecked("{}".to_owned());
    if let Ok(mut filler) = PageFiller::<u64>::new(tokens(), Some(token), MAX_RESULTS) {
        while let Some(place) = filler.place() {
            let offset = place.cursor.unwrap_or(0);
            let page = SourcePage::by_offset(vec![record(), record()], offset, 2);
            if filler.push(page).is_err() {
                return;
            }
        }
        finish(filler);
    }
    if let Ok(mut filler) = PageFiller::<String>::new(tokens(), Some(token), MAX_RESULTS) {
        while let Some(place) = filler.place() {
            let key = format!("{}a", place.after.as_deref().unwrap_or_default());
            let page = SourcePage::by_key(vec![Row::keyed(key, Some(record()))], true);
            if filler.push(page).is_err() {
                return;
            }
        }
        finish(filler);
    }
    if let Ok(mut filler) = PageFiller::<String>::new(tokens(), Some(token), MAX_RESULTS)
        && filler.push(SourcePage::by_cursor(vec![], None)).is_ok()
    {
        finish(filler);
    }
}

fn finish<C: serde::Serialize + serde::de::DeserializeOwned + PartialEq>(filler: PageFiller<C>) {
    if let Ok(page) = filler.finish() {
        assert!(page.records.len() <= MAX_RESULTS as usize);
        assert!(page.next_token.is_none_or(|token| token.len() <= 2_048));
    }
}
