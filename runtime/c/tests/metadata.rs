//! Tests from C: the metadata of a file.

#![allow(unsafe_code)] // The interface is for C.

use std::mem::zeroed;
use std::ptr::{null, null_mut};

use pxc::*;
use pxc_jpeg::profiles::{exif_chunk, exif_of, icc_chunk, xmp_chunk};
use pxc_runtime::{ColorType, CompressOptions, Image, MetadataChunk, compress};

fn file(metadata: &[MetadataChunk]) -> Vec<u8> {
    let image = Image::new(2, 1, ColorType::Gray, vec![3, 4]).expect("an image");
    compress(&image, &CompressOptions::default().with_metadata(metadata)).expect("a file")
}

/// The status, and the metadata if there is any.
fn read(file: &[u8], kind: u8) -> (PxcStatus, Option<Vec<u8>>) {
    let (mut data, mut count) = (null_mut(), 7);
    // SAFETY: every pointer leads to what its function asks for, and the library gave what is freed.
    unsafe {
        let status = pxc_read_metadata(
            file.as_ptr(),
            file.len(),
            null(),
            kind,
            &mut data,
            &mut count,
        );
        let found = (!data.is_null()).then(|| std::slice::from_raw_parts(data, count).to_vec());
        assert!(found.is_some() || status != PxcStatus::Ok || count == 0);
        pxc_free(data);
        (status, found)
    }
}

fn orientation(file: &[u8]) -> u8 {
    // SAFETY: zeros are a header, and the pointers lead to what the function asks for.
    unsafe {
        let mut header: PxcHeader = zeroed();
        let status = pxc_read_header(file.as_ptr(), file.len(), null(), &mut header);
        assert_eq!(status, PxcStatus::Ok);
        header.orientation
    }
}

#[test]
fn metadata_comes_out_as_it_went_in() {
    let (profile, xmp) = ([1, 2, 3].repeat(50), b"<x:xmpmeta/>");
    let exif = exif_of(6).expect("not upright");
    let chunks = [
        icc_chunk(&profile).expect("memory"),
        exif_chunk(&exif),
        xmp_chunk(xmp),
    ];
    let full = file(&chunks);
    assert_eq!(read(&full, PXC_ICC_PROFILE), (PxcStatus::Ok, Some(profile)));
    assert_eq!(read(&full, PXC_EXIF), (PxcStatus::Ok, Some(exif)));
    assert_eq!(read(&full, PXC_XMP), (PxcStatus::Ok, Some(xmp.to_vec())));
    assert_eq!(orientation(&full), 6);
    let bare = file(&[]);
    for kind in [PXC_ICC_PROFILE, PXC_EXIF, PXC_XMP] {
        assert_eq!(read(&bare, kind), (PxcStatus::Ok, None));
    }
    assert_eq!(orientation(&bare), 1);
}

#[test]
fn wrong_calls_are_refused() {
    let bare = file(&[]);
    for kind in [0, 4] {
        assert_eq!(read(&bare, kind), (PxcStatus::Argument, None));
    }
    assert_eq!(read(&bare[..20], PXC_EXIF).0, PxcStatus::BadData);
    let mut data = null_mut();
    // SAFETY: the pointer that is missing is what the test is about.
    let status = unsafe {
        pxc_read_metadata(
            bare.as_ptr(),
            bare.len(),
            null(),
            PXC_EXIF,
            &mut data,
            null_mut(),
        )
    };
    assert_eq!(status, PxcStatus::Argument);
}
