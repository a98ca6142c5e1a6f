//! The numbers of TIFF's fields and their names, for messages.

pub(crate) const NEW_SUBFILE_TYPE: u16 = 254;
pub(crate) const SUBFILE_TYPE: u16 = 255;
pub(crate) const IMAGE_WIDTH: u16 = 256;
pub(crate) const IMAGE_LENGTH: u16 = 257;
pub(crate) const BITS_PER_SAMPLE: u16 = 258;
pub(crate) const COMPRESSION: u16 = 259;
pub(crate) const PHOTOMETRIC: u16 = 262;
pub(crate) const FILL_ORDER: u16 = 266;
pub(crate) const STRIP_OFFSETS: u16 = 273;
pub(crate) const ORIENTATION: u16 = 274;
pub(crate) const SAMPLES_PER_PIXEL: u16 = 277;
pub(crate) const ROWS_PER_STRIP: u16 = 278;
pub(crate) const STRIP_BYTE_COUNTS: u16 = 279;
pub(crate) const MIN_SAMPLE_VALUE: u16 = 280;
pub(crate) const MAX_SAMPLE_VALUE: u16 = 281;
pub(crate) const X_RESOLUTION: u16 = 282;
pub(crate) const Y_RESOLUTION: u16 = 283;
pub(crate) const PLANAR_CONFIGURATION: u16 = 284;
pub(crate) const GROUP4_OPTIONS: u16 = 293;
pub(crate) const RESOLUTION_UNIT: u16 = 296;
pub(crate) const PREDICTOR: u16 = 317;
pub(crate) const COLOR_MAP: u16 = 320;
pub(crate) const TILE_WIDTH: u16 = 322;
pub(crate) const TILE_LENGTH: u16 = 323;
pub(crate) const TILE_OFFSETS: u16 = 324;
pub(crate) const TILE_BYTE_COUNTS: u16 = 325;
pub(crate) const SUB_IFDS: u16 = 330;
pub(crate) const EXTRA_SAMPLES: u16 = 338;
pub(crate) const SAMPLE_FORMAT: u16 = 339;
pub(crate) const JPEG_TABLES: u16 = 347;
pub(crate) const XMP: u16 = 700;
pub(crate) const EXIF_IFD: u16 = 34665;
pub(crate) const ICC_PROFILE: u16 = 34675;
pub(crate) const GPS_IFD: u16 = 34853;
pub(crate) const INTEROPERABILITY_IFD: u16 = 40965;
/// The field that marks digital negatives, whose first page is a thumbnail.
pub(crate) const DNG_VERSION: u16 = 50706;

const NAMES: [(u16, &str); 68] = [
    (NEW_SUBFILE_TYPE, "NewSubfileType"),
    (SUBFILE_TYPE, "SubfileType"),
    (IMAGE_WIDTH, "ImageWidth"),
    (IMAGE_LENGTH, "ImageLength"),
    (BITS_PER_SAMPLE, "BitsPerSample"),
    (COMPRESSION, "Compression"),
    (PHOTOMETRIC, "PhotometricInterpretation"),
    (263, "Threshholding"),
    (264, "CellWidth"),
    (265, "CellLength"),
    (FILL_ORDER, "FillOrder"),
    (269, "DocumentName"),
    (270, "ImageDescription"),
    (271, "Make"),
    (272, "Model"),
    (STRIP_OFFSETS, "StripOffsets"),
    (ORIENTATION, "Orientation"),
    (SAMPLES_PER_PIXEL, "SamplesPerPixel"),
    (ROWS_PER_STRIP, "RowsPerStrip"),
    (STRIP_BYTE_COUNTS, "StripByteCounts"),
    (MIN_SAMPLE_VALUE, "MinSampleValue"),
    (MAX_SAMPLE_VALUE, "MaxSampleValue"),
    (X_RESOLUTION, "XResolution"),
    (Y_RESOLUTION, "YResolution"),
    (PLANAR_CONFIGURATION, "PlanarConfiguration"),
    (285, "PageName"),
    (286, "XPosition"),
    (287, "YPosition"),
    (288, "FreeOffsets"),
    (289, "FreeByteCounts"),
    (290, "GrayResponseUnit"),
    (291, "GrayResponseCurve"),
    (292, "T4Options"),
    (GROUP4_OPTIONS, "T6Options"),
    (RESOLUTION_UNIT, "ResolutionUnit"),
    (297, "PageNumber"),
    (301, "TransferFunction"),
    (305, "Software"),
    (306, "DateTime"),
    (315, "Artist"),
    (316, "HostComputer"),
    (PREDICTOR, "Predictor"),
    (318, "WhitePoint"),
    (319, "PrimaryChromaticities"),
    (COLOR_MAP, "ColorMap"),
    (321, "HalftoneHints"),
    (TILE_WIDTH, "TileWidth"),
    (TILE_LENGTH, "TileLength"),
    (TILE_OFFSETS, "TileOffsets"),
    (TILE_BYTE_COUNTS, "TileByteCounts"),
    (SUB_IFDS, "SubIFDs"),
    (337, "TargetPrinter"),
    (EXTRA_SAMPLES, "ExtraSamples"),
    (SAMPLE_FORMAT, "SampleFormat"),
    (340, "SMinSampleValue"),
    (341, "SMaxSampleValue"),
    (JPEG_TABLES, "JPEGTables"),
    (532, "ReferenceBlackWhite"),
    (XMP, "XMP"),
    (33432, "Copyright"),
    (33550, "ModelPixelScale"),
    (33723, "IPTC"),
    (34377, "Photoshop"),
    (EXIF_IFD, "EXIF directory"),
    (ICC_PROFILE, "ICC profile"),
    (GPS_IFD, "GPS directory"),
    (INTEROPERABILITY_IFD, "Interoperability directory"),
    (DNG_VERSION, "DNGVersion"),
];

const FIELD: &str = "TIFF field ";

/// Whether a name is that of a field of metadata: of any but the one that leads to other images.
pub(crate) fn is_metadata(name: &str) -> bool {
    name.starts_with(FIELD) && name != field_name(SUB_IFDS)
}

/// The name of a field, for messages.
pub(crate) fn field_name(tag: u16) -> String {
    match NAMES.iter().find(|(number, _)| *number == tag) {
        Some((_, name)) => format!("{FIELD}{name} ({tag})"),
        None => format!("{FIELD}{tag}"),
    }
}
