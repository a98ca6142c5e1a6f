//! Decodes a part of a large image: only the groups that it touches.

use pxc_runtime::{
    ColorType, CompressOptions, DecompressOptions, Engine, ErrorKind, Image, Rect, Tiling,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (width, height) = (400, 300);
    let samples = (0..width * height * 3)
        .map(|at| (at / 13 % 256) as u8)
        .collect();
    let image = Image::new(width, height, ColorType::Rgb, samples)?;

    // Context ends at the edge of a tile, so smaller tiles cost some bytes and make small regions cheaper.
    let tiling = Tiling {
        tile_width: 100,
        tile_height: 100,
        tiles_per_group: 1,
    };
    let engine = Engine::default();
    let options = CompressOptions::default().with_tiling(tiling);
    let (mut bytes, _) = engine.compress(&image, &options)?;

    let region = Rect {
        x: 110,
        y: 20,
        width: 70,
        height: 60,
    };
    let part = engine.decompress_region(&bytes, region, &DecompressOptions::default())?;
    for (y, row) in part
        .image
        .samples()
        .chunks_exact(region.width * 3)
        .enumerate()
    {
        let start = ((region.y + y) * width as usize + region.x) * 3;
        assert_eq!(row, &image.samples()[start..start + row.len()]);
    }

    // The region lies in one of twelve groups; damage in another one does not matter.
    let last = part.header.groups.last().ok_or("no groups")?.offset as usize;
    bytes[last] ^= 1;
    let again = engine.decompress_region(&bytes, region, &DecompressOptions::default())?;
    assert_eq!(again.image, part.image);
    let error = engine
        .decompress(&bytes, &DecompressOptions::default())
        .expect_err("the whole image is damaged");
    assert_eq!(error.kind(), ErrorKind::BadData);
    println!("{error}");
    Ok(())
}

#[test]
fn runs() -> Result<(), Box<dyn std::error::Error>> {
    main()
}
