//! Image sets: every kind of file gives its samples, and the error of a file that does not fit names the file.

use std::path::Path;

use pxc_trainer::data::image_sets::ImageSet;
use pxc_trainer::data::image_sets::shape::ImageShape;
use pxc_trainer::data::samples::Samples;

fn shape(samples: Samples, width: usize, height: usize) -> ImageShape {
    ImageShape {
        samples,
        width,
        height,
        subsampling: 1,
    }
}

fn refusal(path: &Path, shape: &ImageShape) -> String {
    match ImageSet::read(path, shape) {
        Ok(_) => panic!("{} was read", path.display()),
        Err(error) => error.to_string(),
    }
}

/// Two images of 3×2.
fn idx() -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3];
    bytes.extend([0, 127, 128, 255, 5, 200, 1, 2, 3, 4, 5, 6]);
    bytes
}

#[test]
fn idx_files_give_their_samples() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("train-ubyte");
    std::fs::write(&path, idx()).expect("a file");
    let gray = ImageSet::read(&path, &shape(Samples::Gray, 3, 2)).expect("images");
    assert_eq!(gray.len(), 2);
    assert_eq!(gray.get(1), [1, 2, 3, 4, 5, 6]);
    let bilevel = ImageSet::read(&path, &shape(Samples::Bilevel, 3, 2)).expect("images");
    assert_eq!(bilevel.get(0), [0, 0, 1, 1, 0, 1]);

    let compressed = folder.path().join("train-ubyte.gz");
    let file = std::fs::File::create(&compressed).expect("a file");
    let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, &idx()).expect("bytes");
    encoder.finish().expect("an end");
    let again = ImageSet::read(&compressed, &shape(Samples::Gray, 3, 2)).expect("images");
    assert_eq!(again.digest.digest, gray.digest.digest);

    let message = refusal(&path, &shape(Samples::Gray, 2, 3));
    assert!(
        message.ends_with("expected images of 2x3, found 3x2"),
        "{message}"
    );
    let message = refusal(&path, &shape(Samples::Rgb, 3, 2));
    assert!(message.contains("expected Rgb samples"), "{message}");
    std::fs::write(&path, &idx()[..20]).expect("a file");
    let message = refusal(&path, &shape(Samples::Gray, 3, 2));
    assert!(
        message.ends_with("expected 12 samples, found 4"),
        "{message}"
    );
    std::fs::write(&path, [1; 16]).expect("a file");
    let message = refusal(&path, &shape(Samples::Gray, 3, 2));
    assert!(
        message.ends_with("expected magic number 00000803, found 01010101"),
        "{message}"
    );
}

#[test]
fn packed_bits_come_row_after_row_or_column_after_column() {
    let folder = tempfile::tempdir().expect("a folder");
    // Two images of 3×3 pixels: 9 bits, 2 bytes.
    let images = [[0b1010_0110, 0b1000_0000], [0b0101_1001, 0b0000_0000]];
    let read = |fortran: &str, bytes: [u8; 4]| {
        let header = format!("{{'descr': '|u1', 'fortran_order': {fortran}, 'shape': (2, 2), }}\n");
        let mut file = b"\x93NUMPY\x01\x00".to_vec();
        file.extend((header.len() as u16).to_le_bytes());
        file.extend(header.bytes());
        file.extend(bytes);
        let path = folder.path().join(format!("{fortran}_packbits.npy"));
        std::fs::write(&path, file).expect("a file");
        ImageSet::read(&path, &shape(Samples::Bilevel, 3, 3)).expect("images")
    };
    let rows = read(
        "False",
        [images[0][0], images[0][1], images[1][0], images[1][1]],
    );
    let columns = read(
        "True",
        [images[0][0], images[1][0], images[0][1], images[1][1]],
    );
    assert_eq!(rows.get(0), [1, 0, 1, 0, 0, 1, 1, 0, 1]);
    assert_eq!(rows.get(1), [0, 1, 0, 1, 1, 0, 0, 1, 0]);
    assert_eq!(rows.digest.digest, columns.digest.digest);
}

#[test]
fn cifar_batches_hold_planes() {
    let folder = tempfile::tempdir().expect("a folder");
    for (index, name) in ["data_batch_1.bin", "data_batch_2.bin", "test_batch.bin"]
        .iter()
        .enumerate()
    {
        let mut record = vec![7];
        record.extend((0..3 * 1024_usize).map(|i| (i / 1024 * 50 + i % 1024 % 40 + index) as u8));
        std::fs::write(folder.path().join(name), record.repeat(2)).expect("a file");
    }
    let shape = shape(Samples::Rgb, 32, 32);
    // A path that is neither a file nor a directory is a directory and the start of names.
    let training = ImageSet::read(&folder.path().join("data_"), &shape).expect("images");
    assert_eq!((training.len(), training.digest.files), (4, 2));
    assert_eq!(training.get(0)[3 * 41..][..3], [1, 51, 101]);
    assert_eq!(training.get(2)[3 * 41..][..3], [2, 52, 102]);
    let all = ImageSet::read(folder.path(), &shape).expect("images");
    assert_eq!(all.len(), 6);
    std::fs::write(folder.path().join("data_batch_3.bin"), [0; 3000]).expect("a file");
    let message = refusal(&folder.path().join("data_"), &shape);
    assert!(
        message.ends_with("expected records of 3073 bytes, found 3000 bytes"),
        "{message}"
    );
}

#[test]
fn sheets_are_cut_in_raster_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sheet.png");
    let sheet = image::RgbImage::from_fn(7, 5, |x, y| image::Rgb([x as u8, y as u8, 9]));
    sheet.save(&path).expect("a sheet");
    let images = ImageSet::read(&path, &shape(Samples::Rgb, 3, 2)).expect("images");
    assert_eq!(images.len(), 4);
    assert_eq!(images.get(1)[..6], [3, 0, 9, 4, 0, 9]);
    assert_eq!(images.get(2)[..6], [0, 2, 9, 1, 2, 9]);
    let message = refusal(&path, &shape(Samples::Rgb, 8, 2));
    assert!(
        message.ends_with("expected at least 8x2, found 7x5"),
        "{message}"
    );
    let message = refusal(
        &folder.path().join("nothing-here"),
        &shape(Samples::Rgb, 3, 2),
    );
    assert!(message.contains("found none"), "{message}");
}
