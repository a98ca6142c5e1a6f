//! An image in memory → `.pxc` bytes → the same image, on one engine that keeps its models for the next image.

use pxc_runtime::{
    ColorType, CompressOptions, DecompressOptions, Engine, Image, Limits, read_header,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let samples = (0..64 * 48 * 3).map(|at| (at / 7 % 251) as u8).collect();
    let image = Image::new(64, 48, ColorType::Rgb, samples)?;

    let engine = Engine::default();
    let (bytes, stats) = engine.compress(&image, &CompressOptions::default())?;
    assert_eq!(stats.groups.len(), 1);
    assert!(bytes.len() < image.samples().len());

    let header = read_header(&bytes, &Limits::default())?;
    assert_eq!((header.width, header.height), (64, 48));

    let decoded = engine.decompress(&bytes, &DecompressOptions::default())?;
    assert_eq!(decoded.image, image);
    println!(
        "{} bytes of samples, {} bytes compressed",
        image.samples().len(),
        bytes.len()
    );
    Ok(())
}

#[test]
fn runs() -> Result<(), Box<dyn std::error::Error>> {
    main()
}
