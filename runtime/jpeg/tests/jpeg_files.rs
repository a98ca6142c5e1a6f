//! Do JPEG files come back byte for byte, is everything else refused, and do hostile streams end in errors?

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};
use pxc_codec::{ErrorKind, JpegFile, Progress};
use pxc_jpeg::{Error, Limits, compress, decompress, read_jpeg, restore};

const DEFAULT: Limits = Limits::DEFAULT;

fn jpeg(width: u32, height: u32, color: ExtendedColorType) -> Vec<u8> {
    let samples: Vec<u8> = (0..width * height * u32::from(color.channel_count()))
        .map(|n| (n.wrapping_mul(n) >> 9) as u8)
        .collect();
    let mut file = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut file, 80);
    encoder
        .write_image(&samples, width, height, color)
        .expect("a JPEG file");
    file
}

/// A file with bytes behind its end.
fn small(color: ExtendedColorType) -> Vec<u8> {
    let mut file = jpeg(150, 70, color);
    file.extend_from_slice(b"behind the end");
    file
}

fn kind<T>(result: &Result<T, Error>) -> Option<ErrorKind> {
    result.as_ref().err().map(Error::kind)
}

#[test]
fn files_come_back_byte_for_byte() {
    for color in [ExtendedColorType::L8, ExtendedColorType::Rgb8] {
        let file = small(color);
        let (pxc, picture) = compress(&file, &DEFAULT, None).expect("codes");
        assert!(pxc.len() < file.len(), "{} of {}", pxc.len(), file.len());
        assert_eq!((picture.image.width(), picture.image.height()), (150, 70));
        assert_eq!(picture.end, file.len() - b"behind the end".len());
        assert!(restore(&pxc, &DEFAULT, None).expect("sound") == file);
        assert_eq!(decompress(&pxc, &DEFAULT, None).expect("sound"), picture);
    }
}

#[test]
fn the_smallest_files_are_kept() {
    for (width, height) in [(1, 1), (8, 8), (21, 12), (1, 300)] {
        for color in [ExtendedColorType::L8, ExtendedColorType::Rgb8] {
            let file = jpeg(width, height, color);
            let (pxc, _) = compress(&file, &DEFAULT, None).expect("codes");
            assert!(restore(&pxc, &DEFAULT, None).expect("sound") == file);
        }
    }
}

#[test]
fn memory_is_limited_on_both_sides() {
    let file = small(ExtendedColorType::Rgb8);
    let limits = DEFAULT.with_max_memory(100_000);
    assert_eq!(
        kind(&compress(&file, &limits, None)),
        Some(ErrorKind::Limit)
    );
    let (pxc, _) = compress(&file, &DEFAULT, None).expect("codes");
    assert_eq!(kind(&restore(&pxc, &limits, None)), Some(ErrorKind::Limit));
    assert_eq!(
        kind(&decompress(&pxc, &limits, None)),
        Some(ErrorKind::Limit)
    );
    let limits = DEFAULT.with_max_pixels(150 * 70 - 1);
    assert_eq!(
        kind(&decompress(&pxc, &limits, None)),
        Some(ErrorKind::Limit)
    );
}

/// The error counts what was reserved before, so that its numbers are the caller's.
#[test]
fn the_memory_that_is_needed_is_enough() {
    let file = small(ExtendedColorType::Rgb8);
    let (pxc, _) = compress(&file, &DEFAULT, None).expect("codes");
    let needed_by = |run: &dyn Fn(&Limits) -> Option<Error>| {
        let mut most = 1000;
        for _ in 0..9 {
            match run(&DEFAULT.with_max_memory(most)) {
                None => return most,
                Some(Error::Codec {
                    source:
                        pxc_codec::Error::LimitExceeded {
                            allowed, needed, ..
                        },
                }) => {
                    assert_eq!(allowed, most);
                    assert!(needed > most, "{needed} of {most}");
                    most = needed;
                }
                Some(other) => panic!("{other}"),
            }
        }
        panic!("{most} is not enough");
    };
    assert!(needed_by(&|limits| read_jpeg(&file, limits).err()) > 90_000);
    assert!(needed_by(&|limits| compress(&file, limits, None).err()) > 90_000);
    assert!(needed_by(&|limits| decompress(&pxc, limits, None).err()) > 90_000);
}

/// Fill bytes before a segment are legal, but Lepton does not preserve them.
#[test]
fn what_lepton_does_not_code_is_said_without_its_words() {
    let mut file = small(ExtendedColorType::Rgb8);
    let frame = file.windows(2).position(|pair| pair == [0xff, 0xc0]);
    file.insert(frame.expect("a frame"), 0xff);
    read_jpeg(&file, &DEFAULT).expect("it has a picture");
    let refused = compress(&file, &DEFAULT, None);
    assert!(matches!(refused, Err(Error::NotCoded)), "{refused:?}");
}

/// A file is refused or comes back exactly, wherever it was cut, with or without an end marker put behind the cut.
#[test]
fn cut_files_are_refused_or_kept() {
    let whole = jpeg(64, 48, ExtendedColorType::Rgb8);
    let scan = whole.windows(2).position(|pair| pair == [0xff, 0xda]);
    let scan = scan.expect("a scan") + 14;
    let mut kept = 0;
    for length in 0..whole.len() {
        let cut = &whole[..length];
        assert!(compress(cut, &DEFAULT, None).is_err(), "{length} bytes");
        if length >= scan {
            let truncated = read_jpeg(cut, &DEFAULT);
            assert!(matches!(truncated, Err(Error::Truncated)), "{truncated:?}");
        }
        let ended = [cut, &[0xff, 0xd9]].concat();
        if let Ok((pxc, _)) = compress(&ended, &DEFAULT, None) {
            kept += 1;
            assert!(restore(&pxc, &DEFAULT, None).expect("sound") == ended);
        }
    }
    println!(
        "{kept} of {} cut scans with an end marker are kept",
        whole.len() - scan
    );
}

#[test]
fn other_files_are_refused() {
    for bytes in [&b"\x89PNG\r\n\x1a\n"[..], b"\xff\xd8\xff", &[]] {
        assert!(compress(bytes, &DEFAULT, None).is_err());
    }
    let image = pxc_codec::Image::new(1, 1, pxc_codec::ColorType::Gray, vec![7]);
    let options = pxc_codec::EncodeOptions::default();
    let (pxc, _) = pxc_codec::encode(&image.expect("legal"), &[], None, &options).expect("codes");
    assert_eq!(
        kind(&restore(&pxc, &DEFAULT, None)),
        Some(ErrorKind::Argument)
    );
}

/// Streams whose checksums are right and whose content is not.
#[test]
fn hostile_streams_end_in_errors() {
    let source = small(ExtendedColorType::Rgb8);
    let (pxc, _) = compress(&source, &DEFAULT, None).expect("codes");
    let file = JpegFile::read(&pxc, &DEFAULT).expect("sound");
    let file = file.expect("a JPEG file");
    let found = |file: JpegFile<'_>| {
        let bytes = file.write(&DEFAULT).expect("within the limits");
        restore(&bytes, &DEFAULT, None)
    };
    for at in 0..file.stream.len() {
        let mut stream = file.stream.to_vec();
        stream[at] = stream[at].wrapping_add(1 + (at % 255) as u8);
        let changed = JpegFile {
            stream: &stream,
            ..file
        };
        if let Ok(found) = found(changed) {
            assert!(found == source, "byte {at}");
        }
        let cut = JpegFile {
            stream: &file.stream[..at],
            ..file
        };
        if let Ok(found) = found(cut) {
            assert!(found == source, "length {at}");
        }
    }
    assert!(found(JpegFile { width: 8, ..file }).is_err());
}

/// A header that gives another size than the JPEG file, and one of 2^28 pixels.
#[test]
fn sizes_are_those_of_the_file() {
    let (pxc, _) = compress(&small(ExtendedColorType::Rgb8), &DEFAULT, None).expect("codes");
    let file = JpegFile::read(&pxc, &DEFAULT).expect("sound");
    let file = file.expect("a JPEG file");
    let sizes = [(151, 70), (150, 71), (1 << 14, 1 << 14)];
    for (width, height) in sizes {
        let lying = JpegFile {
            width,
            height,
            ..file
        };
        let bytes = lying.write(&DEFAULT).expect("within the limits");
        let begin = Instant::now();
        let decoded = decompress(&bytes, &DEFAULT, None);
        assert_eq!(kind(&decoded), Some(ErrorKind::BadData), "{decoded:?}");
        assert!(begin.elapsed() < Duration::from_secs(5));
    }
    let gray = JpegFile {
        color: pxc_codec::ColorType::Gray,
        ..file
    };
    let bytes = gray.write(&DEFAULT).expect("within the limits");
    assert_eq!(
        kind(&decompress(&bytes, &DEFAULT, None)),
        Some(ErrorKind::BadData)
    );
}

/// Whatever the call does, progress ends at all pixels, and a caller who stops it gets control back within 100 ms.
#[test]
fn callers_are_told_and_heard() {
    let file = jpeg(1600, 1200, ExtendedColorType::Rgb8);
    let (pxc, _) = compress(&file, &DEFAULT, None).expect("codes");
    let done = AtomicU64::new(0);
    let listen = |progress: Progress| {
        assert!(done.swap(progress.done, Ordering::Relaxed) <= progress.done);
        ControlFlow::Continue(())
    };
    decompress(&pxc, &DEFAULT, Some(&listen)).expect("sound");
    assert_eq!(done.load(Ordering::Relaxed), 1600 * 1200);
    let begin = Instant::now();
    let stop = |_: Progress| match begin.elapsed() > Duration::from_millis(10) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    for cancelled in [
        kind(&compress(&file, &DEFAULT, Some(&stop))),
        kind(&restore(&pxc, &DEFAULT, Some(&stop))),
        kind(&decompress(&pxc, &DEFAULT, Some(&stop))),
    ] {
        assert_eq!(cancelled, Some(ErrorKind::Cancelled));
    }
    let late = begin.elapsed();
    println!("three cancelled calls took {} ms", late.as_millis());
    assert!(late < Duration::from_millis(110 + 100));
}
