//! Uses a model of your own, given as the bytes of its ONNX file. Whoever reads the image needs the same file.

use pxc_runtime::{
    Backend, CodingMethod, ColorType, CompressOptions, DecompressOptions, Engine, ErrorKind, Image,
    Limits, Registry, read_header,
};

const MODEL: &[u8] = include_bytes!("../../fixtures/models/tiny-rgb.onnx");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let samples = (0..40 * 30 * 3).map(|at| (at / 5 % 256) as u8).collect();
    let image = Image::new(40, 30, ColorType::Rgb, samples)?;

    // Only the embedded models and this one: no directory is searched.
    let registry = Registry::with_directory(None);
    let id = registry.add_bytes(MODEL)?.id();
    let engine = Engine::new(registry, Backend::Tract);
    let name = id.to_string();
    let options = CompressOptions::default()
        .with_model(&*name)
        .with_method(CodingMethod::Network);
    let (bytes, _) = engine.compress(&image, &options)?;
    assert_eq!(read_header(&bytes, &Limits::default())?.model, Some(id));
    let decoded = engine.decompress(&bytes, &DecompressOptions::default())?;
    assert_eq!(decoded.image, image);

    // A reader without the model names the one that it needs.
    let stranger = Engine::new(Registry::with_directory(None), Backend::Tract);
    let refused = stranger.decompress(&bytes, &DecompressOptions::default());
    let error = refused.expect_err("the model is not here");
    assert_eq!(error.kind(), ErrorKind::MissingModel);
    println!("{error}");
    Ok(())
}

#[test]
fn runs() -> Result<(), Box<dyn std::error::Error>> {
    main()
}
