//! How a backup is packed. Each is two members one after the other, the header and the rest, which every program that
//! unpacks gives back as one text. That of the header is stored as it is: it has its size before what it says is known.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

/// How a backup is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    Plain,
    /// By gzip.
    Gzip,
    /// By Zstandard.
    Zstd,
}

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// What [RFC 8878] lets a block of Zstandard hold.
///
/// [RFC 8878]: https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.2.4
const ZSTD_BLOCK: usize = 128 * 1024;
/// Quick enough to keep up with the server.
const ZSTD_LEVEL: i32 = 1;

impl Compression {
    /// What the name of a file asks for.
    pub fn of_name(file: &Path) -> Self {
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => Self::Gzip,
            Some("zst") => Self::Zstd,
            _ => Self::Plain,
        }
    }

    /// Packs `header` so that the size depends on its length only.
    ///
    /// # Errors
    /// None that could be foreseen.
    pub fn stored(self, header: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Plain => Ok(header.to_vec()),
            Self::Gzip => {
                let mut member = GzEncoder::new(Vec::new(), flate2::Compression::none());
                member.write_all(header)?;
                member.finish()
            }
            Self::Zstd => Ok(zstd_frame(header)),
        }
    }

    /// Packs what is written to it, until [`Packer::finish`].
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn packer<W: Write>(self, file: W) -> io::Result<Packer<W>> {
        Ok(match self {
            Self::Plain => Packer::Plain(file),
            Self::Gzip => Packer::Gzip(GzEncoder::new(file, flate2::Compression::fast())),
            Self::Zstd => Packer::Zstd(zstd::Encoder::new(file, ZSTD_LEVEL)?),
        })
    }
}

/// A frame of blocks that are stored as they are.
fn zstd_frame(content: &[u8]) -> Vec<u8> {
    let mut frame = ZSTD_MAGIC.to_vec();
    // The content's size in four bytes, and no window but the content.
    frame.push(0b1010_0000);
    frame.extend((content.len() as u32).to_le_bytes());
    let blocks = content.len().div_ceil(ZSTD_BLOCK);
    for (number, block) in content.chunks(ZSTD_BLOCK).enumerate() {
        let is_last = u32::from(number + 1 == blocks);
        let head = is_last | (block.len() as u32) << 3;
        frame.extend(&head.to_le_bytes()[..3]);
        frame.extend(block);
    }
    frame
}

/// Packs the rest of a backup.
pub enum Packer<W: Write> {
    /// Not at all.
    Plain(W),
    /// By gzip.
    Gzip(GzEncoder<W>),
    /// By Zstandard.
    Zstd(zstd::Encoder<'static, W>),
}

impl<W: Write> Packer<W> {
    /// Writes what is left, and gives back what was written to.
    ///
    /// # Errors
    /// It cannot be written to.
    pub fn finish(self) -> io::Result<W> {
        match self {
            Self::Plain(file) => Ok(file),
            Self::Gzip(packer) => packer.finish(),
            Self::Zstd(packer) => packer.finish(),
        }
    }
}

impl<W: Write> Write for Packer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Gzip(packer) => packer.write(bytes),
            Self::Zstd(packer) => packer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Gzip(packer) => packer.flush(),
            Self::Zstd(packer) => packer.flush(),
        }
    }
}

/// The text of a file, however it is packed: its first bytes tell.
///
/// # Errors
/// It cannot be read.
pub fn unpacked(file: impl Read + 'static) -> io::Result<Box<dyn BufRead>> {
    let mut file = BufReader::with_capacity(BUFFER, file);
    let start = file.fill_buf()?;
    let (is_gzip, is_zstd) = (start.starts_with(&GZIP_MAGIC), start.starts_with(&ZSTD_MAGIC));
    Ok(match (is_gzip, is_zstd) {
        (true, _) => Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file))),
        (_, true) => Box::new(BufReader::with_capacity(
            BUFFER,
            zstd::Decoder::with_buffer(file)?,
        )),
        _ => Box::new(file),
    })
}

const BUFFER: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_has_its_size_before_it_is_known_and_is_one_text_with_the_rest() {
        for compression in [Compression::Plain, Compression::Gzip, Compression::Zstd] {
            for length in [1, 1000, ZSTD_BLOCK, ZSTD_BLOCK + 1, 300_000] {
                let blank = compression.stored(&vec![b' '; length]).unwrap();
                let header: Vec<u8> = (0..length).map(|at| (at * 7 % 251) as u8).collect();
                let mut file = compression.stored(&header).unwrap();
                assert_eq!(file.len(), blank.len(), "{compression:?}, {length}");
                let mut packer = compression.packer(&mut file).unwrap();
                packer.write_all(b"the rest").unwrap();
                packer.finish().unwrap();
                let mut text = Vec::new();
                let mut reader = unpacked(io::Cursor::new(file)).unwrap();
                reader.read_to_end(&mut text).unwrap();
                assert_eq!(
                    text,
                    [&header, &b"the rest"[..]].concat(),
                    "{compression:?}, {length}"
                );
            }
        }
    }

    #[test]
    fn the_name_asks_for_it() {
        let check = |name, expect| assert_eq!(Compression::of_name(Path::new(name)), expect);
        check("a/b.sql.gz", Compression::Gzip);
        check("b.zst", Compression::Zstd);
        check("b.sql", Compression::Plain);
        check("gz", Compression::Plain);
    }
}
