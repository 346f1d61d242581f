//! Filter errors for the terminal: the filter with the place underlined.

use appflow_connector_queryfilter::ast::Span;
use appflow_connector_queryfilter::{BindError, ParseError, ParseErrorKind};
use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct FilterDiagnostic {
    message: String,
    label: Option<LabeledSpan>,
    source_code: NamedSource<String>,
}

impl Diagnostic for FilterDiagnostic {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.label
            .as_ref()
            .map(|_| &self.source_code as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.label.iter().cloned()))
    }
}

/// Makes a diagnostic of a syntax error.
pub fn of_parse(error: &ParseError) -> FilterDiagnostic {
    let diagnostic = underlined(error.kind().to_string(), error.span(), error.text());
    match error.kind() {
        ParseErrorKind::Empty | ParseErrorKind::TooLong { .. } => FilterDiagnostic {
            label: None,
            ..diagnostic
        },
        _ => diagnostic,
    }
}

/// Makes a diagnostic of a filter that is not valid for its entity.
pub fn of_bind(error: &BindError, text: &str) -> FilterDiagnostic {
    underlined(error.kind().to_string(), error.span(), text)
}

fn underlined(message: String, span: Span, text: &str) -> FilterDiagnostic {
    // An error at the end of the text underlines the space after it.
    let end = span.end.max(span.start + 1);
    FilterDiagnostic {
        message,
        label: Some(LabeledSpan::new_with_span(None, span.start..end)),
        source_code: NamedSource::new("filter", format!("{text} ")),
    }
}
