//! Errors of queries, in Salesforce's words.

/// How far, in characters, the excerpt of the query extends to each side of the error. It then
/// continues to the end of the word.
const EXCERPT_BEFORE: usize = 30;
const EXCERPT_AFTER: usize = 31;

/// A query that Salesforce refuses: the error code and the whole message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SoqlError {
    pub code: &'static str,
    pub message: String,
}

impl SoqlError {
    /// An error of the whole query, for which Salesforce shows no position.
    pub(crate) fn whole(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// An error at byte `position` of `query`.
    pub(crate) fn at(code: &'static str, query: &str, position: usize, message: &str) -> Self {
        let place = Place::of(query, position);
        Self::shown(code, &place, place.column, message)
    }

    /// An error of Salesforce's tokenizer. It counts columns from 0, all other errors count from 1.
    pub(crate) fn in_token(query: &str, position: usize, message: &str) -> Self {
        let place = Place::of(query, position);
        let column = place.column.saturating_sub(1);
        Self::shown("MALFORMED_QUERY", &place, column, message)
    }

    /// A character that no token can have here. `None` is the end of the query.
    pub(crate) fn bad_character(query: &str, position: usize, found: Option<char>) -> Self {
        let found = found.map_or_else(|| "<EOF>".to_owned(), String::from);
        Self::at_character(
            query,
            position,
            &format!("no viable alternative at character '{found}'"),
        )
    }

    /// A string without its closing quote.
    pub(crate) fn unfinished_string(query: &str) -> Self {
        Self::at_character(
            query,
            query.len(),
            "mismatched character '<EOF>' expecting '''",
        )
    }

    fn at_character(query: &str, position: usize, message: &str) -> Self {
        let place = Place::of(query, position);
        let (row, column) = (place.row, place.column - 1);
        Self::in_token(query, position, &format!("line {row}:{column} {message}"))
    }

    fn shown(code: &'static str, place: &Place, column: usize, message: &str) -> Self {
        let (excerpt, caret) = place.excerpt(column.saturating_sub(1));
        let row = place.row;
        let caret = " ".repeat(caret);
        Self {
            code,
            message: format!(
                "\n{excerpt}\n{caret}^\nERROR at Row:{row}:Column:{column}\n{message}"
            ),
        }
    }
}

/// A position in a query. Row and column count from 1, the column in characters.
struct Place {
    row: usize,
    column: usize,
    line: Vec<char>,
}

impl Place {
    fn of(query: &str, position: usize) -> Self {
        let before = query.get(..position).unwrap_or(query);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = query[line_start..].lines().next().unwrap_or_default();
        Self {
            row: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            line: line.chars().collect(),
        }
    }

    /// The words around character `index` of the line, and its offset in them.
    fn excerpt(&self, index: usize) -> (String, usize) {
        let end = self.line.len();
        let mut first = index.saturating_sub(EXCERPT_BEFORE).min(end);
        while first > 0 && !self.line[first - 1].is_whitespace() {
            first -= 1;
        }
        let mut last = (index + EXCERPT_AFTER).min(end);
        while last < end && !self.line[last].is_whitespace() {
            last += 1;
        }
        let excerpt = self.line[first..last].iter().collect();
        (excerpt, index.saturating_sub(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected texts are responses of Salesforce quoted in public reports.
    #[test]
    fn shows_the_position_as_salesforce_does() {
        let query = "select Id, ProductCode from Product2 where ProductCode = 3999";
        let error = SoqlError::at("INVALID_FIELD", query, 43, "m");
        assert_eq!(
            error.message,
            "\nProductCode from Product2 where ProductCode = 3999\n                                ^\nERROR at Row:1:Column:44\nm"
        );

        let query = "SELECT FirstName, LastName FROM CampaignMember WHERE Id = \"00v3D000003BjNa\"";
        let error = SoqlError::bad_character(query, 58, Some('"'));
        assert_eq!(
            error.message,
            "\nFROM CampaignMember WHERE Id = \"00v3D000003BjNa\"\n                              ^\nERROR at Row:1:Column:58\nline 1:58 no viable alternative at character '\"'"
        );

        let query = "select Id, Company,Email,LastName,SF_date__c, ConvertedContactId from Lead";
        let error = SoqlError::at("INVALID_FIELD", query, 34, "m");
        assert_eq!(
            error.message,
            "\nselect Id, Company,Email,LastName,SF_date__c, ConvertedContactId from\n                                  ^\nERROR at Row:1:Column:35\nm"
        );
    }

    #[test]
    fn counts_rows_and_characters() {
        let error = SoqlError::at("X", "SELECT Id\nFROM Äccount\nWHERE x = 1", 30, "m");
        assert_eq!(
            error.message,
            "\nWHERE x = 1\n      ^\nERROR at Row:3:Column:7\nm"
        );
    }

    #[test]
    fn a_position_past_the_end_is_shown_at_the_end() {
        let error = SoqlError::at("X", "SELECT", 6, "m");
        assert_eq!(
            error.message,
            "\nSELECT\n      ^\nERROR at Row:1:Column:7\nm"
        );
    }
}
