//! BMP, PNM, QOI and TIFF files come back byte for byte from their images and small descriptions.

use pxc_codec::{BitDepth, ColorType, SampleFormat};
use pxc_picture::exact::{self, restore};
use pxc_picture::{
    ErrorKind, Image, Limits, OutputFormat, ReadOptions, read_picture, write_picture,
};

/// Samples that no coder of this crate would find simple.
fn noise(count: usize) -> impl Iterator<Item = u8> {
    (0..count).scan(7u32, |state, _| {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Some((*state >> 24) as u8)
    })
}

/// Describes a file, restores it, and returns the format and the bytes of the description.
fn described(file: &[u8]) -> (OutputFormat, usize) {
    let limits = Limits::default();
    let picture = read_picture(file, &ReadOptions::default()).expect("an image file");
    let chunks = [exact::describe(file, &picture, usize::MAX, &limits).expect("a description")];
    let description = exact::find(&chunks).expect("the chunk");
    let restored = restore(description.data, &picture.image, &limits).expect("the file");
    assert!(restored == file, "other bytes");
    let other = Image::new(1, 1, ColorType::Gray, vec![0]).expect("legal");
    let error = restore(description.data, &other, &limits).expect_err("another image");
    assert_eq!(error.kind(), ErrorKind::BadData);
    (description.format, description.data.len())
}

#[test]
fn what_is_written_comes_back() {
    for (color, names) in [
        (ColorType::Gray, "pgm pam tiff bmp"),
        (ColorType::Rgb, "ppm pam tiff qoi bmp"),
        (ColorType::Rgba, "pam tiff qoi bmp"),
    ] {
        for name in names.split(' ') {
            let samples = noise(53 * 37 * color.channels());
            let image = Image::new(53, 37, color, samples.collect()).expect("legal");
            let format = OutputFormat::of_name(format!("image.{name}").as_ref()).expect("a name");
            let file = write_picture(image, &[], format).expect("a file").bytes;
            let (found, length) = described(&file);
            assert_eq!(found, format);
            assert!(length < 250, "{name} {color:?}: {length} bytes");
        }
    }
}

#[test]
fn every_depth_of_pnm_comes_back() {
    let mut file = b"P4\n# bits\n21 9\n".to_vec();
    file.extend(
        noise(27)
            .enumerate()
            .map(|(at, byte)| if at % 3 == 2 { byte & 0xf8 } else { byte }),
    );
    assert_eq!(described(&file).0, OutputFormat::Pbm);
    // Padding bits are not zero.
    *file.last_mut().expect("a byte") |= 1;
    described(&file);
    let mut file = b"P5 20 10 15\n".to_vec();
    file.extend(noise(200).map(|byte| byte & 15));
    assert_eq!(described(&file).0, OutputFormat::Pgm);
    let mut file = b"P6 20 10 65535\n".to_vec();
    file.extend(noise(1200));
    assert_eq!(described(&file).0, OutputFormat::Ppm);
    for text in [
        "P1\n3 2\n101\n0 1 0\n",
        "P2 3 2 255 0 007 12\t255 #no 9\n 1 00",
        "P3\n1 2\n65535\n1 2 65535\r\n0 10 100\r\n# end",
    ] {
        described(text.as_bytes());
    }
}

/// A TIFF file of one page of `side` × `side` pixels, with these fields and blocks.
fn tiff(side: u16, more: &[(u16, u16, Vec<u32>)], blocks: &[Vec<u8>], tags: (u16, u16)) -> Vec<u8> {
    let mut offsets = Vec::new();
    let mut data = Vec::new();
    // The last block is first in the file, and there is a gap before each.
    for block in blocks.iter().rev() {
        data.push(0);
        offsets.insert(0, 8 + data.len() as u32);
        data.extend(block);
    }
    data.resize(data.len().next_multiple_of(2), 0);
    let counts = blocks.iter().map(|block| block.len() as u32).collect();
    let side = vec![u32::from(side)];
    let mut fields = vec![(256, 3, side.clone()), (257, 3, side), (259, 3, vec![1])];
    fields.extend(more.iter().cloned());
    fields.extend([(tags.0, 4, offsets), (tags.1, 4, counts)]);
    fields.sort_by_key(|field| field.0);
    let mut file = b"MM\0*".to_vec();
    file.extend((8 + data.len() as u32).to_be_bytes());
    file.extend(&data);
    let mut values = file.len() as u32 + 2 + 12 * fields.len() as u32 + 4;
    file.extend((fields.len() as u16).to_be_bytes());
    let mut behind: Vec<u8> = Vec::new();
    for (tag, kind, numbers) in &fields {
        let bytes = numbers.iter().flat_map(|&number| match kind {
            3 => (number as u16).to_be_bytes().to_vec(),
            _ => number.to_be_bytes().to_vec(),
        });
        let mut bytes: Vec<u8> = bytes.collect();
        file.extend(tag.to_be_bytes());
        file.extend(kind.to_be_bytes());
        file.extend((numbers.len() as u32).to_be_bytes());
        if bytes.len() <= 4 {
            bytes.resize(4, 0);
            file.extend(bytes);
        } else {
            file.extend(values.to_be_bytes());
            values += bytes.len() as u32;
            behind.extend(bytes);
        }
    }
    file.extend([0; 4]);
    file.extend(behind);
    file
}

#[test]
fn strips_tiles_and_planes_come_back() {
    let strips = |count: usize, bytes: usize| -> Vec<Vec<u8>> {
        (0..count)
            .map(|number| noise(bytes + number).skip(number).collect())
            .collect()
    };
    let gray = [(258, 3, vec![8]), (262, 3, vec![0]), (278, 3, vec![16])];
    let mut blocks = strips(3, 16 * 40);
    blocks[2].truncate(8 * 40);
    let (_, length) = described(&tiff(40, &gray, &blocks, (273, 279)));
    assert!(length < 250, "{length} bytes");
    let planes = [
        (258, 3, vec![16, 16, 16]),
        (262, 3, vec![2]),
        (277, 3, vec![3]),
        (278, 3, vec![40]),
        (284, 3, vec![2]),
    ];
    let (_, length) = described(&tiff(40, &planes, &strips(3, 40 * 40 * 2), (273, 279)));
    assert!(length < 300, "{length} bytes");
    let tiles = [
        (258, 3, vec![8, 8, 8]),
        (262, 3, vec![2]),
        (277, 3, vec![3]),
        (322, 3, vec![16]),
        (323, 3, vec![16]),
    ];
    // Tiles at the edge have noise outside the image, which only literal bytes bring back.
    described(&tiff(40, &tiles, &strips(9, 16 * 16 * 3), (324, 325)));
}

/// A bitmap of 53 × 37 pixels of noise with the fields of a header and what stands between them and the pixels.
fn bitmap(header: u32, bits: u16, compression: u32, between: &[u8]) -> Vec<u8> {
    let stride = (53 * usize::from(bits)).div_ceil(32) * 4;
    let start = 14 + header as usize + between.len();
    let mut file = b"BM".to_vec();
    let mut long = |values: &[u32]| {
        file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    };
    long(&[(start + 37 * stride) as u32, 0, start as u32, header]);
    match header {
        12 => long(&[37 << 16 | 53, u32::from(bits) << 16 | 1]),
        _ => long(&[
            53,
            37,
            u32::from(bits) << 16 | 1,
            compression,
            0,
            0,
            0,
            0,
            0,
        ]),
    }
    file.extend(between);
    file.extend(noise(37 * stride));
    file
}

/// Every bit is noise, even the bits of no channel and the padding of rows.
#[test]
fn unused_bits_of_bitmaps_come_back() {
    let masks = |masks: [u32; 3]| masks.map(u32::to_le_bytes).concat();
    for (bits, masks, unused) in [
        (32, None, 53 * 37),
        (16, None, 53 * 37 / 8 + 37 * 2),
        (24, None, 37),
        (32, Some(masks([0xff00, 0xff_0000, 0xff00_0000])), 53 * 37),
        (32, Some(masks([0x1f, 0xff00, 0xff_0000])), 53 * 37 * 11 / 8),
        (16, Some(masks([0xf00, 0xf0, 0xf])), 53 * 37 / 2 + 37 * 2),
        (16, Some(masks([0xf800, 0x7e0, 0x1f])), 37 * 2),
    ] {
        let compression = if masks.is_some() { 3 } else { 0 };
        let file = bitmap(40, bits, compression, &masks.unwrap_or_default());
        let picture = read_picture(&file, &ReadOptions::default()).expect("a bitmap");
        assert!(!picture.dropped.is_empty());
        let (_, length) = described(&file);
        assert!(length < unused + 250, "{bits} bits: {length} bytes");
    }
    let mut steady = bitmap(40, 32, 0, &[]);
    let pixels = &mut steady[54..];
    pixels
        .iter_mut()
        .skip(3)
        .step_by(4)
        .for_each(|unused| *unused = 0x5a);
    assert!(described(&steady).1 < 150);
}

#[test]
fn palettes_of_the_oldest_bitmaps_come_back() {
    let palette: Vec<u8> = noise(768).collect();
    let (_, length) = described(&bitmap(12, 8, 0, &palette));
    // Three bytes of noise pad each row.
    assert!(length < 37 * 3 + 250, "{length} bytes");
}

/// How a test cuts a row of a bitmap: takes the next pixels; returns whether they are a run, and how many there are.
type Cut = fn(&[u8], &mut u32) -> (bool, usize);

fn run(row: &[u8]) -> usize {
    let is_equal = |pixel: &&u8| **pixel == row[0];
    row.iter().take(255).take_while(is_equal).count()
}

/// Cuts a row into runs only.
fn runs(row: &[u8], _: &mut u32) -> (bool, usize) {
    (true, run(row))
}

/// Cuts a row into literals up to the next run of four.
fn literals(row: &[u8], _: &mut u32) -> (bool, usize) {
    let count = (0..row.len()).take_while(|&at| run(&row[at..]) < 4).count();
    match count {
        0..3 => (true, run(row)),
        _ => (false, count.min(255)),
    }
}

/// Runs and literals of random lengths.
fn moody(row: &[u8], state: &mut u32) -> (bool, usize) {
    *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    let count = (*state >> 24) as usize % 9 + 1;
    match *state >> 31 {
        0 if row.len() >= 3 => (false, count.clamp(3, row.len())),
        _ => (true, count.min(run(row))),
    }
}

/// A bitmap of 53 × 37 pixels with run lengths of 8 bits, in rows that have `excess` pixels more. Padding is `padding`.
fn rle8(cut: Cut, excess: usize, padding: u8) -> Vec<u8> {
    let mut pixels = Vec::new();
    let mut state = 7;
    for y in 0..37 {
        let mut row: Vec<u8> = noise(53).map(|byte| byte >> 5).collect();
        row[y % 30..y % 30 + 20].fill(3);
        row.resize(53 + excess, 0);
        let mut rest = &row[..];
        while !rest.is_empty() {
            let (is_run, count) = cut(rest, &mut state);
            let (taken, tail) = rest.split_at(count);
            match is_run {
                true => pixels.extend([count as u8, taken[0]]),
                false => {
                    pixels.extend([0, count as u8]);
                    pixels.extend(taken);
                    pixels.extend((count % 2 == 1).then_some(padding));
                }
            }
            rest = tail;
        }
        pixels.extend([0, 0]);
    }
    pixels.extend([0, 1]);
    bmp(8, 1, &pixels)
}

/// A bitmap of 53 × 37 pixels and eight colours.
fn bmp(bits: u16, compression: u32, pixels: &[u8]) -> Vec<u8> {
    let mut file = b"BM".to_vec();
    let mut long =
        |values: &[u32]| file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    let start = 54 + 8 * 4;
    long(&[(start + pixels.len()) as u32, 0, start as u32, 40, 53, 37]);
    long(&[
        u32::from(bits) << 16 | 1,
        compression,
        pixels.len() as u32,
        0,
        0,
        8,
        0,
    ]);
    long(&[
        0, 0xff, 0xff00, 0xff_0000, 0xff_ffff, 0x80_8080, 0x0a_0b0c, 0x40_0000,
    ]);
    file.extend(pixels);
    file
}

#[test]
fn run_lengths_come_back_however_they_are_cut() {
    for (cut, most) in [(runs as Cut, 150), (literals, 150), (moody, 1500)] {
        for (excess, padding) in [(0, 0), (3, 0), (0, 9)] {
            let file = rle8(cut, excess, padding);
            let (format, length) = described(&file);
            assert_eq!(format, OutputFormat::Bmp);
            let most = if padding == 0 { most } else { 2000 };
            assert!(
                length < most,
                "excess {excess}, padding {padding}: {length} bytes"
            );
        }
    }
}

/// Pairs of pixels as GIMP cuts them, alternating pixels as other programs do, and odd rows.
#[test]
fn run_lengths_of_four_bits_come_back() {
    let pairs: &[&[u8]] = &[
        &[40, 0x12, 0, 10, 0x12, 0x34, 0x56, 0x71, 0x23, 0, 3, 0x40],
        &[2, 0x12, 2, 0x34, 48, 0x55, 1, 0x50],
        &[53, 0x11],
        &[53, 0x21],
        &[50, 0x21, 0, 3, 0x12, 0x34],
        &[51, 0x21, 1, 0x11, 1, 0x2f],
    ];
    let rows = pairs
        .iter()
        .cycle()
        .take(37)
        .flat_map(|row| [row, &[0, 0][..]].concat());
    let mut pixels: Vec<u8> = rows.collect();
    pixels.truncate(pixels.len() - 2);
    pixels.extend([0, 1]);
    described(&bmp(4, 2, &pixels));
}

#[test]
fn what_has_secrets_is_refused_with_the_reason() {
    let format = SampleFormat {
        color: ColorType::Rgb,
        depth: BitDepth::Eight,
    };
    let image = Image::with_format(4, 4, format, noise(48).collect()).expect("legal");
    let file = write_picture(image, &[], OutputFormat::WebP)
        .expect("a file")
        .bytes;
    let picture = read_picture(&file, &ReadOptions::default()).expect("an image file");
    let error = exact::describe(&file, &picture, usize::MAX, &Limits::default()).expect_err("WebP");
    assert_eq!(error.to_string(), "pxc does not rebuild WebP files");
}

#[test]
fn a_damaged_body_keeps_what_the_decoder_says() {
    let image = Image::new(2, 2, ColorType::Gray, vec![1, 2, 3, 4]).expect("legal");
    let description = [&[0; 8][..], &[0], &[0xff; 4]].concat();
    let error = restore(&description, &image, &Limits::default()).expect_err("no deflate stream");
    assert_eq!(error.kind(), ErrorKind::BadData);
    let source = std::error::Error::source(&error).expect("a source");
    assert!(source.is::<std::io::Error>(), "{source:?}");
}

#[test]
fn hostile_descriptions_are_errors_at_once() {
    use std::io::Write;
    let image = Image::new(2, 2, ColorType::Gray, vec![1, 2, 3, 4]).expect("legal");
    let huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
    let samples = |alignment: &[u8], columns: &[u8], rows: &[u8]| {
        [&[1, 8, 32], alignment, columns, rows, &[1, 0, 0, 4]].concat()
    };
    for body in [
        samples(&[1], &huge, &huge),
        samples(&huge, &[2], &[2]),
        samples(&[0], &[2], &[2]),
        samples(&[1], &[2], &[0]),
        vec![1, 16, 0, 1, 2, 2, 0],
        vec![2, 9, 0, 1, 0, 8, 0],
        vec![3, 0],
        vec![4, 0, 5, 0, 0, 0, 0, 0, 0],
        vec![9],
        // Run lengths: rules, steps and rows that do not suit the image.
        vec![5, 8, 2, 1, 0, 0, 0, 0, 0],
        vec![5, 8, 1, 0, 0, 0, 0, 0, 0],
        vec![5, 8, 1, 200, 0, 0, 0, 0, 0],
        vec![5, 8, 1, 1, 0, 4, 0, 0, 0],
        vec![5, 8, 1, 1, 0, 0, 1, 0, 1, 0, 0],
        vec![5, 8, 1, 1, 0, 0, 1, 0, 1, 9, 0],
        vec![5, 8, 1, 1, 0, 0, 1, 0, 2, 0x80, 2, 0],
        vec![5, 8, 1, 1, 0, 0, 1, 0, 2, 0x81, 2, 0],
        vec![5, 8, 1, 1, 0, 0, 1, 0, 0, 0],
        // Copies before, behind and more often than the samples.
        vec![1, 8, 0, 1, 2, 2, 1, 0, 1, 2],
        vec![1, 8, 0, 1, 2, 2, 1, 0, 0, 5],
        vec![1, 8, 0, 1, 2, 2, 2, 0, 0, 4, 0, 7, 4],
        [&[1, 8, 0, 1, 2, 2][..], &huge].concat(),
    ] {
        let mut packed = flate2::write::DeflateEncoder::new(vec![0; 9], Default::default());
        packed.write_all(&body).expect("memory");
        let description = packed.finish().expect("memory");
        let error = restore(&description, &image, &Limits::default()).expect_err("hostile");
        assert_eq!(error.kind(), ErrorKind::BadData, "{body:?}: {error}");
    }
}
