//! Identifies a file by its first bytes: an image that pxc reads, a .pxc file, an image of a format that pxc does not
//! read.

use std::path::Path;

use pxc_picture::InputFormat;
use pxc_runtime::SIGNATURE;

/// Bytes of a file that [`Kind::of`] needs.
pub(crate) const HEAD: u64 = 512;

/// The beginnings of images that pxc does not read.
const UNSUPPORTED_SIGNATURES: [(&[u8], &str); 39] = [
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"II\xbc\x01", "JPEG XR"),
    (b"8BPS", "Photoshop"),
    (b"\x76\x2f\x31\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"gimp xcf ", "GIMP"),
    (b"DDS ", "DDS"),
    (b"FUJIFILMCCD-RAW", CAMERA_RAW),
    (b"IIRO", CAMERA_RAW),
    (b"IIRS", CAMERA_RAW),
    (b"MMOR", CAMERA_RAW),
    (b"IIU\0", CAMERA_RAW),
    (b"FOVb", CAMERA_RAW),
    (b"\0MRM", CAMERA_RAW),
    (b"AT&TFORM", "DjVu"),
    (b"\0\0\0\x0cJXS \r\n\x87\n", "JPEG XS"),
    (b"\xff\x10\xff\x50", "JPEG XS"),
    (b"\0\0\x01\0", "ICO"),
    (b"icns", "ICNS"),
    (b"\x0a\x05\x01", "PCX"),
    (b"\x0a\x02\x01", "PCX"),
    (b"\x0a\x03\x01", "PCX"),
    (b"PF\n", "PFM"),
    (b"Pf\n", "PFM"),
    (b"PF4\n", "PFM"),
    (b"<svg", "SVG"),
    (b"%PDF-", "PDF"),
    (b"%!PS-Adobe", "PostScript"),
    (b"\x8aMNG\r\n\x1a\n", "MNG"),
    (b"\x8bJNG\r\n\x1a\n", "JNG"),
    (b"farbfeld", "farbfeld"),
    (b"FLIF", "FLIF"),
    (b"BPG\xfb", "BPG"),
    (b"SIMPLE  =", "FITS"),
    (b"/* XPM */", "XPM"),
    (b"\x59\xa6\x6a\x95", "Sun raster"),
];

/// The brands of HEIF files and their like, which follow `ftyp` at byte 4.
const BRANDS: [(&[u8], &str); 11] = [
    (b"avif", "AVIF"),
    (b"avis", "AVIF"),
    (b"crx ", CAMERA_RAW),
    (b"heic", "HEIC"),
    (b"heix", "HEIC"),
    (b"heim", "HEIC"),
    (b"heis", "HEIC"),
    (b"hevc", "HEIC"),
    (b"hevx", "HEIC"),
    (b"mif1", "HEIC"),
    (b"msf1", "HEIC"),
];

const CAMERA_RAW: &str = "camera raw";

/// Extensions of camera raw files that begin like TIFF files.
const RAW_EXTENSIONS: [&str; 15] = [
    "3fr", "arw", "cr2", "dcr", "dng", "erf", "fff", "iiq", "kdc", "mef", "mos", "nef", "nrw",
    "pef", "srw",
];

/// Extensions of formats whose files begin with a size, a comment or the words of all XML files.
const NAMED: [(&str, &str); 6] = [
    ("svg", "SVG"),
    ("svgz", "SVG"),
    ("tga", "TGA"),
    ("cur", "CUR"),
    ("sgi", "SGI"),
    ("eps", "PostScript"),
];

/// What macOS keeps of a file beside it, under its name with `._` in front, where the file system keeps no attributes.
const APPLE_DOUBLE: [u8; 4] = [0, 5, 0x16, 7];

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A .pxc file.
    Coded,
    /// An image of a format that pxc reads.
    Picture(InputFormat),
    /// An image of a format, by its usual name, that pxc does not read.
    Unsupported(&'static str),
    /// Something else.
    Other,
}

impl Kind {
    /// The kind of a file that begins with these bytes.
    pub(crate) fn of(head: &[u8]) -> Kind {
        if head.starts_with(&SIGNATURE) {
            return Kind::Coded;
        }
        let detected = InputFormat::detect(head).filter(|format| !format.is_text(head));
        match (detected, unsupported(head)) {
            (Some(format), _) => Kind::Picture(format),
            (None, Some(name)) => Kind::Unsupported(name),
            (None, None) => Kind::Other,
        }
    }

    /// Like [`Kind::of`], for a file in a directory: recognises camera raw files that begin like TIFF files, and files
    /// of formats that have no signature, by their names.
    pub(crate) fn of_file(head: &[u8], path: &Path) -> Kind {
        match Kind::of(head) {
            Kind::Picture(InputFormat::Tiff) if has_extension(path, &RAW_EXTENSIONS) => {
                Kind::Unsupported(CAMERA_RAW)
            }
            Kind::Other if !head.is_empty() => {
                let named = NAMED.iter().find(|(name, _)| has_extension(path, &[name]));
                named.map_or(Kind::Other, |(_, format)| Kind::Unsupported(format))
            }
            kind => kind,
        }
    }
}

/// Whether a file has no content of its own, but the attributes of another.
pub(crate) fn is_apple_double(head: &[u8]) -> bool {
    head.starts_with(&APPLE_DOUBLE)
}

fn unsupported(head: &[u8]) -> Option<&'static str> {
    let begun = UNSUPPORTED_SIGNATURES
        .iter()
        .find(|(bytes, _)| head.starts_with(bytes));
    if let Some((_, name)) = begun {
        return Some(name);
    }
    let brand = head.get(8..12).filter(|_| head[4..8] == *b"ftyp")?;
    let found = BRANDS.iter().find(|(known, _)| *known == brand);
    found.map(|(_, name)| *name)
}

/// Whether a name has one of some extensions, in any case.
pub(crate) fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|found| {
        extensions
            .iter()
            .any(|extension| found.eq_ignore_ascii_case(extension))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_their_beginning() {
        for (head, kind) in [
            (&b"\x89PXC\r\n\x1a\n\x01"[..], Kind::Coded),
            (
                b"\x89PNG\r\n\x1a\n\0\0\0\x0d",
                Kind::Picture(InputFormat::Png),
            ),
            (b"\0\0\0\x18ftypheic\0\0\0\0", Kind::Unsupported("HEIC")),
            (b"\0\0\0\x20ftypavif\0\0\0\0", Kind::Unsupported("AVIF")),
            (
                b"\0\0\0\x18ftypcrx \0\0\0\x01",
                Kind::Unsupported(CAMERA_RAW),
            ),
            (b"\0\0\0\x18ftypisom", Kind::Other),
            (b"\0\0\0\x0cjP  \r\n\x87\n", Kind::Unsupported("JPEG 2000")),
            (b"\xff\x0a\xfa\x1f", Kind::Unsupported("JPEG XL")),
            (b"\xff\x10\xff\x50\0", Kind::Unsupported("JPEG XS")),
            (b"\0\0\x01\0\x01\0", Kind::Unsupported("ICO")),
            (b"GIF89a is text", Kind::Other),
            (b"", Kind::Other),
        ] {
            assert_eq!(Kind::of(head), kind, "{head:?}");
        }
        let tiff = b"II*\0\x08\0\0\0";
        assert_eq!(
            Kind::of_file(tiff, Path::new("a.TIF")),
            Kind::Picture(InputFormat::Tiff)
        );
        assert_eq!(
            Kind::of_file(tiff, Path::new("a.NEF")),
            Kind::Unsupported(CAMERA_RAW)
        );
        let plain = b"\0\0\x02\x01 and more";
        assert_eq!(
            Kind::of_file(plain, Path::new("a.tga")),
            Kind::Unsupported("TGA")
        );
        assert_eq!(Kind::of_file(plain, Path::new("a.txt")), Kind::Other);
    }
}
