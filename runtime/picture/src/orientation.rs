//! The orientation of a picture ↔ EXIF: the one field of EXIF that changes how a picture looks.

/// The field *Orientation*.
const ORIENTATION: u16 = 0x112;
/// Its type: one number of 16 bits.
const SHORT: u16 = 3;
/// Bytes of a field of a directory.
const FIELD_BYTES: usize = 12;
/// How a picture stands unless a file says something else.
const UPRIGHT: u16 = 1;

/// EXIF that says nothing but the orientation; `None` if the picture is upright, or the number is none that EXIF knows.
pub(crate) fn exif_of(orientation: u16) -> Option<Vec<u8>> {
    if orientation == UPRIGHT || !(1..=8).contains(&orientation) {
        return None;
    }
    let fields = [42, 0, 8, 1, ORIENTATION, SHORT, 0, 1, orientation, 0, 0, 0];
    let fields = fields.iter().flat_map(|field: &u16| field.to_be_bytes());
    Some(b"MM".iter().copied().chain(fields).collect())
}

/// The orientation that EXIF states in its first directory.
pub(crate) fn orientation(exif: &[u8]) -> Option<u16> {
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
    let is_short = short(start + 2) == Some(SHORT);
    short(start + 8).filter(|_| is_short)
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
