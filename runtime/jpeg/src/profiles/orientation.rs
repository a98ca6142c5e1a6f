//! The orientation of a picture ↔ EXIF and XMP: the one thing in them that changes how a picture looks.

/// The field *Orientation*.
const ORIENTATION: u16 = 0x112;
/// Its type: one number of 16 bits. Some writers take 32.
const SHORT: u16 = 3;
const LONG: u16 = 4;
/// The name of the orientation in XMP.
const PROPERTY: &[u8] = b"tiff:Orientation";
/// Bytes of a field of a directory.
const FIELD_BYTES: usize = 12;
/// How a picture stands unless a file says something else.
const UPRIGHT: u16 = 1;

/// Makes EXIF with nothing but the orientation; `None` if the picture is upright, or EXIF does not know the number.
pub fn exif_of(orientation: u16) -> Option<Vec<u8>> {
    if orientation == UPRIGHT || !(1..=8).contains(&orientation) {
        return None;
    }
    let fields = [42, 0, 8, 1, ORIENTATION, SHORT, 0, 1, orientation, 0, 0, 0];
    let fields = fields.iter().flat_map(|field: &u16| field.to_be_bytes());
    Some(b"MM".iter().copied().chain(fields).collect())
}

/// The orientation that EXIF states in its first directory.
pub fn orientation(exif: &[u8]) -> Option<u16> {
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let is_little = match exif.first_chunk()? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let long = |at: usize| {
        let bytes = *exif.get(at..)?.first_chunk()?;
        Some(match is_little {
            true => u32::from_le_bytes(bytes),
            false => u32::from_be_bytes(bytes),
        })
    };
    let short = |at: usize| {
        let bytes = *exif.get(at..)?.first_chunk()?;
        Some(match is_little {
            true => u16::from_le_bytes(bytes),
            false => u16::from_be_bytes(bytes),
        })
    };
    let directory = usize::try_from(long(4)?).ok()?;
    let fields = usize::from(short(directory)?);
    let mut starts = (0..fields).map_while(|field| directory.checked_add(2 + field * FIELD_BYTES));
    let start = starts.find(|&start| short(start) == Some(ORIENTATION))?;
    match short(start + 2)? {
        SHORT => short(start + 8),
        LONG => u16::try_from(long(start + 8)?).ok(),
        _ => None,
    }
}

/// Makes XMP with nothing but the orientation; `None` in the same cases as [`exif_of`].
pub fn xmp_of(orientation: u16) -> Option<Vec<u8>> {
    exif_of(orientation)?;
    let packet = format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:tiff=\"http://ns.adobe.com/tiff/1.0/\" tiff:Orientation=\"{orientation}\"/>\
         </rdf:RDF></x:xmpmeta>"
    );
    Some(packet.into_bytes())
}

/// The orientation that XMP states, as an attribute or an element.
pub fn xmp_orientation(xmp: &[u8]) -> Option<u16> {
    let mut starts = (0..xmp.len()).filter(|&start| xmp[start..].starts_with(PROPERTY));
    starts.find_map(|start| {
        let rest = xmp[start + PROPERTY.len()..].trim_ascii_start();
        let (mark, rest) = rest.split_first()?;
        let rest = rest.trim_ascii_start();
        let value = match (mark, rest) {
            (b'=', [b'"' | b'\'', value @ ..]) | (b'>', value) => value.trim_ascii_start(),
            _ => return None,
        };
        match value {
            [digit @ b'1'..=b'8', after, ..] if !after.is_ascii_alphanumeric() => {
                Some(u16::from(digit - b'0'))
            }
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orientations_come_back() {
        for value in 2..=8 {
            let exif = exif_of(value).expect("not upright");
            assert_eq!((exif.len(), orientation(&exif)), (26, Some(value)));
            let prefixed = [b"Exif\0\0", &exif[..]].concat();
            assert_eq!(orientation(&prefixed), Some(value));
        }
        assert_eq!([0, 1, 9].map(exif_of), [None, None, None]);
    }

    #[test]
    fn numbers_of_32_bits_are_read() {
        for (head, field) in [
            (
                b"II*\0\x08\0\0\0\x01\0",
                b"\x12\x01\x04\0\x01\0\0\0\x06\0\0\0",
            ),
            (
                b"MM\0*\0\0\0\x08\0\x01",
                b"\x01\x12\0\x04\0\0\0\x01\0\0\0\x06",
            ),
        ] {
            assert_eq!(orientation(&[&head[..], field].concat()), Some(6));
        }
        let text = b"II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x01\0\0\0\x06\0\0\0";
        assert_eq!(orientation(text), None);
    }

    #[test]
    fn xmp_states_orientations_in_two_ways() {
        for value in 2..=8 {
            assert_eq!(
                xmp_orientation(&xmp_of(value).expect("not upright")),
                Some(value)
            );
        }
        assert_eq!([0, 1, 9].map(xmp_of), [None, None, None]);
        for (xmp, expected) in [
            (&b"<tiff:Orientation>8</tiff:Orientation>"[..], Some(8)),
            (b"<tiff:Orientation >\n 3 </tiff:Orientation>", Some(3)),
            (b"tiff:Orientation = '6' x", Some(6)),
            (b"</tiff:Orientation><a tiff:Orientation=\"5\"/>", Some(5)),
            (b"tiff:Orientation=\"60\"", None),
            (b"tiff:Orientation=\"", None),
            (b"tiff:Orientation", None),
            (b"tiff:Orientation=\"0\"", None),
        ] {
            assert_eq!(xmp_orientation(xmp), expected, "{}", xmp.escape_ascii());
        }
    }

    #[test]
    fn other_fields_come_first() {
        let exif = b"II*\0\x09\0\0\0?\x02\0\x0f\x01\x02\0\x02\0\0\0A\0\0\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        assert_eq!(orientation(exif), Some(6));
        for length in 0..exif.len() - 6 {
            assert_eq!(orientation(&exif[..length]), None, "{length} bytes");
        }
        let far = b"II*\0\xff\xff\xff\xff\x01\0";
        assert_eq!(orientation(far), None);
    }
}
