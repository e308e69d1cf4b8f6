//! What a backup tells of itself: comments at its beginning, for people and for us.
//!
//! Counts and checksums are known when the last row was written. So room is left at the beginning that is enough
//! whatever they are, and filled at the end.

use std::io::BufRead;

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::database::carried::{CarriedSequence, CarriedTable};
use crate::database::environment::Mark;

/// The form of file that this tool writes, and reads.
pub const FORMAT: u32 = 1;
/// The first line.
const TITLE: &str = "-- Seedbed backup";
/// What people should know who come upon the file.
const PROSE: &str = include_str!("sql/prose.sql");
/// No header is longer: thousands of tables.
const LONGEST: usize = 16 << 20;

/// What a backup tells of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`] of the tool that wrote it.
    pub format: u32,
    /// Version of that tool.
    pub tool: String,
    /// When the rows were as they are in it.
    pub taken: Timestamp,
    /// The target, as `--target` has it.
    pub target: String,
    /// Host, port and name of the database.
    pub database: String,
    /// What the database was marked as.
    pub mark: Option<Mark>,
    /// Version of the server.
    pub server: String,
    /// Schemas whose tables it brings, apart from users and the ledger.
    pub schemas: Vec<String>,
    /// Versions of the migrations that were applied; `None` where the database has no history of them.
    pub migrations: Option<Vec<String>>,
    /// Where the sequences stood.
    #[serde(default)]
    pub sequences: Vec<CarriedSequence>,
    /// The tables, in the order of their blocks.
    #[serde(default)]
    pub tables: Vec<BackupTable>,
}

/// A table of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupTable {
    /// How many rows.
    pub rows: u64,
    /// SHA-256 of the rows as COPY has them, in hexadecimal.
    pub sha256: String,
    /// Which table.
    #[serde(flatten)]
    pub table: CarriedTable,
}

impl Header {
    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// How many users.
    pub fn users(&self) -> u64 {
        let mut tables = self.tables.iter();
        let users =
            tables.find(|one| (one.table.schema.as_str(), one.table.name.as_str()) == ("auth", "users"));
        users.map_or(0, |users| users.rows)
    }

    /// How long it can get, in bytes.
    pub fn room(&self) -> usize {
        let mut longest = self.clone();
        for table in &mut longest.tables {
            (table.rows, table.sha256) = (u64::MAX, hex(Sha256::new()));
        }
        longest.text().len() + seal(&Sha256::new()).len() + "--\n".len()
    }

    /// The header in a room of this size, sealed with the hash of the statements that follow.
    ///
    /// # Errors
    /// The room is too small.
    pub fn sealed(&self, room: usize, statements: &Sha256) -> Result<String> {
        let text = self.text();
        let sealed = text.clone() + &seal(&with_text(statements, &text));
        let blanks = room.checked_sub(sealed.len() + "--\n".len());
        let blanks = blanks.context("write the header: there is no room for it")?;
        Ok(format!("{sealed}--{}\n", " ".repeat(blanks)))
    }

    /// All but the seal.
    fn text(&self) -> String {
        let fields = serde_json::to_value(self).expect("all of it is JSON");
        let fields = fields.as_object().expect("it is an object");
        let mut text = format!("{TITLE}\n{PROSE}");
        for (key, value) in fields {
            match (LISTS.iter().find(|(list, _)| list == key), value) {
                (Some((_, word)), Value::Array(values)) => {
                    values
                        .iter()
                        .for_each(|value| text += &format!("-- {word}: {value}\n"));
                }
                _ => text += &format!("-- {key}: {value}\n"),
            }
        }
        text
    }

    /// Reads a header, with the statement hash that it was sealed with still to be compared: see [`Sealed`].
    ///
    /// # Errors
    /// It is none, or of another version of this tool.
    pub fn read(file: &mut dyn BufRead) -> Result<Sealed> {
        let (mut fields, mut text, mut line) = (Map::new(), String::new(), String::new());
        loop {
            line.clear();
            // A file of something else may be one endless line.
            let mut limited = std::io::Read::take(&mut *file, LONGEST as u64);
            let length = limited.read_line(&mut line);
            let is_text = length.as_ref().is_ok_and(|length| *length > 0);
            ensure!(
                is_text && (!text.is_empty() || line.trim_end() == TITLE) && text.len() < LONGEST,
                "it is no backup of this tool, or its beginning is gone"
            );
            let Some((key, value)) = field(&line) else {
                text += &line;
                continue;
            };
            if key == "checksum" {
                let seal = value.as_str().unwrap_or_default().to_owned();
                let header = header_of(fields)?;
                return Ok(Sealed { header, text, seal });
            }
            text += &line;
            match LISTS.iter().find(|(_, word)| *word == key) {
                Some((list, _)) => {
                    let list = fields.entry(*list).or_insert_with(|| Value::Array(Vec::new()));
                    list.as_array_mut().expect("it was made as one").push(value);
                }
                None => drop(fields.insert(key.to_owned(), value)),
            }
        }
    }
}

/// Lists have a line for each of their values, with this word.
const LISTS: [(&str, &str); 2] = [("sequences", "sequence"), ("tables", "table")];

fn header_of(fields: Map<String, Value>) -> Result<Header> {
    let format = fields.get("format").and_then(Value::as_u64);
    if format != Some(u64::from(FORMAT)) {
        bail!(
            "it is of another version of this tool, which wrote format {}",
            format.unwrap_or(0)
        );
    }
    serde_json::from_value(Value::Object(fields)).context("its header was changed")
}

/// `-- key: value`; other lines are for people.
fn field(line: &str) -> Option<(&str, Value)> {
    let (key, value) = line.strip_prefix("-- ")?.split_once(": ")?;
    let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    Some((key, serde_json::from_str(value).ok().filter(|_| is_key)?))
}

/// A header that was read, and what it was sealed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The header.
    pub header: Header,
    text: String,
    seal: String,
}

impl Sealed {
    /// Whether neither it nor the statements have changed since it was sealed.
    pub fn holds(&self, statements: &Sha256) -> bool {
        hex(with_text(statements, &self.text)) == self.seal
    }
}

fn seal(hash: &Sha256) -> String {
    format!("-- checksum: \"{}\"\n", hex(hash.clone()))
}

fn with_text(statements: &Sha256, text: &str) -> Sha256 {
    statements.clone().chain_update(text)
}

/// A hash in hexadecimal.
pub fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A header with a table of two rows.
    pub fn example() -> Header {
        Header {
            format: FORMAT,
            tool: "0.1.0".into(),
            taken: "2026-11-22T00:00:00Z".parse().unwrap(),
            target: "cloud".into(),
            database: "db.example.com:5432/postgres".into(),
            mark: Some(Mark {
                kind: "staging".into(),
                name: "acme: \"new\"".into(),
            }),
            server: "17.6".into(),
            schemas: vec!["public".into()],
            migrations: Some(vec!["20260101000000".into()]),
            sequences: vec![CarriedSequence {
                schema: "public".into(),
                name: "tags_id_seq".into(),
                last_value: 7,
                is_called: true,
            }],
            tables: vec![BackupTable {
                rows: 2,
                sha256: hex(Sha256::new().chain_update("1\ta\n2\tb\n")),
                table: CarriedTable {
                    schema: "public".into(),
                    name: "tags".into(),
                    columns: vec!["id".into(), "na\"me".into()],
                    key: vec!["id".into()],
                },
            }],
        }
    }

    #[test]
    fn a_header_is_read_as_it_was_written_and_fills_its_room() {
        let (header, statements) = (example(), Sha256::new().chain_update("begin;"));
        let text = header.sealed(header.room(), &statements).unwrap();
        assert_eq!(text.len(), header.room());
        assert!(text.lines().all(|line| line.starts_with("--")), "{text}");
        let sealed = Header::read(&mut text.as_bytes()).unwrap();
        assert_eq!(sealed.header, header);
        assert!(sealed.holds(&statements));
        assert!(!sealed.holds(&Sha256::new()));
        let changed = text.replace("\"rows\":2", "\"rows\":3");
        assert!(!Header::read(&mut changed.as_bytes()).unwrap().holds(&statements));
    }

    #[test]
    fn what_is_no_header_is_said() {
        let check = |text: &str, expect: &str| {
            let error = Header::read(&mut text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expect), "{error}");
        };
        check("", "no backup of this tool");
        check("-- PostgreSQL database dump\n", "no backup of this tool");
        check(&format!("{TITLE}\n-- tool: \"1\"\n"), "no backup of this tool");
        check(
            &format!("{TITLE}\n-- format: 9\n-- checksum: \"\"\n"),
            "which wrote format 9",
        );
        check(
            &format!("{TITLE}\n-- format: 1\n-- checksum: \"\"\n"),
            "its header was changed",
        );
    }
}
