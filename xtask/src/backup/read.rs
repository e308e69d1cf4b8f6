//! Reads a backup, and finds out whether it is as it was written.

use std::fs::File;
use std::io::{self, BufRead};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};
use stack::hint::WithHint;

use super::compression::unpacked;
use super::file::lines;
use super::header::{Header, hex};
use super::script::{END_OF_ROWS, copy_from};

/// Rows that are handed on at once, in bytes.
const CHUNK: usize = 256 * 1024;

/// What a backup tells of itself; whether it is true is not looked at.
///
/// # Errors
/// The file cannot be read, or is none.
pub fn header(path: &Path) -> Result<Header> {
    let read = open(path).and_then(|mut file| Ok(Header::read(&mut *file)?.header));
    of_file(path, read)
}

/// Reads a backup to its end and compares all counts and checksums. `on_rows` gets the rows, each of them whole, with
/// the place of their table in the header.
///
/// # Errors
/// The file cannot be read, is none, is cut off, or was changed; or `on_rows` has failed.
pub fn whole(path: &Path, on_rows: impl FnMut(usize, &[u8]) -> Result<()>) -> Result<Header> {
    of_file(path, open(path).and_then(|file| compared(file, on_rows)))
}

fn of_file<T>(path: &Path, read: Result<T>) -> Result<T> {
    read.with_context(|| format!("read the backup `{}`", path.display()))
        .with_hint(|| "take another one: `cargo xtask backup list` shows which are whole".into())
}

fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    let file = File::open(path)?;
    ensure!(file.metadata()?.is_file(), "it is no file");
    Ok(unpacked(file)?)
}

fn compared(
    mut file: Box<dyn BufRead>,
    mut on_rows: impl FnMut(usize, &[u8]) -> Result<()>,
) -> Result<Header> {
    let sealed = Header::read(&mut *file)?;
    let header = &sealed.header;
    let mut statements = Sha256::new();
    // What fills the room of the header.
    let filling = line(&mut *file)?;
    ensure!(
        filling.starts_with(b"--") && filling[2..].iter().all(u8::is_ascii_whitespace),
        "its header was changed"
    );
    for (number, entry) in header.tables.iter().enumerate() {
        let (start, title) = (copy_from(&entry.table), entry.table.title());
        loop {
            let line = line(&mut *file)?;
            ensure!(!line.is_empty(), "it is cut off before the rows of `{title}`");
            statements.update(&line);
            if line == start.as_bytes() {
                break;
            }
        }
        let (mut rows, mut hash) = (0, Sha256::new());
        let mut chunk = Vec::with_capacity(CHUNK);
        loop {
            let before = chunk.len();
            let is_end = read_line(&mut *file, &mut chunk)
                .with_context(|| format!("read the rows of `{title}`"))?
                == 0;
            ensure!(!is_end, "it is cut off in the rows of `{title}`");
            let is_last = &chunk[before..] == END_OF_ROWS.as_bytes();
            if is_last {
                chunk.truncate(before);
                statements.update(END_OF_ROWS);
            }
            if is_last || chunk.len() >= CHUNK - CHUNK / 8 {
                hash.update(&chunk);
                rows += lines(&chunk);
                on_rows(number, &chunk)?;
                chunk.clear();
            }
            if is_last {
                break;
            }
        }
        if rows != entry.rows {
            bail!(
                "it has {rows} rows of `{title}`, of {} that it had when it was written",
                entry.rows
            );
        }
        ensure!(hex(hash) == entry.sha256, "its rows of `{title}` were changed");
    }
    loop {
        let line = line(&mut *file)?;
        if line.is_empty() {
            break;
        }
        statements.update(&line);
    }
    ensure!(
        sealed.holds(&statements),
        "it is cut off, or its header or statements were changed"
    );
    Ok(sealed.header)
}

fn line(file: &mut dyn BufRead) -> Result<Vec<u8>> {
    let mut line = Vec::new();
    read_line(file, &mut line)?;
    Ok(line)
}

/// One more line, and how long it is; what a packed file lacks at its end is its end.
fn read_line(file: &mut dyn BufRead, line: &mut Vec<u8>) -> Result<usize> {
    match file.read_until(b'\n', line) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
        Err(error) => Err(error).context("it is damaged"),
        Ok(length) => Ok(length),
    }
}
