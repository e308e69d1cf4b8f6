//! Rows of a table in any format.

use std::ops::Range;

use super::TablePlan;
use crate::catalog::ColumnType;
use crate::encode::binary::{HEADER, TRAILER};
use crate::encode::{Format, Wire, copy_text, csv, json_row, sql, typescript};

impl TablePlan {
    /// Appends what stands before the first row.
    pub fn encode_start(&self, format: Format, out: &mut Vec<u8>) {
        match format {
            Format::Binary => out.extend_from_slice(&HEADER),
            Format::Csv => {
                for (index, column) in self.binding().columns.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    csv::name(&column.name, out);
                }
                out.push(b'\n');
            }
            Format::Json => out.push(b'['),
            Format::TypeScript => typescript::start(self, out),
            Format::Text | Format::JsonLines | Format::Sql => {}
        }
    }

    /// Appends rows `range` (of `0..row_count`), without what stands before the first and after the last one.
    ///
    /// Any parts, made in any order on any thread and put together in order, are the whole: what parts a row from the
    /// one before it belongs to the row.
    ///
    /// ```
    /// use seed_core::catalog::Catalog;
    /// use seed_core::encode::Format;
    /// use seed_core::industry::IndustryPack;
    /// use seed_core::plan::{Owner, Plan, SeedSpec, Volume};
    ///
    /// let nobody = Owner { slot: 0, user_id: None, profile_id: None, volume: Volume::of_each(2), earlier: vec![] };
    /// let pack = IndustryPack::bundled("food_beverage")?;
    /// let spec = SeedSpec::new(42, "2026-11-22T00:00:00Z".parse()?, pack, vec![nobody]);
    /// let plan = Plan::new(&Catalog::reference(), &spec)?;
    /// let tags = plan.tables().iter().find(|table| table.name() == "tags").expect("it is in the catalog");
    ///
    /// let mut json = Vec::new();
    /// tags.encode_start(Format::Json, &mut json);
    /// tags.encode(Format::Json, 0..1, &mut json);
    /// tags.encode(Format::Json, 1..2, &mut json);
    /// tags.encode_end(Format::Json, &mut json);
    /// let rows: serde_json::Value = serde_json::from_slice(&json)?;
    /// assert_eq!(rows[0]["name"], "Key Account");
    /// assert_eq!(rows.as_array().map(Vec::len), Some(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn encode(&self, format: Format, range: Range<u64>, out: &mut Vec<u8>) {
        match format {
            Format::Binary => self.encode_binary(range, out),
            Format::Text => self.encode_text(range, out),
            Format::Csv => self.encode_csv(range, out),
            Format::Json => self.encode_objects(range, out, |row, out| {
                out.extend_from_slice(if row > 0 { b",\n" } else { b"\n" });
            }),
            Format::JsonLines => self.encode_objects(range, out, |row, out| {
                if row > 0 {
                    out.push(b'\n');
                }
            }),
            Format::Sql => self.encode_sql(range, out),
            Format::TypeScript => self.encode_typescript(range, out),
        }
    }

    /// Appends what stands after the last row.
    pub fn encode_end(&self, format: Format, out: &mut Vec<u8>) {
        let has_rows = self.row_count() > 0;
        match format {
            Format::Binary => out.extend_from_slice(&TRAILER),
            Format::Json => out.extend_from_slice(b"\n]\n"),
            Format::JsonLines if has_rows => out.push(b'\n'),
            Format::Sql if has_rows => sql::table_end(self, out),
            Format::TypeScript => typescript::end(self, out),
            Format::Text | Format::Csv | Format::JsonLines | Format::Sql => {}
        }
    }

    fn encode_text(&self, range: Range<u64>, out: &mut Vec<u8>) {
        let last = self.binding().columns.len() - 1;
        self.visit(range, &mut |column: usize, wire: Wire<'_>| {
            copy_text::value(wire, out);
            out.push(if column == last { b'\n' } else { b'\t' });
        });
    }

    fn encode_csv(&self, range: Range<u64>, out: &mut Vec<u8>) {
        let last = self.binding().columns.len() - 1;
        self.visit(range, &mut |column: usize, wire: Wire<'_>| {
            csv::value(wire, out);
            out.push(if column == last { b'\n' } else { b',' });
        });
    }

    /// `before` writes what parts a row, by its number, from the one before it.
    fn encode_objects(&self, range: Range<u64>, out: &mut Vec<u8>, before: impl Fn(u64, &mut Vec<u8>)) {
        let columns: Vec<(Vec<u8>, &ColumnType)> = self
            .columns()
            .map(|column| {
                let mut name = Vec::new();
                json_row::name(&column.name, &mut name);
                (name, &column.kind)
            })
            .collect();
        let mut row = range.start;
        self.visit(range, &mut |column: usize, wire: Wire<'_>| {
            if column == 0 {
                before(row, out);
                row += 1;
            }
            out.push(if column == 0 { b'{' } else { b',' });
            let (name, kind) = &columns[column];
            out.extend_from_slice(name);
            json_row::value(wire, kind, out);
            if column + 1 == columns.len() {
                out.push(b'}');
            }
        });
    }

    fn encode_sql(&self, range: Range<u64>, out: &mut Vec<u8>) {
        let last = self.binding().columns.len() - 1;
        let mut row = range.start;
        self.visit(range, &mut |column: usize, wire: Wire<'_>| {
            if column == 0 {
                sql::row_start(self, row, out);
                row += 1;
            }
            sql::value(wire, out);
            out.extend_from_slice(if column == last { b")" } else { b", " });
        });
    }

    fn encode_typescript(&self, range: Range<u64>, out: &mut Vec<u8>) {
        let mut lines = Vec::new();
        self.encode_objects(range, &mut lines, |_, out| out.push(b'\n'));
        for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            typescript::row(self, line, out);
        }
    }
}
