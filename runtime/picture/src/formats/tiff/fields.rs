//! The fields of the first page, each claimed where its value is used; the names of what other pages and directories
//! hold.

use std::collections::HashSet;
use std::ops::Range;

use crate::error::{Error, Result};
use crate::formats::tiff::file::{Directory, Field, File, damaged, value_bytes};
use crate::formats::tiff::tags::{
    EXIF_IFD, GPS_IFD, IMAGE_LENGTH, IMAGE_WIDTH, INTEROPERABILITY_IFD, PHOTOMETRIC,
    STRIP_BYTE_COUNTS, STRIP_OFFSETS, SUB_IFDS, TILE_BYTE_COUNTS, TILE_OFFSETS, field_name,
};
use crate::ledger::Ledger;

const OTHER_PAGES: &str = "the pages after the first";
const CHILDREN: [u16; 4] = [SUB_IFDS, EXIF_IFD, GPS_IFD, INTEROPERABILITY_IFD];

/// Bytes of a field in the smallest kind of directory.
const FIELD_BYTES: usize = 12;

/// What a directory other than the first says about its image, if it has one.
pub(crate) struct OtherImage {
    /// Its photometric interpretation.
    pub(crate) photometric: Option<u64>,
    pub(crate) pixels: u64,
    /// Whether a field of another directory points to it.
    pub(crate) is_child: bool,
}

/// The directories that have been read. All of them together have at most as many fields as the file has room for: a
/// file whose directories overlap takes no more time than others.
struct SeenDirectories {
    offsets: HashSet<u64>,
    fields_left: usize,
}

impl SeenDirectories {
    fn new(bytes: &[u8], first: u64) -> SeenDirectories {
        SeenDirectories {
            offsets: HashSet::from([first]),
            fields_left: bytes.len() / FIELD_BYTES,
        }
    }

    /// The directory at an offset, unless it has been read before, is damaged or is one too many.
    fn read(&mut self, file: &File<'_>, offset: u64) -> Option<Directory> {
        if self.fields_left == 0 || !self.offsets.insert(offset) {
            return None;
        }
        let directory = file.directory(offset).ok()?;
        self.fields_left = self
            .fields_left
            .saturating_sub(directory.fields.len().max(1));
        Some(directory)
    }
}

/// The first page of a file, and the account of the file.
pub(crate) struct Fields<'a> {
    pub(crate) file: File<'a>,
    pub(crate) ledger: Ledger,
    pub(crate) others: Vec<OtherImage>,
    /// Whether the first page says that another one follows.
    pub(crate) has_further_pages: bool,
    fields: Vec<Field>,
}

impl<'a> Fields<'a> {
    /// Opens a file. Names everything to which a field points.
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Fields<'a>> {
        let (file, head, first) = File::open(bytes)?;
        let mut ledger = Ledger::new(bytes);
        ledger.claim(0..head);
        let page = file.directory(first)?;
        ledger.claim(page.head.clone());
        ledger.claim_if(page.next == 0, page.link.clone(), OTHER_PAGES);
        let (mut seen, mut others) = (SeenDirectories::new(bytes, first), Vec::new());
        for field in &page.fields {
            let name = field_name(field.tag);
            ledger.name(field.entry.clone(), name.clone());
            name_values(field, &name, &mut ledger);
            if CHILDREN.contains(&field.tag) {
                for child in numbers(&file, field).unwrap_or_default() {
                    others.extend(name_directories(
                        &file,
                        child,
                        &name,
                        &mut seen,
                        &mut ledger,
                    ));
                }
            }
        }
        let pages = name_directories(&file, page.next, OTHER_PAGES, &mut seen, &mut ledger);
        others.extend(pages);
        Ok(Fields {
            file,
            ledger,
            others,
            has_further_pages: page.next != 0,
            fields: page.fields,
        })
    }

    pub(crate) fn contains(&self, tag: u16) -> bool {
        self.find(tag).is_some()
    }

    /// How many values a field has.
    pub(crate) fn count(&self, tag: u16) -> Option<u64> {
        self.find(tag).map(|field| field.count)
    }

    /// The whole numbers of a field, which is not claimed.
    pub(crate) fn view(&self, tag: u16) -> Result<Option<Vec<u64>>> {
        let field = self.find(tag);
        field.map(|field| numbers(&self.file, field)).transpose()
    }

    /// The whole numbers of a field, which the caller uses or compares with their only legal value.
    pub(crate) fn numbers(&mut self, tag: u16) -> Result<Option<Vec<u64>>> {
        let numbers = self.view(tag)?;
        self.claim(tag);
        Ok(numbers)
    }

    /// The only number of a field, which the caller uses.
    pub(crate) fn number(&mut self, tag: u16) -> Result<Option<u64>> {
        match self.numbers(tag)?.as_deref() {
            None => Ok(None),
            Some([number]) => Ok(Some(*number)),
            Some(numbers) => Err(damaged(format!(
                "{}: expected one number, found {}",
                field_name(tag),
                numbers.len()
            ))),
        }
    }

    /// Like [`Fields::number`], for a field that must be there.
    pub(crate) fn required(&mut self, tag: u16) -> Result<u64> {
        self.number(tag)?.ok_or_else(|| missing(tag))
    }

    /// Like [`Fields::numbers`], for a field that must be there.
    pub(crate) fn required_numbers(&mut self, tag: u16) -> Result<Vec<u64>> {
        self.numbers(tag)?.ok_or_else(|| missing(tag))
    }

    /// The bytes of a field of the type BYTE or UNDEFINED, which is not claimed.
    pub(crate) fn bytes(&self, tag: u16) -> Result<Option<&'a [u8]>> {
        let field = self.find(tag).filter(|field| matches!(field.kind, 1 | 7));
        let range = field.map(values).transpose()?;
        Ok(range.map(|range| &self.file.bytes[range]))
    }

    /// Numerator and denominator of a field of one RATIONAL, which is not claimed.
    pub(crate) fn rational(&self, tag: u16) -> Option<(u32, u32)> {
        let field = self.find(tag)?;
        let range = (field.kind == 5 && field.count == 1).then(|| field.values.clone())??;
        let part = |at| self.file.number(at, 4).ok().map(|number| number as u32);
        Some((part(range.start)?, part(range.start + 4)?))
    }

    /// Claims a field whose value is used. A second field with the same number stays unclaimed.
    pub(crate) fn claim(&mut self, tag: u16) {
        let Some(field) = self.fields.iter().find(|field| field.tag == tag) else {
            return;
        };
        let Some(values) = field.values.clone() else {
            return;
        };
        let entry = field.entry.clone();
        if !entry.contains(&values.start) {
            self.ledger.claim(entry);
            self.ledger.claim(values);
            return;
        }
        self.ledger.claim(entry.start..values.end);
        let padding = &self.file.bytes[values.end..entry.end];
        if padding.iter().all(|&byte| byte == 0) {
            self.ledger.claim(values.end..entry.end);
        }
    }

    fn find(&self, tag: u16) -> Option<&Field> {
        self.fields.iter().find(|field| field.tag == tag)
    }
}

fn missing(tag: u16) -> Error {
    damaged(format!("expected the {}, found none", field_name(tag)))
}

fn values(field: &Field) -> Result<Range<usize>> {
    match (&field.values, value_bytes(field.kind)) {
        (Some(values), _) => Ok(values.clone()),
        (None, Some(_)) => Err(Error::Truncated { format: "TIFF" }),
        (None, None) => Err(damaged(format!(
            "{}: expected a known type, found type {}",
            field_name(field.tag),
            field.kind
        ))),
    }
}

/// The values of BYTE, SHORT, LONG, IFD, LONG8 or IFD8.
fn numbers(file: &File<'_>, field: &Field) -> Result<Vec<u64>> {
    let range = values(field)?;
    let size = match field.kind {
        1 | 3 | 4 | 13 | 16 | 18 => value_bytes(field.kind).unwrap_or(1),
        kind => {
            return Err(damaged(format!(
                "{}: expected whole numbers, found type {kind}",
                field_name(field.tag)
            )));
        }
    };
    let mut numbers = Vec::with_capacity(range.len() / size);
    for at in range.step_by(size) {
        numbers.push(file.number(at, size)?);
    }
    Ok(numbers)
}

fn name_values(field: &Field, name: &str, ledger: &mut Ledger) {
    match &field.values {
        Some(values) if !field.entry.contains(&values.start) => ledger.name(values.clone(), name),
        _ => {}
    }
}

/// Gives a name to the directory at `offset`, to those that follow it, and to what they hold. Returns their images.
fn name_directories(
    file: &File<'_>,
    offset: u64,
    name: &str,
    seen: &mut SeenDirectories,
    ledger: &mut Ledger,
) -> Vec<OtherImage> {
    let mut offset = offset;
    let mut others = Vec::new();
    while offset != 0
        && let Some(directory) = seen.read(file, offset)
    {
        name_directory(file, &directory, name, ledger);
        others.push(other_image(file, &directory, name != OTHER_PAGES));
        for field in &directory.fields {
            if CHILDREN.contains(&field.tag) {
                for child in numbers(file, field).unwrap_or_default() {
                    if let Some(directory) = seen.read(file, child) {
                        name_directory(file, &directory, name, ledger);
                        others.push(other_image(file, &directory, true));
                    }
                }
            }
        }
        offset = directory.next;
    }
    others
}

fn other_image(file: &File<'_>, directory: &Directory, is_child: bool) -> OtherImage {
    let number = |tag| {
        let field = directory.fields.iter().find(|field| field.tag == tag)?;
        numbers(file, field).ok()?.first().copied()
    };
    let sides = [IMAGE_WIDTH, IMAGE_LENGTH].map(|tag| number(tag).unwrap_or(0));
    OtherImage {
        photometric: number(PHOTOMETRIC),
        pixels: sides[0].saturating_mul(sides[1]),
        is_child,
    }
}

fn name_directory(file: &File<'_>, directory: &Directory, name: &str, ledger: &mut Ledger) {
    ledger.name(directory.head.start..directory.link.end, name);
    for field in &directory.fields {
        name_values(field, name, ledger);
    }
    for (offsets, counts) in [
        (STRIP_OFFSETS, STRIP_BYTE_COUNTS),
        (TILE_OFFSETS, TILE_BYTE_COUNTS),
    ] {
        let list = |tag| {
            let field = directory.fields.iter().find(|field| field.tag == tag);
            field.and_then(|field| numbers(file, field).ok())
        };
        let (offsets, counts) = (
            list(offsets).unwrap_or_default(),
            list(counts).unwrap_or_default(),
        );
        for (offset, count) in offsets.into_iter().zip(counts) {
            if offset.saturating_add(count) <= file.bytes.len() as u64 {
                ledger.name(offset as usize..(offset + count) as usize, name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: u16 = 1000;

    fn field(tag: u16, kind: u16, count: u32, value: u32) -> Vec<u8> {
        let head = [tag.to_be_bytes(), kind.to_be_bytes()].concat();
        [head, [count.to_be_bytes(), value.to_be_bytes()].concat()].concat()
    }

    /// A page whose SUB_IFDS are directories that begin at each field of the others.
    fn overlapping(directories: u32) -> Vec<u8> {
        let list = 8 + 2 + 12 + 4;
        let first = list + 4 * directories;
        let mut bytes = b"MM\0*\0\0\0\x08\0\x01".to_vec();
        bytes.extend(field(SUB_IFDS, 4, directories, list));
        bytes.extend([0; 4]);
        for child in 0..directories {
            bytes.extend((first + 12 * child).to_be_bytes());
        }
        // The value of a field is the number of fields of the directory that begins with its last bytes.
        bytes.extend(FIELDS.to_be_bytes());
        for _ in 0..u32::from(FIELDS) + directories {
            bytes.extend(field(0x1111, 2, 4, FIELDS.into()));
        }
        bytes.extend([0; 8]);
        bytes
    }

    #[test]
    fn overlapping_directories_have_no_more_fields_than_the_file() {
        let bytes = overlapping(1);
        let fields = Fields::open(&bytes).expect("a page");
        assert_eq!(fields.others.len(), 1);
        let bytes = overlapping(3000);
        let fields = Fields::open(&bytes).expect("a page");
        let most = bytes.len() / FIELD_BYTES / usize::from(FIELDS) + 1;
        assert!(
            (2..=most).contains(&fields.others.len()),
            "{}",
            fields.others.len()
        );
    }
}
