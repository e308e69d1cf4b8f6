//! The ways to write rows down.

/// A way to write rows down.
///
/// Whatever it is, what [`TablePlan::encode_start`] gives, the rows in order, in parts of any size, and what
/// [`TablePlan::encode_end`] gives make one whole.
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
