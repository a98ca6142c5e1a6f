//! Compressed files with arbitrary content and correct checksums.

/// 2^32 − 1 as a varint.
pub(crate) const LARGEST_U32: [u8; 5] = [0xff, 0xff, 0xff, 0xff, 0x0f];

/// A file of one group with arbitrary fields, written according to `docs/format.md`.
#[derive(Clone, Default)]
pub(crate) struct Crafted {
    pub(crate) width: Vec<u8>,
    pub(crate) height: Vec<u8>,
    pub(crate) model: Option<[u8; 8]>,
    /// The encoded values of the samples.
    pub(crate) sample_map: Option<Vec<u8>>,
    /// RGB instead of gray, and the encoded colours.
    pub(crate) color_set: Option<Vec<u8>>,
    pub(crate) digest: [u8; 8],
    /// Tag and content.
    pub(crate) chunk: Option<([u8; 4], Vec<u8>)>,
    /// Metadata as it is stored, instead of a chunk.
    pub(crate) metadata: Option<Vec<u8>>,
    /// The stream of a preview of one pixel, and its checksum.
    pub(crate) preview: Option<([u8; 8], u32)>,
    pub(crate) payload: Vec<u8>,
}

impl Crafted {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        // Stored: the coded length is the decoded length.
        let chunk = self.chunk.as_ref().map(|(tag, content)| {
            let count_and_length = ([1], [content.len() as u8]);
            [&count_and_length.0[..], tag, &count_and_length.1, content].concat()
        });
        let metadata = self.metadata.clone().or(chunk);
        let flags = u8::from(self.model.is_some())
            | u8::from(metadata.is_some()) << 2
            | u8::from(self.color_set.is_some()) << 4
            | u8::from(self.sample_map.is_some()) << 6;
        let color = if self.color_set.is_some() { 2 } else { 0 };
        let has_preview = u8::from(self.preview.is_some()) << 7;
        let mut fields = vec![flags, has_preview | 0x30 | color];
        fields.extend_from_slice(&self.width);
        fields.extend_from_slice(&self.height);
        fields.extend(self.model.iter().flatten());
        for section in self.sample_map.iter().chain(&self.color_set) {
            fields.push(section.len() as u8);
            fields.extend(section);
        }
        fields.extend(self.digest);
        if let Some(metadata) = &metadata {
            fields.extend([metadata.len() as u8; 2]);
            fields.extend(metadata);
        }
        if let Some((stream, checksum)) = self.preview {
            fields.extend([1, 1, 1, 1, stream.len() as u8]);
            fields.extend(checksum.to_le_bytes());
        }
        fields.push(self.payload.len() as u8);
        fields.extend(crc32fast::hash(&self.payload).to_le_bytes());
        let mut bytes = b"\x89PXC\r\n\x1a\n\x01".to_vec();
        bytes.push(fields.len() as u8);
        bytes.extend(fields);
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes.extend(self.preview.iter().flat_map(|(stream, _)| stream));
        bytes.extend_from_slice(&self.payload);
        bytes
    }
}

/// A gray image of 7 × 1 pixels and a description whose second stretch has corrections that lead to blocks without end.
pub(crate) fn endless_exact_file() -> Crafted {
    let samples = [1, 2, 3, 4, 5, 6, 7];
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[7, 0, 0, 0, 1, 0, 0, 0, 0, 8]);
    hasher.update(&samples);
    let digest = hasher.finalize().as_bytes()[..8].try_into();

    // Not interlaced, head, tail, filters as they are, no pieces.
    let frame = [0, 2, 0x78, 0x9c, 4, 0, 0, 0, 0, 0, 1, 0, 0];
    let stored_block = [1, frame.len() as u8, 0, !(frame.len() as u8), 0xff];
    let file_digest = [0; 8];
    let mut description = file_digest.to_vec();
    description.push((stored_block.len() + frame.len()) as u8);
    description.extend(stored_block);
    description.extend(frame);
    // What preflate-rs says about 6 bytes that flate2 compressed.
    let sound = [
        0, 0, 4, 0, 2, 4, 0, 0, 2, 64, 1, 4, 0, 0, 4, 0, 4, 0, 0, 2, 0,
    ];
    let hostile = [224, 94];
    description.push(0);
    for (text_bytes, corrections) in [(6, &sound[..]), (2, &hostile)] {
        description.extend([text_bytes, corrections.len() as u8]);
        description.extend(corrections);
    }
    Crafted {
        width: vec![7],
        height: vec![1],
        digest: digest.expect("8 bytes"),
        chunk: Some((*b"pnGx", description)),
        payload: [&[0][..], &samples].concat(),
        ..Crafted::default()
    }
}
