//! The live database's tables as plain data, so that binding and planning need no connection.
//!
//! `xtask` reads it from `pg_catalog`; tests write it as literals or read it from JSON.
//!
//! ```
//! use seed_core::catalog::{Catalog, Check, Column, ColumnType, ForeignKey, Identity, Table, UniqueKey};
//!
//! let id = Column { name: "id".into(), kind: ColumnType::BigInt, identity: Identity::Always, ..Column::default() };
//! let company = Column { name: "company_id".into(), kind: ColumnType::BigInt, not_null: true, ..Column::default() };
//! let deals = Table {
//!     schema: "public".into(),
//!     name: "deals".into(),
//!     columns: vec![id, company],
//!     primary_key: vec!["id".into()],
//!     unique: vec![UniqueKey { name: "deals_key".into(), columns: vec!["company_id".into()], partial: false }],
//!     foreign_keys: vec![ForeignKey {
//!         columns: vec!["company_id".into()],
//!         referenced_table: "companies".into(),
//!         ..ForeignKey::default()
//!     }],
//!     checks: vec![Check { name: "deals_check".into(), expression: "(id > 0)".into(), ..Check::default() }],
//!     row_count: 0,
//! };
//! let catalog = Catalog { tables: vec![deals] };
//! assert_eq!(serde_json::from_str::<Catalog>(&serde_json::to_string(&catalog)?)?, catalog);
//! # Ok::<(), serde_json::Error>(())
//! ```

use serde::{Deserialize, Serialize};

/// The tables of one database that a plan may fill, in no particular order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// Ordinary and partitioned tables; no views.
    pub tables: Vec<Table>,
}

impl Catalog {
    /// The tables of Seedbed's own schema, `supabase/migrations` of its workspace: for rows without a database.
    ///
    /// They are empty, and their enums have no oids, which are another in each database.
    ///
    /// ```
    /// use seed_core::catalog::Catalog;
    /// let catalog = Catalog::reference();
    /// assert!(catalog.tables.iter().any(|table| table.name == "contacts" && table.primary_key == ["id"]));
    /// ```
    pub fn reference() -> Self {
        let json = include_str!("../catalogs/reference.json");
        serde_json::from_str(json).expect("a test reads it and holds it against the live one")
    }
}

/// One table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Schema, mostly `public`.
    pub schema: String,
    /// Name as PostgreSQL stores it, unquoted.
    pub name: String,
    /// Columns in order of their position; dropped ones are left out.
    pub columns: Vec<Column>,
    /// Columns of the primary key, empty where there is none.
    pub primary_key: Vec<String>,
    /// Unique constraints and unique indexes on plain columns, without the primary key.
    pub unique: Vec<UniqueKey>,
    /// Foreign keys that start here.
    pub foreign_keys: Vec<ForeignKey>,
    /// Check constraints of the table and of its columns' domains.
    pub checks: Vec<Check>,
    /// Rows in it now: a count, not an estimate.
    pub row_count: u64,
}

/// One column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name as PostgreSQL stores it, unquoted.
    pub name: String,
    /// What it can hold, domains resolved to their base type.
    pub kind: ColumnType,
    /// Whether null is refused, by the column or by its domain.
    pub not_null: bool,
    /// The default as `pg_get_expr` prints it.
    pub default: Option<String>,
    /// `generated always|by default as identity`, or a `serial` default.
    pub identity: Identity,
    /// `generated always as (…) stored`: never written.
    pub generated: bool,
    /// For a key of integers: the next one free, above all that are there and what its sequence would give.
    #[serde(default)]
    pub next_key: Option<i64>,
    /// Oid of the type to name in COPY (the array's oid for arrays).
    pub type_oid: u32,
}

/// What a column can hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// `boolean`
    Boolean,
    /// `smallint`
    SmallInt,
    /// `integer`
    Integer,
    /// `bigint`
    BigInt,
    /// `real`
    Real,
    /// `double precision`
    Double,
    /// `numeric(precision, scale)`; both `None` where unconstrained.
    Numeric {
        /// Total digits.
        precision: Option<u16>,
        /// Digits after the point.
        scale: Option<u16>,
    },
    /// `text`, `varchar(n)`, `char(n)`, `citext`, `name`.
    Text {
        /// The longest text it takes, in characters.
        max_length: Option<u32>,
    },
    /// `uuid`
    Uuid,
    /// `date`
    Date,
    /// `time`
    Time,
    /// `timestamp` without time zone
    Timestamp,
    /// `timestamp with time zone`
    TimestampTz,
    /// `interval`
    Interval,
    /// `json`
    Json,
    /// `jsonb`
    Jsonb,
    /// `bytea`
    Bytea,
    /// `inet` or `cidr`
    Inet,
    /// An enum, with its labels in their order.
    Enum {
        /// Schema-qualified name of the type.
        name: String,
        /// Labels in sort order.
        labels: Vec<String>,
    },
    /// An array of one of the others.
    Array {
        /// What each element is.
        element: Box<ColumnType>,
        /// Oid of the element's type, which binary COPY must name.
        element_oid: u32,
    },
    /// Anything else, by the name that `format_type` gives.
    Other(String),
    /// Not read yet; the value that `Default` gives.
    #[default]
    Unknown,
}

/// Whether a column numbers itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// It does not.
    #[default]
    No,
    /// `generated always as identity`: explicit values only with OVERRIDING, which COPY does by itself.
    Always,
    /// `generated by default as identity`, or `serial`.
    ByDefault,
}

/// A unique key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UniqueKey {
    /// Name of the constraint or index.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// Whether it holds for some rows only (`where …`).
    pub partial: bool,
}

/// A foreign key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// Name of the constraint.
    pub name: String,
    /// Columns here, paired with `referenced_columns`.
    pub columns: Vec<String>,
    /// Schema of the table pointed at (`auth` for `auth.users`).
    pub referenced_schema: String,
    /// Table pointed at.
    pub referenced_table: String,
    /// Columns pointed at.
    pub referenced_columns: Vec<String>,
}

/// A check constraint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Name of the constraint.
    pub name: String,
    /// Columns it reads.
    pub columns: Vec<String>,
    /// The expression as `pg_get_constraintdef` prints it, without `CHECK (…)` around it; for a
    /// domain's check, `VALUE` stands for the column.
    pub expression: String,
}
