//! Identifies a file by its first bytes: an image that pxc reads, a .pxc file, an image of a format that pxc does not
//! read.

use std::path::Path;

use pxc_picture::InputFormat;
use pxc_runtime::SIGNATURE;

/// Bytes of a file that [`Kind::of`] needs.
pub(crate) const HEAD: u64 = 512;

/// The beginnings of images that pxc does not read.
const UNREAD: [(&[u8], &str); 18] = [
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

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A .pxc file.
    Coded,
    /// An image of a format that pxc reads.
    Picture(InputFormat),
    /// An image of a format, by its usual name, that pxc does not read.
    Unread(&'static str),
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
        match (detected, unread(head)) {
            (Some(format), _) => Kind::Picture(format),
            (None, Some(name)) => Kind::Unread(name),
            (None, None) => Kind::Other,
        }
    }

    /// Like [`Kind::of`], for a file in a directory: recognises camera raw files that begin like TIFF files by their
    /// names.
    pub(crate) fn of_file(head: &[u8], path: &Path) -> Kind {
        match Kind::of(head) {
            Kind::Picture(InputFormat::Tiff) if has_extension(path, &RAW_EXTENSIONS) => {
                Kind::Unread(CAMERA_RAW)
            }
            kind => kind,
        }
    }
}

fn unread(head: &[u8]) -> Option<&'static str> {
    let begun = UNREAD.iter().find(|(bytes, _)| head.starts_with(bytes));
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
            (b"\0\0\0\x18ftypheic\0\0\0\0", Kind::Unread("HEIC")),
            (b"\0\0\0\x20ftypavif\0\0\0\0", Kind::Unread("AVIF")),
            (b"\0\0\0\x18ftypcrx \0\0\0\x01", Kind::Unread(CAMERA_RAW)),
            (b"\0\0\0\x18ftypisom", Kind::Other),
            (b"\0\0\0\x0cjP  \r\n\x87\n", Kind::Unread("JPEG 2000")),
            (b"\xff\x0a\xfa\x1f", Kind::Unread("JPEG XL")),
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
            Kind::Unread(CAMERA_RAW)
        );
    }
}
