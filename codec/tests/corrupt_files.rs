//! Does damage end politely: an error that names the place, no panic, no wrong pixels, no memory beyond the limit?

mod seeded;

use proptest::prelude::*;
use pxc_codec::{
    CodingMethod, ColorType, DecodeOptions, EncodeOptions, Error, ErrorKind, Image, Limits,
    MetadataChunk, Tiling, decode, decode_partial, encode, read_header,
};
use pxc_test_predictors::hashing_model::{HashingModel, resolve};
use pxc_test_predictors::images::draw;

/// A file with metadata and four groups; each method has some.
fn file(method: Option<CodingMethod>) -> (Image, Vec<u8>) {
    let image = draw(24, 20, ColorType::Rgba, |x, y, c| {
        ((x * (c + 1) + y * 3) / 2 + x * y % 3) as u8
    });
    let tiling = Some(Tiling {
        tile_width: 12,
        tile_height: 10,
        tiles_per_group: 1,
    });
    let chunks = [MetadataChunk {
        tag: *b"tEXt",
        data: b"key\0value".to_vec(),
    }];
    let options = EncodeOptions::default()
        .with_tiling(tiling)
        .with_method(method);
    let (bytes, _) =
        encode(&image, &chunks, Some(&HashingModel::new(3)), &options).expect("encodes");
    (image, bytes)
}

const METHODS: [CodingMethod; 6] = [
    CodingMethod::Stored,
    CodingMethod::Network,
    CodingMethod::Adaptive,
    CodingMethod::Refined,
    CodingMethod::Thorough,
    CodingMethod::General,
];

fn failure(bytes: &[u8]) -> Error {
    decode(bytes, &resolve, &DecodeOptions::default())
        .map(drop)
        .expect_err("a damaged file")
}

/// Corrects the checksum of a changed header.
fn reseal(bytes: &mut [u8], header_bytes: usize) {
    let end = header_bytes - 4;
    let checksum = crc32fast::hash(&bytes[..end]).to_le_bytes();
    bytes[end..header_bytes].copy_from_slice(&checksum);
}

#[test]
fn truncation_at_every_length() {
    for method in METHODS {
        let (_, bytes) = file(Some(method));
        for length in 0..bytes.len() {
            let error = failure(&bytes[..length]);
            assert_eq!(error.kind(), ErrorKind::BadData, "{length}: {error}");
            assert!(
                matches!(
                    error,
                    Error::Truncated { .. } | Error::GroupTruncated { .. }
                ),
                "{length}: {error}"
            );
        }
    }
}

#[test]
fn every_byte_changed() {
    for method in METHODS {
        let (_, bytes) = file(Some(method));
        for at in 0..bytes.len() {
            for mask in [0x01, 0x80, 0x20, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] ^= mask;
                let kind = failure(&damaged).kind();
                let version = at == 8 && kind == ErrorKind::Unsupported;
                assert!(kind == ErrorKind::BadData || version, "byte {at}: {kind:?}");
            }
        }
    }
}

/// A file of few bytes cannot have many tiles: they are refused before anything is kept for them.
#[test]
fn more_tiles_in_a_group_than_its_bytes_can_answer_for() {
    let image = draw(300, 300, ColorType::Gray, |_, _, _| 0);
    let file = |tiles_per_group| {
        let options = EncodeOptions::default().with_tiling(Tiling {
            tile_width: 1,
            tile_height: 1,
            tiles_per_group,
        });
        encode(&image, &[], None, &options).map(|(bytes, _)| bytes)
    };
    let field = "tiles_per_group";
    assert!(matches!(
        file(65_537),
        Err(Error::TilingRange { field: found, largest: 65_536, found: 65_537 }) if found == field
    ));
    let mut bytes = file(65_536).expect("the most tiles");
    let header = read_header(&bytes, &Limits::default()).expect("a header");
    assert_eq!(header.groups.len(), 2);
    let decoded = decode(&bytes, &resolve, &DecodeOptions::default()).expect("sound");
    assert!(decoded.image == image);

    let varint = [0x80, 0x80, 0x04];
    let at = bytes.windows(3).position(|bytes| bytes == varint);
    let at = at.expect("the field");
    bytes[at] = 0x81;
    reseal(&mut bytes, header.header_bytes as usize);
    for error in [
        failure(&bytes),
        decode_partial(&bytes, &resolve, &DecodeOptions::default())
            .map(drop)
            .expect_err("too many tiles"),
    ] {
        assert!(
            matches!(&error, Error::HeaderField { field: found, expected, found: 65_537, .. }
                if *found == field && expected == "1 to 65536"),
            "{error}"
        );
    }
}

#[test]
fn bytes_after_the_end() {
    let (image, mut bytes) = file(None);
    let offset = bytes.len() as u64;
    bytes.push(0);
    assert_eq!(failure(&bytes), Error::TrailingBytes { offset, count: 1 });
    let partial =
        decode_partial(&bytes, &resolve, &DecodeOptions::default()).expect("a sound header");
    assert!(partial.image == image && partial.damaged.is_empty());
    assert_eq!(
        partial.warnings,
        [Error::TrailingBytes { offset, count: 1 }]
    );
}

#[test]
fn a_damaged_group_does_not_hide_the_others() {
    for method in METHODS {
        let (image, bytes) = file(Some(method));
        let header = read_header(&bytes, &Limits::default()).expect("a header");
        for (index, group) in header.groups.iter().enumerate() {
            let mut damaged = bytes.clone();
            damaged[(group.offset + group.length / 2) as usize] ^= 0x10;
            let error = failure(&damaged);
            assert!(
                matches!(error, Error::GroupChecksum { group, .. } if group == index as u64),
                "{error}"
            );
            let partial = decode_partial(&damaged, &resolve, &DecodeOptions::default())
                .expect("a sound header");
            assert_eq!(partial.damaged.len(), 1);
            assert_eq!(partial.damaged[0].group, index as u64);
            assert_eq!(partial.damaged[0].reason, error);
            let missing = partial.damaged[0].areas[0];
            for (at, (found, expected)) in partial
                .image
                .samples()
                .iter()
                .zip(image.samples())
                .enumerate()
            {
                let (x, y) = (at / 4 % 24, at / 4 / 24);
                let inside = (missing.x..missing.x + missing.width).contains(&x)
                    && (missing.y..missing.y + missing.height).contains(&y);
                assert_eq!(*found, if inside { 0 } else { *expected });
            }
        }
    }
}

#[test]
fn a_truncated_file_gives_its_first_groups() {
    let (_, bytes) = file(Some(CodingMethod::Network));
    let header = read_header(&bytes, &Limits::default()).expect("a header");
    let cut = (header.groups[2].offset + 1) as usize;
    let partial =
        decode_partial(&bytes[..cut], &resolve, &DecodeOptions::default()).expect("a sound header");
    let damaged: Vec<_> = partial
        .damaged
        .iter()
        .map(|damaged| damaged.group)
        .collect();
    assert_eq!(damaged, [2, 3]);
    assert!(matches!(
        partial.damaged[0].reason,
        Error::GroupTruncated {
            group: 2,
            found: 1,
            ..
        }
    ));
}

#[test]
fn right_checksums_over_wrong_streams() {
    for method in METHODS {
        let (image, bytes) = file(Some(method));
        let header = read_header(&bytes, &Limits::default()).expect("a header");
        let last = header.groups[3];
        let table_entry = header.header_bytes as usize - 8;
        let mut idle = 0;
        for at in last.offset as usize..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x41;
            let checksum = crc32fast::hash(&damaged[last.offset as usize..]).to_le_bytes();
            damaged[table_entry..table_entry + 4].copy_from_slice(&checksum);
            reseal(&mut damaged, header.header_bytes as usize);
            let options = DecodeOptions::default();
            match decode(&damaged, &resolve, &options) {
                // In the last word of a component are bits that no decision depends on.
                Ok(decoded) => {
                    assert!(decoded.image == image);
                    idle += 1;
                }
                Err(Error::PixelDigest { .. } | Error::GroupContent { group: 3, .. }) => {}
                Err(error) => panic!("byte {at}: {error}"),
            }
        }
        assert!(idle <= 8, "{idle} bytes do nothing");
    }
}

#[test]
fn what_version_1_does_not_know_is_named() {
    let (_, bytes) = file(Some(CodingMethod::Stored));
    let header_bytes = read_header(&bytes, &Limits::default())
        .expect("a header")
        .header_bytes as usize;
    let with = |at: usize, value: u8| {
        let mut changed = bytes.clone();
        changed[at] = value;
        reseal(&mut changed, header_bytes);
        let error = failure(&changed);
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        error.to_string()
    };
    let format = 11;
    assert_eq!(bytes[format], 0x36);
    assert_eq!(
        with(format, 0x56),
        "byte 0xb: bit_depth code 5 is not supported (supported: codes 0 to 4)"
    );
    assert_eq!(
        with(format, 0x06),
        "byte 0xb: sample_format 1-bit rgba is not supported \
         (supported: gray of 1 to 16 bits, palettes of 1 to 8, others of 8 and 16)"
    );
    assert!(with(format, 0x35).starts_with("byte 0xb: color_type 5 is not supported"));
    assert!(with(8, 2).starts_with("byte 0x8: version 2 is not supported"));
    assert!(with(10, 0x80).starts_with("byte 0xa: flags"));
}

/// A header with the given size, tiling and nothing else.
fn absurd(width: u64, height: u64, tiling: [u64; 3]) -> Vec<u8> {
    fn varint(out: &mut Vec<u8>, mut value: u64) {
        while value >= 0x80 {
            out.push(value as u8 | 0x80);
            value >>= 7;
        }
        out.push(value as u8);
    }
    let mut fields = vec![2, 0x36];
    varint(&mut fields, width);
    varint(&mut fields, height);
    tiling.iter().for_each(|&value| varint(&mut fields, value));
    fields.extend([0; 8]);
    fields.extend([1, 0, 0, 0, 0]);
    let mut bytes = b"\x89PXC\r\n\x1a\n\x01".to_vec();
    varint(&mut bytes, fields.len() as u64);
    bytes.extend(fields);
    bytes.extend([0; 4]);
    let length = bytes.len();
    reseal(&mut bytes, length);
    bytes
}

#[test]
fn absurd_sizes_are_refused_before_memory_is_taken() {
    let large = u64::from(u32::MAX);
    let cases = [
        ((large, large, [large, large, 1]), ErrorKind::Limit),
        ((1 << 20, 1 << 20, [1, 1, 1]), ErrorKind::Limit),
        ((1 << 14, 1 << 14, [1, 1, 1]), ErrorKind::BadData),
        ((1 << 14, 1 << 14, [1, 1, large]), ErrorKind::BadData),
        ((1 << 14, 1 << 14, [1 << 14, 1 << 14, 1]), ErrorKind::Limit),
        ((0, 1, [1, 1, 1]), ErrorKind::BadData),
        ((1 << 32, 1, [1, 1, 1]), ErrorKind::BadData),
        ((4, 4, [5, 4, 1]), ErrorKind::BadData),
        ((4, 4, [4, 4, 0]), ErrorKind::BadData),
    ];
    for ((width, height, tiling), kind) in cases {
        let mut bytes = absurd(width, height, tiling);
        let limits = Limits::default().with_max_memory(1 << 30);
        let truncated = decode(
            &bytes,
            &resolve,
            &DecodeOptions::default().with_limits(limits),
        );
        // The one byte of payload that the table promises.
        bytes.push(0);
        let whole = decode(
            &bytes,
            &resolve,
            &DecodeOptions::default().with_limits(limits),
        );
        let error = whole.map(drop).expect_err("absurd");
        assert!(truncated.is_err());
        assert_eq!(error.kind(), kind, "{width}×{height} {tiling:?}: {error}");
    }
}

#[test]
fn a_lower_limit_is_kept() {
    let (_, bytes) = file(Some(CodingMethod::Network));
    let with = |limits| {
        let options = DecodeOptions::default().with_limits(limits);
        decode(&bytes, &resolve, &options)
            .map(drop)
            .map_err(|error| error.to_string())
    };
    assert_eq!(with(Limits::default()), Ok(()));
    assert_eq!(
        with(Limits::default().with_max_pixels(479)),
        Err("max_pixels limit: allowed 479, needed 480".to_owned())
    );
    let metadata = with(Limits::default().with_max_metadata(8));
    assert!(metadata.is_err_and(|error| error.starts_with("max_metadata limit: allowed 8")));
    let memory = with(Limits::default().with_max_memory(4000));
    assert!(memory.is_err_and(|error| error.starts_with("max_memory limit: allowed 4000")));
}

proptest! {
    #![proptest_config(seeded::cases(256))]
    #[test]
    fn random_bytes_behind_a_sound_beginning(keep in 0usize..60, tail in proptest::collection::vec(any::<u8>(), 0..200), seal: bool) {
        let (_, bytes) = file(Some(CodingMethod::Network));
        let mut damaged = bytes[..keep.max(10)].to_vec();
        damaged.extend(tail);
        if seal && damaged.len() > 20 {
            damaged[9] = (damaged.len() - 14).min(127) as u8;
            let length = usize::from(damaged[9]) + 14;
            reseal(&mut damaged, length);
        }
        let limits = Limits::default().with_max_memory(1 << 24);
        let options = DecodeOptions::default().with_limits(limits);
        prop_assert!(decode(&damaged, &resolve, &options).is_err());
        let _ = decode_partial(&damaged, &resolve, &options);
    }
}
