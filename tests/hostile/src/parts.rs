//! A `.pxc` file taken apart (`docs/format.md`, *File* and *Header*) and put together again, with right lengths and
//! checksums.

use pxc_codec::container::varint;
use pxc_codec::{Limits, MetadataChunk, SIGNATURE, read_header};

const HAS_MODEL: u8 = 1;
const HAS_TILING: u8 = 2;
const HAS_METADATA: u8 = 4;
const HAS_COLOR_KEY: u8 = 8;
const HAS_COLOR_SET: u8 = 16;
const HAS_SAMPLE_MAP: u8 = 64;
const HAS_MODEL_NAME: u8 = 128;
/// A bit of the sample format.
const HAS_PREVIEW: u8 = 128;
/// More groups than a changed file needs.
const MOST_GROUPS: u64 = 64;

/// The parts of a file. The flag of the metadata follows from the metadata; other flags are stored.
#[derive(Clone, Debug)]
pub struct Parts {
    pub(crate) flags: u8,
    pub(crate) format: u8,
    pub(crate) size: [u64; 2],
    pub(crate) model: Option<[u8; 8]>,
    /// The model's name, with its length; empty if the file stores none.
    pub(crate) model_name: Vec<u8>,
    /// Columns and rows of a tile, tiles of a group.
    pub(crate) tiling: Option<[u64; 3]>,
    /// Palette, transparent colour, sample map and colour set.
    pub(crate) colors: Vec<u8>,
    pub(crate) digest: [u8; 8],
    /// The length of the decoded metadata, and the coded bytes.
    pub(crate) metadata: Option<(u64, Vec<u8>)>,
    pub(crate) preview: Option<Preview>,
    pub(crate) payloads: Vec<Vec<u8>>,
}

/// A preview.
#[derive(Clone, Debug)]
pub(crate) struct Preview {
    /// Width, height, planes, the largest sample of an image of 16 bits, and the step.
    pub(crate) fields: Vec<u8>,
    pub(crate) stream: Vec<u8>,
}

impl Parts {
    /// Takes apart a file whose header is sound but for its checksum. Drops what follows the last payload.
    pub fn of(file: &[u8]) -> Option<Parts> {
        let mut rest = file.strip_prefix(&SIGNATURE)?.strip_prefix(&[1])?;
        let length = varint::read(&mut rest)?;
        let mut fields = take(&mut rest, length)?;
        take(&mut rest, 4)?;
        let (flags, format) = (take(&mut fields, 1)?[0], take(&mut fields, 1)?[0]);
        let size = numbers(&mut fields)?;
        let has = |flag| flags & flag != 0;
        let model = has(HAS_MODEL).then(|| take(&mut fields, 8));
        let model_name = has(HAS_MODEL_NAME).then(|| with_length(&mut fields));
        let tiling = has(HAS_TILING).then(|| numbers(&mut fields));
        let colors = colors(flags, format, &mut fields)?.to_vec();
        let digest = take(&mut fields, 8)?.try_into().ok()?;
        let metadata = has(HAS_METADATA).then(|| metadata(&mut fields));
        let preview = (format & HAS_PREVIEW != 0).then(|| preview(format, &mut fields, &mut rest));
        let mut payloads = Vec::new();
        while !fields.is_empty() {
            let length = varint::read(&mut fields)?.min(rest.len() as u64);
            take(&mut fields, 4)?;
            payloads.push(take(&mut rest, length)?.to_vec());
        }
        Some(Parts {
            flags,
            format: format & !HAS_PREVIEW,
            size,
            model: match model {
                Some(model) => Some(model?.try_into().ok()?),
                None => None,
            },
            model_name: model_name.map_or(Some(Vec::new()), |name| Some(name?.to_vec()))?,
            tiling: tiling.map_or(Some(None), |tiling| Some(Some(tiling?)))?,
            colors,
            digest,
            metadata: metadata.map_or(Some(None), |metadata| Some(Some(metadata?)))?,
            preview: preview.map_or(Some(None), |preview| Some(Some(preview?)))?,
            payloads,
        })
    }

    /// The bytes of the file.
    pub fn file(&self) -> Vec<u8> {
        let flag = |flag, is_set| if is_set { flag } else { 0 };
        let others = self.flags & !(HAS_MODEL | HAS_MODEL_NAME | HAS_TILING | HAS_METADATA);
        let mut fields = vec![
            others
                | flag(HAS_MODEL, self.model.is_some())
                | flag(HAS_MODEL_NAME, !self.model_name.is_empty())
                | flag(HAS_TILING, self.tiling.is_some())
                | flag(HAS_METADATA, self.metadata.is_some()),
            self.format | flag(HAS_PREVIEW, self.preview.is_some()),
        ];
        let write = |fields: &mut Vec<u8>, numbers: &[u64]| {
            numbers
                .iter()
                .for_each(|&number| varint::write(fields, number));
        };
        write(&mut fields, &self.size);
        fields.extend(self.model.iter().flatten());
        fields.extend(&self.model_name);
        write(
            &mut fields,
            self.tiling.as_ref().map_or(&[], |tiling| tiling),
        );
        fields.extend(&self.colors);
        fields.extend(self.digest);
        if let Some((length, coded)) = &self.metadata {
            write(&mut fields, &[*length, coded.len() as u64]);
            fields.extend(coded);
        }
        let streams = self.preview.iter().map(|preview| &preview.stream);
        if let Some(preview) = &self.preview {
            fields.extend(&preview.fields);
        }
        for payload in streams.clone().chain(&self.payloads) {
            write(&mut fields, &[payload.len() as u64]);
            fields.extend(crc32fast::hash(payload).to_le_bytes());
        }
        let mut file = [&SIGNATURE[..], &[1]].concat();
        varint::write(&mut file, fields.len() as u64);
        file.extend(fields);
        file.extend(crc32fast::hash(&file).to_le_bytes());
        streams
            .chain(&self.payloads)
            .for_each(|payload| file.extend(payload));
        file
    }

    /// The metadata, if their coding is sound.
    pub(crate) fn chunks(&self) -> Option<Vec<MetadataChunk>> {
        let header = read_header(&self.file(), &Limits::default());
        header.ok().map(|header| header.metadata)
    }

    /// Puts these metadata into the file, not coded.
    pub(crate) fn store_chunks(&mut self, chunks: &[MetadataChunk]) {
        let mut list = Vec::new();
        varint::write(&mut list, chunks.len() as u64);
        chunks.iter().for_each(|chunk| list.extend(chunk.tag));
        for chunk in chunks {
            varint::write(&mut list, chunk.data.len() as u64);
        }
        chunks.iter().for_each(|chunk| list.extend(&chunk.data));
        self.store_metadata(list);
    }

    /// Puts decoded metadata into the file, not coded.
    pub(crate) fn store_metadata(&mut self, list: Vec<u8>) {
        self.metadata = Some((list.len() as u64, list));
    }

    /// Makes as many groups as the tiling says, by repeating the existing ones.
    pub(crate) fn fit_groups(&mut self) {
        let [tile_width, tile_height, per_group] = self.tiling.unwrap_or([u64::MAX; 3]);
        let tiles = self.size[0]
            .div_ceil(tile_width.max(1))
            .saturating_mul(self.size[1].div_ceil(tile_height.max(1)));
        let groups = tiles.div_ceil(per_group.max(1)).clamp(1, MOST_GROUPS) as usize;
        let payloads = self.payloads.iter().cycle().take(groups);
        self.payloads = payloads.cloned().collect();
    }
}

fn colors<'a>(flags: u8, format: u8, fields: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut rest = *fields;
    if format & 15 == 3 {
        let [entries, alpha] = numbers(&mut rest)?;
        take(
            &mut rest,
            entries.checked_mul(3)?.checked_add(alpha)?.checked_add(1)?,
        )?;
    }
    if flags & HAS_COLOR_KEY != 0 {
        take(&mut rest, if format & 15 == 0 { 2 } else { 6 })?;
    }
    for flag in [HAS_SAMPLE_MAP, HAS_COLOR_SET] {
        if flags & flag != 0 {
            let length = varint::read(&mut rest)?;
            take(&mut rest, length)?;
        }
    }
    let length = fields.len() - rest.len();
    take(fields, length as u64)
}

/// A field that begins with its length.
fn with_length<'a>(fields: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut rest = *fields;
    let length = varint::read(&mut rest)?;
    take(&mut rest, length)?;
    let length = fields.len() - rest.len();
    take(fields, length as u64)
}

fn metadata(fields: &mut &[u8]) -> Option<(u64, Vec<u8>)> {
    let [length, coded] = numbers(fields)?;
    Some((length, take(fields, coded)?.to_vec()))
}

/// The preview, whose stream is at the start of `rest`.
fn preview(format: u8, fields: &mut &[u8], rest: &mut &[u8]) -> Option<Preview> {
    let mut tail = *fields;
    let numbers = if format >> 4 & 7 == 4 { 5 } else { 4 };
    for _ in 0..numbers {
        varint::read(&mut tail)?;
    }
    let description = take(fields, (fields.len() - tail.len()) as u64)?.to_vec();
    let length = varint::read(fields)?.min(rest.len() as u64);
    take(fields, 4)?;
    Some(Preview {
        fields: description,
        stream: take(rest, length)?.to_vec(),
    })
}

fn numbers<const COUNT: usize>(rest: &mut &[u8]) -> Option<[u64; COUNT]> {
    let mut numbers = [0; COUNT];
    for number in &mut numbers {
        *number = varint::read(rest)?;
    }
    Some(numbers)
}

fn take<'a>(rest: &mut &'a [u8], count: u64) -> Option<&'a [u8]> {
    let (taken, tail) = rest.split_at_checked(usize::try_from(count).ok()?)?;
    *rest = tail;
    Some(taken)
}
