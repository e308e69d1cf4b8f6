//! What a record is to its factory, and the table-like macro that each record is written in.

use uuid::Uuid;

use crate::domain::Record;

/// A record that factories make.
///
/// ```
/// use seed_core::factory::{Contact, Generated, Opportunity};
/// fn ids<R: Generated>(records: &[R]) -> Vec<String> {
///     records.iter().map(|record| record.id().to_string()).collect()
/// }
/// assert!(ids(&Contact::factory().build_many(3))[2].ends_with("000000000002"));
/// assert_ne!(ids(&Contact::factory().build_many(1)), ids(&Opportunity::factory().build_many(1)));
/// ```
pub trait Generated: sealed::Sealed + Clone + Send + Sync + 'static {
    /// What it is.
    const RECORD: Record;

    /// Its key.
    fn id(&self) -> Uuid;
}

pub(crate) mod sealed {
    use crate::domain::{Field, Record};
    use crate::factory::records::View;
    use crate::row::RowId;

    pub trait Sealed: Sized {
        /// The whole row.
        #[doc(hidden)]
        fn read(view: View<'_>, row: RowId) -> Self;

        /// The rows of a record that one of its fields points at; the field need not be a column.
        #[doc(hidden)]
        fn aims(view: View<'_>, row: RowId, field: Field, record: Record) -> Vec<RowId>;
    }
}

/// The type of a column; `String | null` is an optional one.
macro_rules! column_type {
    ($type:ty) => { $type };
    ($type:ty, null) => { Option<$type> };
}

/// A record: its columns, each with the field of the domain that fills it, and the states that its factory knows.
/// `owned` adds the columns that all tables have but `tags`.
macro_rules! record {
    (
        $(#[$doc:meta])*
        owned $record:ident $table:ident { $($columns:tt)* } states { $($states:tt)* }
    ) => {
        $crate::factory::record::record! {
            $(#[$doc])*
            shared $record $table {
                $($columns)*
                /// Who looks after it: a key of `sales`.
                assigned_to: i64 | null = AssignedTo,
                /// Who made it: a key of `sales`.
                created_by: i64 | null = CreatedBy,
                /// When it was made.
                created_at: jiff::Timestamp = CreatedAt,
                /// When it was changed last.
                updated_at: jiff::Timestamp = UpdatedAt,
                /// When it was deleted: never.
                deleted_at: jiff::Timestamp | null,
            } states { $($states)* }
        }
    };
    (
        $(#[$doc:meta])*
        shared $record:ident $table:ident {
            $(
                $(#[$column_doc:meta])*
                $column:ident : $type:ty $(| $null:ident)? $(= $field:ident)?,
            )*
        } states {
            $(
                $(#[$state_doc:meta])*
                $state:ident: |$row:ident| $holds:expr,
            )*
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $record {
            $(
                $(#[$column_doc])*
                #[serde(with = "crate::factory::column")]
                pub $column: $crate::factory::record::column_type!($type $(, $null)?),
            )*
        }

        impl $record {
            /// Makes such records, with the seed 42 unless told otherwise.
            pub fn factory() -> $crate::factory::Factory<Self> {
                $crate::factory::Records::default().$table()
            }
        }

        impl $crate::factory::Records {
            #[doc = concat!("Makes the rows of `", stringify!($table), "`.")]
            pub fn $table(&self) -> $crate::factory::Factory<$record> {
                self.factory()
            }
        }

        #[doc = concat!("States of `", stringify!($table), "`: each picks the rows that are so.")]
        impl $crate::factory::Factory<$record> {
            $(
                $(#[$state_doc])*
                pub fn $state(self) -> Self {
                    self.only(stringify!($state), |$row| $holds)
                }
            )*
        }

        #[doc = concat!("Columns of `", stringify!($table), "`: each method sets one and changes nothing else.")]
        impl $crate::factory::Factory<$record> {
            $(
                #[doc = concat!("Every record made has this `", stringify!($column), "`.")]
                pub fn $column(self, value: impl Into<$type>) -> Self {
                    let value: $type = value.into();
                    self.with(move |record, _| record.$column = value.clone().into())
                }
            )*
        }

        impl $crate::factory::Generated for $record {
            const RECORD: $crate::domain::Record = $crate::domain::Record::$record;

            fn id(&self) -> Uuid {
                self.id
            }
        }

        impl $crate::factory::record::sealed::Sealed for $record {
            fn read(view: $crate::factory::records::View<'_>, row: $crate::row::RowId) -> Self {
                let origin = view.origin(row);
                let row: $crate::domain::$record = $crate::domain::Row::at(view.world, row);
                let mut text = String::new();
                Self {
                    $($column: $crate::factory::record::column_value!(row, text, &origin $(, $field)?),)*
                }
            }

            fn aims(
                view: $crate::factory::records::View<'_>,
                row: $crate::row::RowId,
                field: $crate::domain::Field,
                record: $crate::domain::Record,
            ) -> Vec<$crate::row::RowId> {
                let row: $crate::domain::$record = $crate::domain::Row::at(view.world, row);
                let mut text = String::new();
                $crate::factory::related::aims($crate::domain::Row::value(&row, field, &mut text), record)
            }
        }
    };
}

/// The value of a column; one without a field is the database's own affair.
macro_rules! column_value {
    ($row:ident, $text:ident, $origin:expr, $field:ident) => {{
        $text.clear();
        let value = $crate::domain::Row::value(&$row, $crate::domain::Field::$field, &mut $text);
        $crate::factory::column::Column::of(value, $origin).expect("a column that refuses null has a value")
    }};
    ($row:ident, $text:ident, $origin:expr) => {
        Default::default()
    };
}

pub(crate) use {column_type, column_value, record};
