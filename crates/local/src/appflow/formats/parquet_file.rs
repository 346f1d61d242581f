//! Writes Parquet.

use std::sync::Arc;

use jiff::tz::Offset;
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int32Type, Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type as SchemaType, TypePtr};

use super::error::EncodeError;
use crate::appflow::tasks::{Column, Row, Value};
use appflow_connector_model::FieldDataType as Type;

/// A row group is written when it has this many rows, or its values take about this many bytes.
const MAX_ROWS: usize = 64 * 1024;
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// One object: optional columns, compressed with Snappy.
pub(crate) struct ParquetFile {
    writer: SerializedFileWriter<Vec<u8>>,
    columns: Vec<Buffer>,
    rows: usize,
    bytes: usize,
}

/// The values of a column that are not written yet.
struct Buffer {
    name: String,
    data_type: Type,
    values: Values,
    /// 1 for a value, 0 for a null.
    definitions: Vec<i16>,
}

enum Values {
    Strings(Vec<ByteArray>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    Boolean(Vec<bool>),
}

impl ParquetFile {
    /// Begins an object. All columns are strings, unless `is_typed`.
    ///
    /// # Errors
    ///
    /// If the columns cannot be columns of a Parquet file.
    pub(crate) fn new(columns: &[Column], is_typed: bool) -> Result<Self, EncodeError> {
        let columns = columns.iter().map(|column| Buffer::new(column, is_typed));
        let columns: Vec<Buffer> = columns.collect();
        let fields = columns
            .iter()
            .map(Buffer::schema)
            .collect::<Result<Vec<TypePtr>, _>>()?;
        let schema = SchemaType::group_type_builder("record")
            .with_fields(fields)
            .build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by("appflow-local".to_owned())
            .build();
        Ok(Self {
            writer: SerializedFileWriter::new(Vec::new(), schema.into(), Arc::new(properties))?,
            columns,
            rows: 0,
            bytes: 0,
        })
    }

    /// Adds a record. Columns that it lacks are null.
    ///
    /// # Errors
    ///
    /// If a value is not of its column's type.
    pub(crate) fn write(&mut self, row: &Row<'_>) -> Result<(), EncodeError> {
        for (index, column) in self.columns.iter_mut().enumerate() {
            let value = row.get(index).and_then(Option::as_ref);
            self.bytes += column.add(value)?;
        }
        self.rows += 1;
        if self.rows >= MAX_ROWS || self.bytes >= MAX_BYTES {
            self.write_row_group()?;
        }
        Ok(())
    }

    /// Takes what can be appended to the object.
    ///
    /// # Errors
    ///
    /// None but those of writing to memory.
    pub(crate) fn take(&mut self) -> Result<Vec<u8>, EncodeError> {
        self.writer.flush().map_err(ParquetError::from)?;
        Ok(std::mem::take(self.writer.inner_mut()))
    }

    /// Ends the object and returns its last bytes.
    ///
    /// # Errors
    ///
    /// If a row group cannot be written.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, EncodeError> {
        if self.rows > 0 {
            self.write_row_group()?;
        }
        Ok(self.writer.into_inner()?)
    }

    fn write_row_group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for column in &mut self.columns {
            column.write(&mut group)?;
        }
        group.close()?;
        self.rows = 0;
        self.bytes = 0;
        Ok(())
    }
}

impl Buffer {
    fn new(column: &Column, is_typed: bool) -> Self {
        let data_type = if is_typed {
            column.data_type
        } else {
            Type::String
        };
        Self {
            name: column.name.clone(),
            data_type,
            values: Values::of(data_type),
            definitions: Vec::new(),
        }
    }

    fn schema(&self) -> Result<TypePtr, ParquetError> {
        let (physical, logical) = match self.data_type {
            Type::Integer => (Physical::INT32, Some(LogicalType::integer(32, true))),
            Type::Short => (Physical::INT32, Some(LogicalType::integer(16, true))),
            Type::Long => (Physical::INT64, Some(LogicalType::integer(64, true))),
            Type::Float => (Physical::FLOAT, None),
            Type::Double => (Physical::DOUBLE, None),
            Type::Boolean => (Physical::BOOLEAN, None),
            Type::Date => (Physical::INT32, Some(LogicalType::Date)),
            Type::DateTime => (
                Physical::INT64,
                Some(LogicalType::timestamp(true, TimeUnit::MILLIS)),
            ),
            _ => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        SchemaType::primitive_type_builder(&self.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()
            .map(Arc::new)
    }

    /// Returns about how many bytes were added.
    fn add(&mut self, value: Option<&Value<'_>>) -> Result<usize, EncodeError> {
        let Some(value) = value else {
            self.definitions.push(0);
            return Ok(size_of::<i16>());
        };
        let text = value.text();
        self.values
            .push(self.data_type, &text)
            .ok_or_else(|| EncodeError::WrongType {
                field: self.name.clone(),
                data_type: self.data_type,
            })?;
        self.definitions.push(1);
        Ok(text.len() + size_of::<ByteArray>())
    }

    fn write(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    ) -> Result<(), ParquetError> {
        let definitions = std::mem::take(&mut self.definitions);
        match &mut self.values {
            Values::Strings(values) => write::<ByteArrayType>(group, values, &definitions),
            Values::Int32(values) => write::<Int32Type>(group, values, &definitions),
            Values::Int64(values) => write::<Int64Type>(group, values, &definitions),
            Values::Float(values) => write::<FloatType>(group, values, &definitions),
            Values::Double(values) => write::<DoubleType>(group, values, &definitions),
            Values::Boolean(values) => write::<BoolType>(group, values, &definitions),
        }
    }
}

impl Values {
    const fn of(data_type: Type) -> Self {
        match data_type {
            Type::Integer | Type::Short | Type::Date => Self::Int32(Vec::new()),
            Type::Long | Type::DateTime => Self::Int64(Vec::new()),
            Type::Float => Self::Float(Vec::new()),
            Type::Double => Self::Double(Vec::new()),
            Type::Boolean => Self::Boolean(Vec::new()),
            _ => Self::Strings(Vec::new()),
        }
    }

    /// Adds a value; `None` if the text is not one of the type.
    fn push(&mut self, data_type: Type, text: &str) -> Option<()> {
        match self {
            Self::Strings(values) => values.push(ByteArray::from(text.as_bytes().to_vec())),
            Self::Int32(values) => values.push(match data_type {
                Type::Date => days(text)?,
                Type::Short => text.parse::<i16>().ok()?.into(),
                _ => text.parse().ok()?,
            }),
            Self::Int64(values) => values.push(match data_type {
                Type::DateTime => text.parse::<jiff::Timestamp>().ok()?.as_millisecond(),
                _ => text.parse().ok()?,
            }),
            Self::Float(values) => {
                let value: Option<f32> = text.parse().ok();
                values.push(value.filter(|value| value.is_finite())?);
            }
            Self::Double(values) => {
                let value: Option<f64> = text.parse().ok();
                values.push(value.filter(|value| value.is_finite())?);
            }
            Self::Boolean(values) => values.push(text.parse().ok()?),
        }
        Some(())
    }
}

/// The days since 1970-01-01 of a date.
fn days(text: &str) -> Option<i32> {
    let date: jiff::civil::Date = text.parse().ok()?;
    let midnight = date.to_datetime(jiff::civil::Time::midnight());
    let seconds = Offset::UTC.to_timestamp(midnight).ok()?.as_second();
    i32::try_from(seconds.div_euclid(24 * 60 * 60)).ok()
}

fn write<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &mut Vec<T::T>,
    definitions: &[i16],
) -> Result<(), ParquetError> {
    if let Some(mut column) = group.next_column()? {
        column
            .typed::<T>()
            .write_batch(values, Some(definitions), None)?;
        column.close()?;
    }
    values.clear();
    Ok(())
}
