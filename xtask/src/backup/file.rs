//! A backup that is being written: packed and hashed in a thread of its own, under a temporary name that is gone when
//! it does not come to its end.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use fs2::FileExt;
use sha2::{Digest, Sha256};
use stack::hint::{WithHint, mendable};
use tempfile::{NamedTempFile, TempPath};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{JoinHandle, spawn_blocking};

use super::compression::{Compression, Packer};
use super::header::{Header, hex};

/// How the name of one ends that is not complete. A killed command leaves it, and no lock on it.
const INCOMPLETE: &str = ".seedbed-incomplete";
/// Pieces that wait to be written: some megabytes.
const WAITING: usize = 16;

/// A backup that is being written.
#[must_use = "it is removed when it is dropped before its end"]
pub struct BackupFile {
    path: PathBuf,
    replaces: bool,
    incomplete: TempPath,
    pieces: Sender<Piece>,
    writer: JoinHandle<Result<File>>,
}

enum Piece {
    Statements(String),
    Rows(Vec<u8>),
    /// The rows of a table have ended.
    Table,
    End(Box<Header>),
}

impl BackupFile {
    /// Begins to write the file at `path`, for its owner only, with room for the header.
    ///
    /// # Errors
    /// There is a file that it does not replace, or none can be made there.
    pub fn begin(path: &Path, replaces: bool, header: &Header) -> Result<Self> {
        let doing = || format!("write the backup `{}`", path.display());
        refuse(path, replaces)?;
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        remove_incomplete(folder).with_context(doing)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let incomplete = tempfile::Builder::new()
            .prefix(&format!(".{name}."))
            .suffix(INCOMPLETE)
            .tempfile_in(folder);
        let incomplete: NamedTempFile = incomplete.with_context(doing).with_hint(|| hint(folder))?;
        let (file, incomplete) = incomplete.into_parts();
        file.lock_exclusive().with_context(doing)?;
        let compression = Compression::of_name(path);
        let (pieces, received) = channel(WAITING);
        let room = header.room();
        let writer = spawn_blocking(move || write(file, compression, room, received));
        Ok(Self {
            path: path.to_owned(),
            replaces,
            incomplete,
            pieces,
            writer,
        })
    }

    /// Writes statements.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn statements(&mut self, sql: impl Into<String>) -> Result<()> {
        self.send(Piece::Statements(sql.into())).await
    }

    /// Writes rows as COPY has them, each of them whole.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn rows(&mut self, rows: Vec<u8>) -> Result<()> {
        self.send(Piece::Rows(rows)).await
    }

    /// Ends the rows of a table; the next are those of the next in the header.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn end_table(&mut self) -> Result<()> {
        self.send(Piece::Table).await
    }

    /// Fills in the header, and gives the file its name.
    ///
    /// # Errors
    /// The file cannot be written, or another one has taken its name.
    pub async fn finish(mut self, header: Header) -> Result<()> {
        self.send(Piece::End(Box::new(header))).await?;
        // It stays locked until it has its name: nobody takes it for one that was left.
        let _locked = ended(&self.path, &mut self.writer).await?;
        let named = match self.replaces {
            true => self.incomplete.persist(&self.path),
            false => self.incomplete.persist_noclobber(&self.path),
        };
        match named {
            Ok(()) => Ok(()),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => refuse(&self.path, false),
            Err(error) => {
                Err(error.error).with_context(|| format!("name the backup `{}`", self.path.display()))
            }
        }
    }

    async fn send(&mut self, piece: Piece) -> Result<()> {
        if self.pieces.send(piece).await.is_ok() {
            return Ok(());
        }
        // The writer has ended before its time: it says why.
        ended(&self.path, &mut self.writer).await?;
        Err(anyhow!(
            "write the backup `{}`: it has ended",
            self.path.display()
        ))
    }
}

async fn ended(path: &Path, writer: &mut JoinHandle<Result<File>>) -> Result<File> {
    let written = writer.await.context("wait for the writer")?;
    written.with_context(|| format!("write the backup `{}`", path.display()))
}

fn refuse(path: &Path, replaces: bool) -> Result<()> {
    let doing = format!("write the backup `{}`", path.display());
    match path.symlink_metadata() {
        Ok(there) if !there.is_file() => Err(mendable(
            format!("{doing}: what has this name is no file"),
            "name another one",
        )),
        Ok(_) if !replaces => Err(mendable(
            format!("{doing}: it is there already"),
            "name another file, or replace it with `--force`",
        )),
        _ => Ok(()),
    }
}

fn hint(folder: &Path) -> String {
    match folder.is_dir() {
        true => format!(
            "make `{}` writable for you, or name another file",
            folder.display()
        ),
        false => format!("make the folder first: `mkdir -p '{}'`", folder.display()),
    }
}

/// The thread that writes.
fn write(file: File, compression: Compression, room: usize, mut pieces: Receiver<Piece>) -> Result<File> {
    let mut start = file.try_clone()?;
    let mut file = BufWriter::with_capacity(1 << 20, file);
    // Of blanks only: a file without its header is none.
    let blank = compression.stored(&vec![b' '; room])?;
    file.write_all(&blank)?;
    let mut packer = compression.packer(file)?;
    let mut statements = Sha256::new();
    let (mut tables, mut rows, mut count) = (Vec::new(), Sha256::new(), 0);
    while let Some(piece) = pieces.blocking_recv() {
        match piece {
            Piece::Statements(sql) => {
                statements.update(&sql);
                packer.write_all(sql.as_bytes())?;
            }
            Piece::Rows(text) => {
                rows.update(&text);
                count += lines(&text);
                packer.write_all(&text)?;
            }
            Piece::Table => {
                tables.push((count, hex(std::mem::take(&mut rows))));
                count = 0;
            }
            Piece::End(mut header) => {
                for (table, (rows, sha256)) in header.tables.iter_mut().zip(tables) {
                    (table.rows, table.sha256) = (rows, sha256);
                }
                let header = compression.stored(header.sealed(room, &statements)?.as_bytes())?;
                anyhow::ensure!(header.len() == blank.len(), "the header does not fit its room");
                sync(packer)?;
                start.rewind()?;
                start.write_all(&header)?;
                start.sync_all()?;
                return Ok(start);
            }
        }
    }
    Err(anyhow!("it was given up"))
}

fn sync(packer: Packer<BufWriter<File>>) -> io::Result<()> {
    packer
        .finish()?
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    Ok(())
}

/// COPY escapes the line breaks in values.
pub(super) fn lines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

/// Removes what killed commands have left in a folder; what is being written is locked.
///
/// # Errors
/// The folder is there and cannot be read.
pub fn remove_incomplete(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        if !path.to_string_lossy().ends_with(INCOMPLETE) {
            continue;
        }
        // Another command may have removed it, or it may be somebody else's.
        if let Ok(file) = File::open(&path)
            && file.try_lock_exclusive().is_ok()
        {
            let _ = fs::remove_file(&path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::header::tests::example;
    use super::super::{read, script};
    use super::*;

    async fn file(path: &Path, replaces: bool) -> Result<BackupFile> {
        let mut file = BackupFile::begin(path, replaces, &example())?;
        file.statements(script::BEGIN).await?;
        file.statements(script::copy_from(&example().tables[0].table))
            .await?;
        file.rows(b"1\ta\n2\tb\n".to_vec()).await?;
        file.end_table().await?;
        file.statements(script::END_OF_ROWS).await?;
        Ok(file)
    }

    #[tokio::test]
    async fn a_file_has_its_name_when_it_is_complete_and_one_that_is_given_up_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sql.gz");
        let names = || fs::read_dir(folder.path()).unwrap().count();
        let half = file(&path, false).await.unwrap();
        remove_incomplete(folder.path()).unwrap();
        assert!(!path.exists() && names() == 1, "it is locked");
        drop(half);
        assert_eq!(names(), 0);
        fs::write(folder.path().join(format!(".a.1.{INCOMPLETE}")), "left").unwrap();

        let whole = file(&path, false).await.unwrap();
        whole.finish(example()).await.unwrap();
        assert_eq!(names(), 1);
        assert_eq!(read::whole(&path, |_, _| Ok(())).unwrap(), example());

        let error = file(&path, false).await.map(drop).unwrap_err();
        assert!(error.to_string().ends_with("it is there already"), "{error}");
        let again = file(&path, true).await.unwrap();
        again.finish(example()).await.unwrap();
        assert_eq!(names(), 1);
    }
}
