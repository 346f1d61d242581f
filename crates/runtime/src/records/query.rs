//! From a request for records to its response.

use std::borrow::Borrow;
use std::sync::Arc;
use std::time::Instant;

use appflow_connector_model::{EntityDefinition, FieldDefinition, QueryDataRequest, RawValue};
use appflow_connector_queryfilter::BoundFilter;
use appflow_connector_queryfilter::translate::{Pushdown, Translator};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::conversion::Conversion;
use super::page_filler::PageFiller;
use super::place::Place;
use super::source_page::{Row, SourcePage};
use crate::results::{RecordPage, Result};

/// A query from its request to its response, for the usual case: the application returns JSON rows
/// page by page.
///
/// The connector reads a page of the application, with the part of the filter that the application
/// can do ([`push_down`](Self::push_down)). Everything else is done here:
///
/// - the request is checked against the entity: selected fields, and fields and values of the
///   filter;
/// - records that do not meet the rest of the filter are dropped;
/// - records have the selected fields and no others. No digit is lost; numbers of String fields
///   become text, date-times have an offset as in RFC 3339, and a field `owner.name` is taken from
///   the member `name` of the member `owner`;
/// - the response ends at `maxResults`, at the filter's LIMIT, at the bytes that AWS Lambda accepts
///   and when half of the time is used, and its token says where the next one continues.
///
/// For more, such as long filters in several parts, use what it is made of: [`PageFiller`],
/// [`RowReader`](super::RowReader) and
/// [`BoundFilter`](appflow_connector_queryfilter::BoundFilter).
///
/// ```no_run
/// use appflow_connector_model::{
///     EntityDefinition, FieldDataType, QueryDataRequest, RawValue, entity, field,
/// };
/// use appflow_connector_queryfilter::translate::OData;
/// use appflow_connector_runtime::records::{Query, QueryPage};
/// use appflow_connector_runtime::{Invocation, RecordPage, Result};
///
/// # struct Found { contacts: Vec<Box<RawValue>>, next: Option<String> }
/// # async fn get_contacts(filter: Option<&String>, cursor: Option<&String>) -> Result<Found> { todo!() }
/// async fn query_data(request: QueryDataRequest, invocation: &Invocation) -> Result<RecordPage> {
///     let contact = entity("contact", vec![field("id", FieldDataType::Long).key()]);
///     Query::new(&request, &contact)?
///         .push_down(&OData::V4)
///         .fill(invocation.deadline(), async |page: QueryPage<_>| {
///             let found = get_contacts(page.condition, page.place.cursor.as_ref()).await?;
///             page.by_cursor(found.contacts, found.next)
///         })
///         .await
/// }
/// ```
#[derive(Debug)]
pub struct Query<'q, T = ()> {
    request: &'q QueryDataRequest,
    selection: Vec<&'q FieldDefinition>,
    key: Option<&'q str>,
    limit: Option<u64>,
    pushdown: Pushdown<'q, T>,
}

impl<'q> Query<'q> {
    /// Reads a request for the records of `entity`.
    ///
    /// # Errors
    /// InvalidArgument if the request selects or filters by a field that the entity does not have
    /// or does not allow there, or the filter is not valid.
    pub fn new(request: &'q QueryDataRequest, entity: &'q EntityDefinition) -> Result<Self> {
        let expression = request.filter_expression.as_deref();
        let filter = BoundFilter::from_expression(expression, entity)?;
        Ok(Self {
            request,
            selection: entity.select(request.selected_field_names.as_deref())?,
            key: None,
            limit: filter.limit(),
            pushdown: Pushdown {
                condition: None,
                limit: None,
                residual: filter,
            },
        })
    }

    /// Compares text without regard to case, for applications that do so. Call it before
    /// [`push_down`](Self::push_down).
    #[must_use]
    pub fn ignoring_case(mut self) -> Self {
        self.pushdown.residual = self.pushdown.residual.ignoring_case();
        self
    }

    /// Lets the application do what it can of the filter. Default: it does nothing, and every record
    /// is read.
    #[must_use]
    pub fn push_down<T: Translator>(self, translator: &T) -> Query<'q, T::Output> {
        Query {
            pushdown: translator.translate(&self.pushdown.residual),
            request: self.request,
            selection: self.selection,
            key: self.key,
            limit: self.limit,
        }
    }
}

impl<'q, T> Query<'q, T> {
    /// Reads pages by key: the values of this member of the rows, whether or not it is selected.
    /// [`SourcePage`] says what a key must be, and what it guarantees.
    #[must_use]
    pub fn key(mut self, name: &'q str) -> Self {
        self.key = Some(name);
        self
    }

    /// Reads the application's pages with `fetch` until the response is complete, and returns it.
    /// As for [`PageFiller::fill`], another page is read only while half of the time to `deadline`
    /// remains, and if it cannot be read, the response has the records before it.
    ///
    /// # Errors
    /// InvalidArgument if the request's token is not one of this query's, ServerError if the value
    /// of a field that the filter tests is not of the field's type, the errors of `fetch` for the
    /// first page, and those of [`PageFiller::push`] and [`PageFiller::finish`].
    pub async fn fill<'s, C, F>(
        &'s self,
        deadline: Instant,
        mut fetch: impl FnMut(QueryPage<'s, T, C>) -> F,
    ) -> Result<RecordPage>
    where
        C: Clone + PartialEq + Serialize + DeserializeOwned,
        F: Future<Output = Result<SourcePage<C>>>,
    {
        let residual = self.pushdown.residual.clone();
        let conversion = Conversion::new(&self.selection, residual, self.key, deadline);
        let conversion = Arc::new(conversion);
        PageFiller::of_query(self.request)?
            .limit(self.limit)
            .fill(deadline, |place, max_records| {
                fetch(QueryPage {
                    place,
                    max_records,
                    condition: self.pushdown.condition.as_ref(),
                    conversion: Arc::clone(&conversion),
                })
            })
            .await
    }
}

/// A page that is to be read from the application.
#[derive(Debug)]
pub struct QueryPage<'s, T = (), C = String> {
    /// Where it begins.
    pub place: Place<C>,
    /// How many more records the response takes. If the application's pages have a fixed size, it
    /// can be ignored.
    pub max_records: usize,
    /// The part of the filter that the application does. `None` if it does nothing.
    pub condition: Option<&'s T>,
    conversion: Arc<Conversion<'s>>,
}

impl<T, C> QueryPage<'_, T, C> {
    /// The names of the fields that the rows need, for applications that return selected fields:
    /// those of the request and those of the rest of the filter. The key of
    /// [`Query::key`] comes in addition.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        let fields = self.conversion.fields().iter();
        fields.map(|field| field.field_name.as_str())
    }

    /// Converts the application's rows to records, and drops those that do not meet the rest of the
    /// filter. Dropped records keep their rows, so that the query continues at the right place: for
    /// the constructors of [`SourcePage`] that take rows. The other methods here do both.
    ///
    /// # Errors
    /// ServerError if a row is not a JSON object or has no key, or the value of a field that the
    /// filter tests is not of the field's type; RequestTimeout 250 ms before the deadline.
    pub fn rows<R: Borrow<RawValue>>(&self, rows: impl IntoIterator<Item = R>) -> Result<Vec<Row>> {
        self.conversion.rows(rows)
    }

    /// Returns the page of an application that continues after a key: see [`Query::key`] and
    /// [`SourcePage::by_key`]. The rows are those with keys greater than the one in
    /// [`Place::after`].
    ///
    /// # Errors
    /// Those of [`rows`](Self::rows).
    pub fn by_key<R: Borrow<RawValue>>(
        &self,
        rows: impl IntoIterator<Item = R>,
        has_more: bool,
    ) -> Result<SourcePage<C>> {
        Ok(SourcePage::by_key(self.rows(rows)?, has_more))
    }
}

impl<T> QueryPage<'_, T, String> {
    /// Returns the page of an application that names the cursor or URL of its next page; an empty
    /// one counts as none. With a [key](Query::key), in whose order the application returns the
    /// rows, the query survives that the application loses the cursor: see [`SourcePage`].
    ///
    /// # Errors
    /// Those of [`rows`](Self::rows).
    pub fn by_cursor<R: Borrow<RawValue>>(
        &self,
        rows: impl IntoIterator<Item = R>,
        next: Option<String>,
    ) -> Result<SourcePage> {
        let next = next.filter(|next| !next.is_empty());
        Ok(SourcePage::by_cursor_with_keys(self.rows(rows)?, next))
    }
}

impl<T> QueryPage<'_, T, u64> {
    /// Where the page begins, for applications that count records or pages from 0.
    pub fn offset(&self) -> u64 {
        self.place.cursor.unwrap_or(0)
    }

    /// Returns the page of an application that returns up to `page_size` rows from
    /// [`offset`](Self::offset), in a fixed order. A page with fewer rows is the last.
    ///
    /// # Errors
    /// Those of [`rows`](Self::rows).
    pub fn by_offset<R: Borrow<RawValue>>(
        &self,
        rows: impl IntoIterator<Item = R>,
        page_size: usize,
    ) -> Result<SourcePage<u64>> {
        self.counted(rows, page_size, |found| found)
    }

    /// Returns the page of an application that numbers its pages, the first of which is
    /// [`offset`](Self::offset) 0: an application that counts from 1 is asked for `offset() + 1`. A
    /// page with fewer than `page_size` rows is the last. The page size must be the same for all
    /// pages of a query, so it must not depend on `max_records`.
    ///
    /// # Errors
    /// Those of [`rows`](Self::rows).
    pub fn by_number<R: Borrow<RawValue>>(
        &self,
        rows: impl IntoIterator<Item = R>,
        page_size: usize,
    ) -> Result<SourcePage<u64>> {
        self.counted(rows, page_size, |_| 1)
    }

    fn counted<R: Borrow<RawValue>>(
        &self,
        rows: impl IntoIterator<Item = R>,
        page_size: usize,
        step: fn(u64) -> u64,
    ) -> Result<SourcePage<u64>> {
        let rows = self.rows(rows)?;
        let is_full = !rows.is_empty() && rows.len() >= page_size;
        let next = self.offset().saturating_add(step(rows.len() as u64));
        Ok(SourcePage::by_cursor_with_keys(
            rows,
            is_full.then_some(next),
        ))
    }
}
