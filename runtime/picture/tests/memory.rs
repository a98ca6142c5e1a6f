//! Does `max_memory` hold? Counts the bytes that are allocated at once, and compares them with the least limit under
//! which a file is read, and described.

#![expect(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::DeflateEncoder;
use pxc_codec::{BitDepth, ColorType, ErrorKind, Image, Limits, SampleFormat};
use pxc_picture::{OutputFormat, Picture, ReadOptions, Result, exact, read_picture, write_picture};

struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: the system's allocator gets every call as it comes.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(held, Ordering::Relaxed);
        // SAFETY: the caller keeps the same contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the same contract.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// What decoders take for any file: windows, tables, and the first records of an account.
const SLACK: usize = 3 << 18;
/// How exactly the least limit is found.
const STEP: usize = 1 << 16;
/// More than any of the files needs.
const ENOUGH: usize = 1 << 28;

fn within(max_memory: usize) -> Limits {
    Limits::default().with_max_memory(max_memory as u64)
}

/// Finds the smallest limit under which `work` is not refused, and the most bytes that it then allocates.
fn least<T>(work: impl Fn(&Limits) -> Result<T>) -> (usize, usize) {
    let (mut refused, mut accepted) = (0, ENOUGH);
    let mut peak = 0;
    while accepted - refused > STEP {
        let middle = refused.midpoint(accepted);
        let before = HELD.load(Ordering::Relaxed);
        MOST.store(before, Ordering::Relaxed);
        let result = work(&within(middle));
        let most = MOST.load(Ordering::Relaxed) - before;
        match result.map_err(|error| error.kind()) {
            Err(ErrorKind::Limit) => {
                assert!(
                    most < middle + SLACK,
                    "{most} bytes taken, and then refused"
                );
                refused = middle;
            }
            _ => (accepted, peak) = (middle, most),
        }
    }
    (accepted, peak)
}

fn read(file: &[u8], limits: &Limits) -> Result<Picture> {
    read_picture(file, &ReadOptions::new(*limits))
}

/// Checks that the limit that a file needs covers what it takes, and is at most twice as much.
fn check(name: &str, file: &[u8]) {
    read(file, &within(ENOUGH)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (limit, peak) = least(|limits| read(file, limits));
    let held = file.len() + peak;
    println!("{name}: limit {limit}, held {held} (file {})", file.len());
    assert!(
        held <= limit + SLACK,
        "{name}: {held} bytes held, {limit} allowed"
    );
    assert!(
        limit <= 2 * held + SLACK,
        "{name}: {limit} bytes asked for, {held} held"
    );
}

fn check_description(name: &str, file: &[u8]) {
    let picture = read(file, &within(ENOUGH)).expect("an image file");
    let (limit, peak) = least(|limits| exact::describe(file, &picture, usize::MAX, limits));
    let held = file.len() + picture.image.samples().len() + peak;
    println!("{name}: description: limit {limit}, held {held}");
    assert!(
        held <= limit + SLACK,
        "{name}: {held} bytes held, {limit} allowed"
    );
}

/// Samples that no coder makes much smaller.
fn noise(width: u32, height: u32, color: ColorType, depth: BitDepth) -> Image {
    let format = SampleFormat { color, depth };
    let count = width * height * format.pixel_bytes() as u32;
    let mask = if depth < BitDepth::Eight {
        depth.largest() as u8
    } else {
        u8::MAX
    };
    let samples = (0..count).map(|n| (n.wrapping_mul(2_654_435_761) >> 19) as u8 & mask);
    Image::with_format(width, height, format, samples.collect()).expect("legal")
}

fn written(image: Image, format: OutputFormat) -> Vec<u8> {
    write_picture(image, &[], format)
        .expect("a format that holds it")
        .bytes
}

/// A PNG file with chunks after its header.
fn png(image: Image, chunks: impl Iterator<Item = ([u8; 4], Vec<u8>)>) -> Vec<u8> {
    let plain = written(image, OutputFormat::Png);
    let (head, tail) = plain.split_at(33);
    let mut file = head.to_vec();
    for (tag, data) in chunks {
        push_chunk(tag, &data, &mut file);
    }
    [&file, tail].concat()
}

#[test]
fn limits_hold_for_reading_and_describing() {
    let rgb = || noise(900, 700, ColorType::Rgb, BitDepth::Eight);
    for format in ["png", "ppm", "bmp", "qoi", "webp", "tiff"] {
        let format = OutputFormat::of_name(format!("a.{format}").as_ref()).expect("a format");
        let file = written(rgb(), format);
        check(format.extension(), &file);
        check_description(format.extension(), &file);
    }
    check_description("PNG of two encoders", &two_encoders());
    let gray = noise(1500, 1000, ColorType::Gray, BitDepth::Eight);
    for format in [OutputFormat::Bmp, OutputFormat::Tiff] {
        check("gray", &written(gray.clone(), format));
    }
    let deep = noise(700, 500, ColorType::Rgba, BitDepth::Sixteen);
    for format in [OutputFormat::Png, OutputFormat::Pam, OutputFormat::Tiff] {
        check("16 bits", &written(deep.clone(), format));
    }
    let bits = noise(4001, 1000, ColorType::Gray, BitDepth::One);
    for format in [OutputFormat::Png, OutputFormat::Pbm] {
        check("1 bit", &written(bits.clone(), format));
    }
    let narrow = noise(1, 300_000, ColorType::Gray, BitDepth::Eight);
    for format in [OutputFormat::Png, OutputFormat::Bmp, OutputFormat::Pgm] {
        check("narrow", &written(narrow.clone(), format));
    }
    let text = (0..400_000u32).map(|n| format!("{} ", n % 1009 * (n % 1013) % 251));
    let plain = format!("P2 1000 400 255\n{}", text.collect::<String>());
    check("plain numbers", plain.as_bytes());
    for (name, file) in fragments() {
        check(name, &file);
    }
}

/// A PNG file whose halves are compressed at different levels, so that no encoder is known to make it.
fn two_encoders() -> Vec<u8> {
    let (width, height) = (1200u32, 900u32);
    let row = |y: u32| {
        (0..=3 * width).map(move |x| {
            if x == 0 {
                0
            } else {
                ((x * x / (y + 3)) >> 4) as u8 & 31
            }
        })
    };
    let rows: Vec<u8> = (0..height).flat_map(row).collect();
    let mut packed = vec![0x78, 0x9c];
    for (half, level) in rows.chunks(rows.len() / 2).zip([1, 9]) {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(half).expect("memory");
        encoder.flush().expect("memory");
        packed.extend(encoder.get_ref());
    }
    // An empty last block.
    packed.extend([3, 0]);
    packed.extend(adler32(&rows).to_be_bytes());
    let mut header = [width, height].map(u32::to_be_bytes).concat();
    header.extend([8, 2, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (tag, data) in [(b"IHDR", header), (b"IDAT", packed), (b"IEND", Vec::new())] {
        push_chunk(*tag, &data, &mut file);
    }
    file
}

fn adler32(bytes: &[u8]) -> u32 {
    let (low, high) = bytes.iter().fold((1, 0), |(low, high), &byte| {
        let low = (low + u32::from(byte)) % 65521;
        (low, (high + low) % 65521)
    });
    high << 16 | low
}

fn push_chunk(tag: [u8; 4], data: &[u8], file: &mut Vec<u8>) {
    file.extend((data.len() as u32).to_be_bytes());
    let start = file.len();
    file.extend(tag);
    file.extend(data);
    let checksum = crc32fast::hash(&file[start..]);
    file.extend(checksum.to_be_bytes());
}

/// Files that consist of many small parts.
fn fragments() -> [(&'static str, Vec<u8>); 5] {
    let tiny = || noise(9, 9, ColorType::Gray, BitDepth::Eight);
    let comments = (0..200_000).map(|n| (*[b"teXt", b"vpAg"][n % 2], vec![b'c'; n % 3]));
    let lost = (0..200_000).map(|n| (*[b"teXT", b"vpAG"][n % 2], Vec::new()));
    [
        (
            "one long chunk of PNG",
            png(tiny(), [(*b"teXt", vec![7; 1 << 21])].into_iter()),
        ),
        ("short chunks of PNG", png(tiny(), comments)),
        ("unknown chunks of PNG", png(tiny(), lost)),
        ("extensions of GIF", gif()),
        ("strips of TIFF", tiff()),
    ]
}

/// Empty extensions of two kinds in turn, and pixels in blocks of one byte: after each pixel the table of codes begins
/// anew.
fn gif() -> Vec<u8> {
    let (width, height) = (1000usize, 600usize);
    let size = [width, height]
        .map(|side| (side as u16).to_le_bytes())
        .concat();
    let mut file = [&b"GIF89a"[..], &size, &[0x81, 0, 0], &[9; 12]].concat();
    for _ in 0..300_000 {
        file.extend(b"\x21\xfe\0\x21\x01\0");
    }
    file.extend([&b","[..], &[0; 4], &size, &[0, 2]].concat());
    let (mut bits, mut count) = (0u32, 0);
    for code in (0..width * height).flat_map(|_| [4, 1]).chain([5]) {
        bits |= code << count;
        count += 3;
        while count >= 8 {
            file.extend([1, bits as u8]);
            (bits, count) = (bits >> 8, count - 8);
        }
    }
    file.extend([1, bits as u8, 0, 0x3b]);
    file
}

/// A strip for each pixel.
fn tiff() -> Vec<u8> {
    let rows = 300_000u32;
    let (counts, offsets) = (8 + rows, 8 + 2 * rows);
    let mut file = b"II*\0".to_vec();
    file.extend((offsets + 4 * rows).to_le_bytes());
    file.extend((0..rows).map(|row| row as u8));
    file.extend((0..rows).map(|_| 1));
    file.extend((0..rows).flat_map(|row| (8 + row).to_le_bytes()));
    let (byte, short, long) = (1, 3, 4);
    let fields = [
        (256, short, 1, 1),
        (257, long, 1, rows),
        (258, short, 1, 8),
        (262, short, 1, 1),
        (273, long, rows, offsets),
        (278, short, 1, 1),
        (279, byte, rows, counts),
    ];
    file.extend((fields.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in fields {
        file.extend([u16::to_le_bytes(tag), u16::to_le_bytes(kind)].concat());
        file.extend([u32::to_le_bytes(count), value.to_le_bytes()].concat());
    }
    file.extend([0; 4]);
    file
}
