//! What is asked of the API or of the database, as data.

use serde_json::{Map, Value};

/// A question to the API or to the database.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// How many rows are there?
    Count {
        /// The column that is read.
        column: String,
        /// Only those where these columns hold these values.
        only: Vec<(String, String)>,
    },
    /// Is this row taken?
    Insert {
        /// The row; what it does not say has its default.
        row: Map<String, Value>,
    },
    /// Is a row changed?
    Update {
        /// Which.
        address: Address,
        /// The column that gets the value that it has.
        column: String,
        /// The value.
        value: Option<String>,
    },
    /// Is a row removed?
    Delete {
        /// Which.
        address: Address,
    },
}

/// What a write is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Address {
    /// The row with these values.
    Row(Vec<(String, Option<String>)>),
    /// No row: what this column holds both is and is not null. What refuses it would refuse any.
    Nowhere(String),
}
