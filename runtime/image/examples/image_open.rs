//! `image::open` on a `.pxc` file, and an image of the image crate saved as one.

use std::fs::File;
use std::io::BufWriter;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageBuffer, ImageError, Rgb, RgbImage};
use pxc_image::PxcEncoder;
use pxc_runtime::{CompressOptions, Engine};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    pxc_image::register();

    let directory = tempfile::tempdir()?;
    let path = directory.path().join("photo.pxc");
    let shallow = RgbImage::from_fn(60, 40, |x, y| Rgb([x as u8, y as u8, (x * y) as u8]));
    let deep = ImageBuffer::from_fn(30, 20, |x, y| Rgb([x as u16 * 999, y as u16 * 777, 65_535]));
    for image in [DynamicImage::from(shallow), DynamicImage::from(deep)] {
        image.write_with_encoder(PxcEncoder::new(BufWriter::new(File::create(&path)?)))?;
        assert_eq!(image::open(&path)?, image);
    }

    // A file that holds a JPEG file decodes to its picture.
    let mut jpeg = Vec::new();
    let gray = image::GrayImage::from_fn(40, 30, |x, y| image::Luma([(x * y) as u8]));
    gray.write_with_encoder(JpegEncoder::new(&mut jpeg))?;
    let kept = Engine::default().compress_jpeg(&jpeg, &CompressOptions::default())?;
    assert_eq!(
        image::load_from_memory(&kept)?,
        image::load_from_memory(&jpeg)?
    );

    // Damage is an error of the image crate.
    let mut bytes = std::fs::read(&path)?;
    *bytes.last_mut().ok_or("an empty file")? ^= 1;
    let error = image::load_from_memory(&bytes).expect_err("it is damaged");
    assert!(matches!(error, ImageError::Decoding(_)), "{error}");
    println!("{error}");

    // So are limits.
    let mut reader = image::ImageReader::open(&path)?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(29);
    reader.limits(limits);
    let error = reader.decode().expect_err("it is too wide");
    assert!(matches!(error, ImageError::Limits(_)), "{error}");
    println!("{error}");
    Ok(())
}

#[test]
fn runs() -> Result<(), Box<dyn std::error::Error>> {
    main()
}
