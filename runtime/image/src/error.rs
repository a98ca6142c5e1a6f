//! Converts errors of the runtime to errors of the image crate.

use image::ImageError;
use image::error::{
    DecodingError, ImageFormatHint, LimitError, LimitErrorKind, ParameterError, ParameterErrorKind,
    UnsupportedError, UnsupportedErrorKind,
};
use pxc_runtime::{Error, ErrorKind, full_message};

pub(crate) fn image_error(error: Error) -> ImageError {
    let hint = || ImageFormatHint::Name("pxc".into());
    match error.kind() {
        ErrorKind::Argument => {
            let kind = ParameterErrorKind::Generic(full_message(&error));
            ImageError::Parameter(ParameterError::from_kind(kind))
        }
        ErrorKind::Limit => {
            ImageError::Limits(LimitError::from_kind(LimitErrorKind::InsufficientMemory))
        }
        ErrorKind::Unsupported => {
            let kind = UnsupportedErrorKind::GenericFeature(full_message(&error));
            ImageError::Unsupported(UnsupportedError::from_format_and_kind(hint(), kind))
        }
        _ => ImageError::Decoding(DecodingError::new(hint(), error)),
    }
}
