//! The ways to write rows down.

/// A way to write rows down.
///
/// Whatever it is, what [`TablePlan::encode_start`] gives, the rows in order, in parts of any size, and what
/// [`TablePlan::encode_end`] gives make one whole.
///
/// ```
/// use seed_core::catalog::Catalog;
/// use seed_core::encode::Format;
/// use seed_core::industry::IndustryPack;
/// use seed_core::plan::{Owner, Plan, SeedSpec, Volume};
///
/// let nobody = Owner { slot: 0, user_id: None, profile_id: None, volume: Volume::UNOWNED, earlier: vec![] };
/// let pack = IndustryPack::bundled("food_beverage")?;
/// let spec = SeedSpec::new(42, "2026-11-22T00:00:00Z".parse()?, pack, vec![nobody]);
/// let plan = Plan::new(&Catalog::reference(), &spec)?;
/// let tags = plan.tables().iter().find(|table| table.name() == "tags").unwrap();
///
/// let mut bytes = Vec::new();
/// tags.encode_start(Format::Json, &mut bytes);
/// tags.encode(Format::Json, 0..5, &mut bytes);
/// tags.encode(Format::Json, 5..tags.row_count(), &mut bytes);
/// tags.encode_end(Format::Json, &mut bytes);
/// let rows: Vec<serde_json::Value> = serde_json::from_slice(&bytes)?;
/// assert_eq!(rows.len(), 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// [`TablePlan::encode_start`]: crate::plan::TablePlan::encode_start
/// [`TablePlan::encode_end`]: crate::plan::TablePlan::encode_end
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// What `COPY … (FORMAT binary)` reads.
    Binary,
    /// What plain `COPY` reads: tabs between values, `\N` for null.
    Text,
    /// What `COPY … (FORMAT csv, HEADER)` reads, as RFC 4180 says: an unquoted nothing is null, `""` is an empty text.
    Csv,
    /// An array of objects, values as PostgREST gives them.
    Json,
    /// The same objects, one a line.
    JsonLines,
    /// `insert` statements, parents first, with sequences moved behind the keys.
    Sql,
    /// A module of TypeScript without imports: the type of the rows, the rows, and a function that gives them in turn.
    TypeScript,
}

impl Format {
    /// How names of its files end.
    ///
    /// ```
    /// use seed_core::encode::Format;
    /// assert_eq!(Format::JsonLines.extension(), "jsonl");
    /// ```
    pub fn extension(self) -> &'static str {
        match self {
            Self::Binary => "bin",
            Self::Text => "copy",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Sql => "sql",
            Self::TypeScript => "ts",
        }
    }

    /// What stands before the first table of a file that holds several: an SQL script is one transaction.
    pub fn file_start(self) -> &'static str {
        match self {
            Self::Sql => {
                "begin;\nset local client_encoding = 'UTF8';\nset local standard_conforming_strings = on;\n"
            }
            _ => "",
        }
    }

    /// What stands after the last table of a file that holds several.
    pub fn file_end(self) -> &'static str {
        match self {
            Self::Sql => "\ncommit;\n",
            _ => "",
        }
    }
}
