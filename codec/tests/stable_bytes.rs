//! Are the bytes of version 1 what they were? A change here is a change of the format.

use pxc_codec::{
    CodingMethod, ColorType, EncodeOptions, Image, MetadataChunk, Predictor, Tiling, encode,
};
use pxc_test_predictors::hashing_model::HashingModel;
use pxc_test_predictors::images::{COLOR_TYPES, drawing, gradient};

fn bytes(image: &Image, method: Option<CodingMethod>) -> Vec<u8> {
    let model = HashingModel::new(image.color().color_planes());
    let predictor = (method != Some(CodingMethod::Adaptive)).then_some(&model as &dyn Predictor);
    let options = EncodeOptions::default().with_method(method);
    encode(image, &[], predictor, &options).expect("encodes").0
}

#[test]
fn a_constant_image() {
    let image = Image::new(4, 2, ColorType::Gray, vec![7; 8]).expect("an image");
    assert_eq!(
        bytes(&image, Some(CodingMethod::Adaptive)),
        b"\x89PXC\r\n\x1a\n\x01\x11\x00\x30\x04\x02\x0c\x29\x12\xad\x63\xec\x96\x8b\
          \x03\xdf\xeb\xf3\xcd\xc7\x32\xe6\x10\x02\x3d\xbf"
    );
}

#[test]
fn digests_of_larger_files() {
    let digest = |file: &[u8]| blake3::hash(file).to_hex()[..16].to_owned();
    let mut found = Vec::new();
    for color in COLOR_TYPES {
        for method in [
            CodingMethod::Stored,
            CodingMethod::Network,
            CodingMethod::Adaptive,
            CodingMethod::Refined,
        ] {
            for picture in [gradient, drawing] {
                found.push(digest(&bytes(&picture(61, 47, color), Some(method))));
            }
        }
    }
    let tiling = Some(Tiling {
        tile_width: 20,
        tile_height: 13,
        tiles_per_group: 3,
    });
    let options = EncodeOptions::default()
        .with_tiling(tiling)
        .with_method(CodingMethod::Network);
    let chunks = [MetadataChunk {
        tag: *b"gAMA",
        data: vec![0, 0, 177, 143],
    }];
    let image = gradient(61, 47, ColorType::Rgba);
    let tiled = encode(&image, &chunks, Some(&HashingModel::new(3)), &options)
        .expect("encodes")
        .0;
    found.push(digest(&tiled));
    assert_eq!(found, DIGESTS);
}

const DIGESTS: [&str; 33] = [
    "9654581076be4ba6",
    "ff0bdf79233383a1",
    "baf275135bb6d21f",
    "5b796d26213e3441",
    "f6b23e0666b452c8",
    "7305a3938e657ee9",
    "a947225577126530",
    "5b288810f37ccec7",
    "78af46c501213db9",
    "963dbaec3cb85b07",
    "3e5548ba86d6d823",
    "a84d39738a544800",
    "7bb15e7bb3e8b55e",
    "54fe35c1858c414d",
    "9b507cb90a142336",
    "1cfbb23a82329424",
    "03a4fced2b22fda7",
    "b751ec6e368485c9",
    "a67322388bd08d1f",
    "7ba7bb1f7cdeea9c",
    "fa041ff227d8c2e1",
    "1df290eea527d410",
    "6d5946223981ee27",
    "c3e6b7102ba93f22",
    "25ae48dfaef35d45",
    "f53d3f7362048d1a",
    "ee663915fe76bd73",
    "ab4fe23d664d664e",
    "437e75beefa5256e",
    "d6dde12968a63de3",
    "53f02efbb60e692f",
    "74a56ca4409ec088",
    "62a8ef74db90c863",
];
