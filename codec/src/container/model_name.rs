//! The name of a model as a header field (`docs/format.md`, *Header*).

use crate::container::cursor::Cursor;
use crate::container::varint;
use crate::error::Error;

/// The longest name, in characters.
const MOST_CHARACTERS: u64 = 64;
/// A file that stores a name has at least this many times the bytes of the name.
const WORTH: usize = 100;

/// The name, if it is legal, and short compared with the bytes of the payloads.
pub(crate) fn stored_name(name: &str, payload_bytes: usize) -> Option<&str> {
    let is_legal =
        (1..=MOST_CHARACTERS).contains(&(name.len() as u64)) && name.bytes().all(is_character);
    let field_bytes = 1 + name.len();
    (is_legal && WORTH * field_bytes <= payload_bytes).then_some(name)
}

pub(crate) fn write(out: &mut Vec<u8>, name: &str) {
    varint::write(out, name.len() as u64);
    out.extend_from_slice(name.as_bytes());
}

pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<String, Error> {
    let length = cursor.count("model_name_length", 1..=MOST_CHARACTERS)?;
    let offset = cursor.offset();
    let name = cursor.take("model_name", length)?;
    match name.iter().position(|&byte| !is_character(byte)) {
        None => Ok(name.iter().copied().map(char::from).collect()),
        Some(at) => Err(Error::HeaderField {
            field: "model_name",
            offset: offset + at as u64,
            expected: "one of a-z A-Z 0-9 . _ -".to_owned(),
            found: name[at].into(),
        }),
    }
}

fn is_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}
