#!/usr/bin/env python3
"""Makes the metadata dictionary of docs/format.md: codec/src/container/metadata/dictionary.bin.

    python3 docs/metadata_dictionary.py COMPACT_ICC_PROFILES codec/src/container/metadata/dictionary.bin

COMPACT_ICC_PROFILES is a checkout of github.com/saucecontrol/Compact-ICC-Profiles (CC0 1.0), the source of some
profiles. Everything else is made here: the tables of sRGB from the formula of IEC 61966-2-1, and lists of names that
metadata has. The file is part of the format: never change it for version 1.
"""

import struct
import sys
from pathlib import Path

PROFILES = """ColorMatchCompat-v2 Rec601PAL-v4 Rec601NTSC-v4 WideGamutCompat-v4 ProPhoto-v4 ProPhoto-v2-micro Rec2020-v4
Rec2020-v2-micro Rec709-v4 Rec709-v2-micro AdobeCompat-v2 AdobeCompat-v4 sGrey-v2-nano sGrey-v2-micro sGrey-v4 DisplayP3-v2-magic
DisplayP3-v2-micro DisplayP3-v4 DisplayP3Compat-v4 scRGB-v2 sRGB-v2-magic sRGB-v2-nano sRGB-v2-micro sRGB-v4""".split()

# Name, type, count of the fields that cameras write, by directory, in the order of their tags.
FIELDS = [
    "0100 4 1  0101 4 1  0102 3 3  0103 3 1  0106 3 1  010e 2 32  010f 2 6  0110 2 16  0111 4 1  0112 3 1  0115 3 1  0116 4 1 "
    "0117 4 1  011a 5 1  011b 5 1  011c 3 1  0128 3 1  0131 2 16  0132 2 20  013b 2 1  013e 5 2  013f 5 6  0201 4 1  0202 4 1 "
    "0211 5 3  0213 3 1  0214 5 6  8298 2 1  8769 4 1  8825 4 1",
    "829a 5 1  829d 5 1  8822 3 1  8827 3 1  8830 3 1  8832 4 1  9000 7 4  9003 2 20  9004 2 20  9010 2 7  9011 2 7  9012 2 7 "
    "9101 7 4  9102 5 1  9201 10 1  9202 5 1  9203 10 1  9204 10 1  9205 5 1  9206 5 1  9207 3 1  9208 3 1  9209 3 1  920a 5 1 "
    "9214 3 4  927c 7 1024  9286 7 264  9290 2 3  9291 2 3  9292 2 3  a000 7 4  a001 3 1  a002 4 1  a003 4 1  a005 4 1  a20e 5 1 "
    "a20f 5 1  a210 3 1  a217 3 1  a300 7 1  a301 7 1  a302 7 8  a401 3 1  a402 3 1  a403 3 1  a404 5 1  a405 3 1  a406 3 1 "
    "a407 3 1  a408 3 1  a409 3 1  a40a 3 1  a40c 3 1  a420 2 33  a431 2 12  a432 5 4  a433 2 6  a434 2 32  a435 2 12",
    "0000 1 4  0001 2 2  0002 5 3  0003 2 2  0004 5 3  0005 1 1  0006 5 1  0007 5 3  0010 2 2  0011 5 1  0012 2 7  001d 2 11",
    "0001 2 4  0002 7 4",
]

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 6.0.0"> <x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 5.4.0">
   <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
      <rdf:Description rdf:about=""
            xmlns:exif="http://ns.adobe.com/exif/1.0/"
            xmlns:tiff="http://ns.adobe.com/tiff/1.0/">
         <exif:PixelXDimension>1920</exif:PixelXDimension>
         <exif:PixelYDimension>1080</exif:PixelYDimension>
         <exif:UserComment>Screenshot</exif:UserComment>
         <exif:ColorSpace>1</exif:ColorSpace>
         <tiff:Orientation>1</tiff:Orientation>
         <tiff:ResolutionUnit>2</tiff:ResolutionUnit>
         <tiff:XResolution>72/1</tiff:XResolution>
         <tiff:YResolution>72/1</tiff:YResolution>
         <xmp:CreatorTool>
      </rdf:Description>
   </rdf:RDF>
</x:xmpmeta>
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 9.1-c001 79.
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?> <x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 5.6-c140 79.
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2"> <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
 <rdf:Description rdf:about=""
 xmlns:iptcExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
 xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"
 xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
 xmlns:aux="http://ns.adobe.com/exif/1.0/aux/"
 xmlns:exifEX="http://cipa.jp/exif/1.0/"
 xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:illustrator="http://ns.adobe.com/illustrator/1.0/"
 xmlns:xmpTPg="http://ns.adobe.com/xap/1.0/t/pg/"
 xmlns:GIMP="http://www.gimp.org/xmp/"
 xmlns:darktable="http://darktable.sf.net/"
 xmlns:digiKam="http://www.digikam.org/ns/1.0/"
 xmlns:MicrosoftPhoto="http://ns.microsoft.com/photo/1.0/"
 xmlns:GCamera="http://ns.google.com/photos/1.0/camera/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
 xmlns:stRef="http://ns.adobe.com/xap/1.0/sType/ResourceRef#"
 xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
 xmp:CreatorTool="Adobe Photoshop CC 2024 (Windows)" xmp:CreatorTool="Adobe Photoshop CS6 (Macintosh)"
 xmp:CreatorTool="GIMP 2.10" xmp:CreatorTool="Adobe Photoshop Lightroom Classic"
 xmp:CreateDate="2024-01-15T10:20:30+02:00" xmp:ModifyDate="2024-01-15T10:20:30+02:00" xmp:MetadataDate="2024-01-15T10:20:30+02:00"
 xmp:Rating="0" xmp:Label="" dc:format="image/png" dc:format="image/tiff" dc:format="image/jpeg"
 photoshop:ColorMode="3" photoshop:ICCProfile="sRGB IEC61966-2.1" photoshop:DateCreated="2024-01-15T10:20:30"
 crs:Version="15.0" crs:ProcessVersion="11.0" crs:WhiteBalance="As Shot" crs:Temperature="5500" crs:Tint="+10"
 crs:Exposure2012="0.00" crs:Contrast2012="0" crs:Highlights2012="0" crs:Shadows2012="0" crs:Whites2012="0" crs:Blacks2012="0"
 crs:Texture="0" crs:Clarity2012="0" crs:Dehaze="0" crs:Vibrance="0" crs:Saturation="0" crs:HasSettings="True"
 aux:SerialNumber="" aux:LensInfo="" aux:Lens="" aux:LensID="" aux:Firmware=""
 exif:ExifVersion="0231" exif:ExposureTime="1/125" exif:FNumber="28/10" exif:ExposureProgram="3" exif:MeteringMode="5"
 exif:FocalLength="50/1" exif:DateTimeOriginal="2024-01-15T10:20:30.000" tiff:Make="Canon" tiff:Make="SONY" tiff:Model=""
 GIMP:API="2.0" GIMP:Platform="Linux" GIMP:Platform="Windows" GIMP:TimeStamp="1700000000000000" GIMP:Version="2.10.34"
 xmpMM:DocumentID="xmp.did:" xmpMM:InstanceID="xmp.iid:" xmpMM:OriginalDocumentID="xmp.did:" xmpMM:DocumentID="gimp:docid:gimp:"
 xmpMM:DocumentID="adobe:docid:photoshop:">
   <dc:creator><rdf:Seq><rdf:li></rdf:li></rdf:Seq></dc:creator>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default"></rdf:li></rdf:Alt></dc:title>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default"></rdf:li></rdf:Alt></dc:description>
   <dc:rights><rdf:Alt><rdf:li xml:lang="x-default"></rdf:li></rdf:Alt></dc:rights>
   <dc:subject><rdf:Bag><rdf:li></rdf:li></rdf:Bag></dc:subject>
   <xmpMM:DerivedFrom stRef:instanceID="xmp.iid:" stRef:documentID="xmp.did:" stRef:originalDocumentID="xmp.did:"/>
   <xmpMM:History> <rdf:Seq> <rdf:li stEvt:action="created" stEvt:instanceID="xmp.iid:" stEvt:when="2024-01-15T10:20:30+02:00" \
stEvt:softwareAgent="Adobe Photoshop CC 2024 (Windows)"/> <rdf:li stEvt:action="saved" stEvt:changed="/" \
stEvt:instanceID="xmp.iid:" stEvt:when="2024-01-15T10:20:30+02:00" stEvt:softwareAgent="Adobe Photoshop"/> \
<rdf:li stEvt:action="converted" stEvt:parameters="from image/png to application/vnd.adobe.photoshop"/> \
<rdf:li stEvt:action="derived" stEvt:parameters="converted from image/tiff to image/jpeg"/></rdf:Seq></xmpMM:History>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
""" + (" " * 100 + "\n") * 3 + '<?xpacket end="w"?><?xpacket end="r"?>'

EXIF_NAMES = """Artist BitsPerSample BrightnessValue CFAPattern CFARepeatPatternDim ColorSpace ComponentsConfiguration
CompressedBitsPerPixel Compression Contrast Copyright CustomRendered DateTime DateTimeDigitized DateTimeOriginal DigitalZoomRatio
ExifImageLength ExifImageWidth ExifOffset ExifVersion ExposureBiasValue ExposureIndex ExposureMode ExposureProgram ExposureTime
FileSource Flash FlashPixVersion FNumber FocalLength FocalLengthIn35mmFilm FocalPlaneResolutionUnit FocalPlaneXResolution
FocalPlaneYResolution GainControl GPSAltitude GPSAltitudeRef GPSDateStamp GPSInfo GPSLatitude GPSLatitudeRef GPSLongitude
GPSLongitudeRef GPSMapDatum GPSTimeStamp GPSVersionID ImageDescription ImageLength ImageUniqueID ImageWidth InteroperabilityOffset
ISOSpeedRatings JPEGInterchangeFormat JPEGInterchangeFormatLength LensMake LensModel LensSpecification LightSource Make MakerNote
MaxApertureValue MeteringMode Model OffsetTime OffsetTimeOriginal Orientation PhotometricInterpretation PixelXDimension
PixelYDimension PrimaryChromaticities PrintImageMatching ReferenceBlackWhite RelatedSoundFile ResolutionUnit Saturation
SceneCaptureType SceneType SensingMethod SensitivityType Sharpness ShutterSpeedValue ApertureValue Software SubjectArea
SubjectDistance SubjectDistanceRange SubjectLocation SubSecTime SubSecTimeDigitized SubSecTimeOriginal UserComment WhiteBalance
WhitePoint XResolution YCbCrCoefficients YCbCrPositioning YCbCrSubSampling YResolution thumbnail:Compression
thumbnail:InteroperabilityIndex thumbnail:InteroperabilityVersion thumbnail:JPEGInterchangeFormat
thumbnail:JPEGInterchangeFormatLength thumbnail:ResolutionUnit thumbnail:XResolution thumbnail:YResolution""".split()

MAKERS = """Apple\0iPhone\0Canon\0Canon EOS \0NIKON CORPORATION\0NIKON D\0NIKON Z \0SONY\0ILCE-7M\0FUJIFILM\0X-T\0Panasonic\0DMC-\0OLYMPUS
CORPORATION  \0OLYMPUS IMAGING CORP.  \0PENTAX\0RICOH IMAGING COMPANY, LTD.  \0SAMSUNG\0samsung\0SM-\0Google\0Pixel \0HUAWEI\0Xiaomi\0DJI\0
GoPro\0Hasselblad\0LEICA CAMERA AG\0LEICA \0Adobe Photoshop Lightroom Classic (Windows)\0Adobe Photoshop Lightroom (Macintosh)\0
darktable \0RawTherapee \0GIMP 2.10\0Windows Photo Editor 10.0.10011.16384\0Picasa\0Ver.1.00 \0""".replace("\n", " ")


def sections():
    """The sections of the dictionary, the most usual last."""
    root = Path(sys.argv[1])
    for name in PROFILES:
        yield (root / f"profiles/{name}.icc").read_bytes()
    yield srgb_tables()
    yield MAKERS.encode()
    for order in ">", "<":
        yield exif(order)
    yield XMP.encode()
    yield texts()
    yield columns()


def srgb_tables():
    """The parts of a large profile of sRGB: ICC's types with the values of IEC 61966-2-1."""

    def description(text):
        return b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text.encode() + bytes(82)

    def xyz(*values):
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *values)

    def linear(value):
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    curve = [int(65535 * linear(n / 1023) + 0.5) for n in range(1024)]
    tags = [
        ("cprt", 336, 51), ("desc", 388, 108), ("wtpt", 496, 20), ("bkpt", 516, 20), ("rXYZ", 536, 20), ("gXYZ", 556, 20),
        ("bXYZ", 576, 20), ("dmnd", 596, 112), ("dmdd", 708, 136), ("vued", 844, 134), ("view", 980, 36), ("lumi", 1016, 20),
        ("meas", 1036, 36), ("tech", 1072, 12), ("rTRC", 1084, 2060), ("gTRC", 1084, 2060), ("bTRC", 1084, 2060),
    ]
    head = struct.pack(">I4sI", 3144, b"Lino", 0x02100000) + b"mntrRGB XYZ "
    head += struct.pack(">6H", 1998, 2, 9, 6, 49, 0) + b"acspMSFT\0\0\0\0IEC sRGB" + bytes(14)
    head += struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D) + b"HP  " + bytes(44)
    head += struct.pack(">I", len(tags)) + b"".join(struct.pack(">4s2I", name.encode(), *place) for name, *place in tags)
    mluc = "sRGB IEC61966-2.1", "Display P3", "Copyright Apple Inc., 2022", "No copyright, use freely", "sRGB built-in", "GIMP built-in sRGB", "Color LCD"
    out = b"appl" + b"mntrRGB XYZ " + b"acspAPPL" + b"none" + bytes(12)
    out += b"".join(tag.encode() for tag in ("desc", "cprt", "wtpt", "rXYZ", "gXYZ", "bXYZ", "rTRC", "chad", "bTRC", "gTRC", "vcgt", "ndin", "mmod", "vcgp"))
    for text in mluc:
        text = text.encode("utf-16-be")
        out += b"mluc\0\0\0\0\0\0\0\1\0\0\0\x0cenUS" + struct.pack(">2I", len(text), 28) + text
    out += xyz(0xF6D5, 0x10000, 0xD32C) + xyz(0x83DF, 0x3DBF, -69) + xyz(0x4ABF, 0xB137, 0x0AB9) + xyz(0x2838, 0x110B, 0xC8B9)
    out += b"para" + bytes(4) + struct.pack(">2H5I", 3, 0, 0x26666, 0xF2A7, 0x0D59, 0x13D0, 0x0A5B)
    out += b"sf32" + bytes(4) + struct.pack(">9i", 68674, 1502, -3291, 1939, 64912, -1899, -604, -1092, 53881 - 4)
    out += b"sf32" + bytes(4) + struct.pack(">9i", 68674, 1502, -3291, 1939, 64912, -1904, -1119, -606, 49262 + 0)
    out += b"lcms" + struct.pack(">I", 0x04300000) + b"mntrRGB XYZ "
    return out + b"".join([
        head, description("sRGB IEC61966-2.1"), xyz(0xF351, 0x10000, 0x116CC), xyz(0, 0, 0), xyz(0x6FA2, 0x38F5, 0x390),
        xyz(0x6299, 0xB785, 0x18DA), xyz(0x24A0, 0x0F84, 0xB6CF), description("IEC http://www.iec.ch"),
        description("IEC 61966-2.1 Default RGB colour space - sRGB"),
        description("Reference Viewing Condition in IEC61966-2.1"),
        b"view\0\0\0\0" + struct.pack(">7I", 0x13A4FE, 0x145F2E, 0x10CF14, 0x3EDCC, 0x4130B, 0x35C9E, 1),
        xyz(0x4C0956, 0x500000, 0x571FE7), b"meas" + bytes(7) + b"\1" + bytes(18) + b"\2\x8f\0\0\0\2" + b"sig \0\0\0\0CRT ",
        b"curv" + bytes(4) + struct.pack(">I1024H", 1024, *curve),
    ])


def exif(order):
    """Directories with the fields that cameras write."""
    out = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    for directory in FIELDS:
        words = directory.split()
        out += struct.pack(order + "H", len(words) // 3)
        for tag, kind, count in zip(words[0::3], words[1::3], words[2::3]):
            value = {"3": struct.pack(order + "2H", 1, 0), "7": b"0231"}.get(kind, struct.pack(order + "I", 512))
            out += struct.pack(order + "2HI", int(tag, 16), int(kind), int(count)) + value
        out += bytes(4)
    pairs = (72, 1), (300, 1), (1, 125), (28, 10), (0, 10), (50, 1), (0, 6), (10, 8000)
    out += b"".join(struct.pack(order + "2I", *pair) for pair in pairs)
    return out + b"2024:01:15 10:20:30\x002018:07:18 17:33:30\x00ASCII\0\0\0R98\x000100"


def texts():
    """Text chunks: keyword, zero byte, text."""
    pairs = [("exif:" + name, "0") for name in EXIF_NAMES]
    pairs += [
        ("Raw profile type exif", "\nexif\n      96\n45786966000049492a0008000000"), ("Raw profile type xmp", "\nxmp\n"),
        ("Raw profile type iptc", "\niptc\n"), ("Raw profile type APP1", "\ngeneric profile\n"),
        ("exif:ExifVersion", "48, 50, 51, 48"), ("exif:FlashPixVersion", "48, 49, 48, 48"),
        ("exif:ReferenceBlackWhite", "0/1, 255/1, 0/1, 255/1, 0/1, 255/1"), ("exif:ComponentsConfiguration", "1, 2, 3, 0"),
        ("exif:DateTimeOriginal", "2018:06:29 14:05:17"), ("exif:ExposureTime", "10/8000"), ("exif:FNumber", "28/10"),
        ("exif:FocalLength", "500/10"), ("exif:ISOSpeedRatings", "200"), ("exif:ColorSpace", "65535"), ("exif:Make", "NIKON CORPORATION"),
        ("icc:copyright", "Public Domain"), ("icc:copyright", "Copyright (c) "), ("icc:description", "Linear Rec2020 RGB"),
        ("icc:description", "sRGB IEC61966-2.1"), ("icc:manufacturer", "IEC http://www.iec.ch"), ("icc:model", "Linear Rec709 RGB"),
        ("icc:model", "IEC 61966-2.1 Default RGB colour space - sRGB"), ("unknown", "1"), ("png:IHDR.color_type", "2"),
        ("png:bKGD", "chunk was found"), ("pdf:Version", "PDF-1.4"), ("svg:base-uri", "file:///"), ("xmp:CreatorTool", "Adobe"),
        ("date:create", "2018-07-18T17:38:42+02:00"), ("date:modify", "2018-07-18T17:33:41+02:00"),
        ("date:timestamp", "2024-01-15T10:20:30+00:00"), ("Author", ""), ("Copyright", "CC0 Public Domain Dedication"),
        ("Creation Time", "Mon 15 Jan 2024 10:20:30 +0200"), ("Description", ""), ("Disclaimer", ""), ("Warning", ""), ("Source", ""),
        ("Comment", "Created with GIMP"), ("Title", ""), ("parameters", "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: "),
        ("prompt", '{"3": {"inputs": {"seed": '), ("mxfile", "%3Cmxfile%20host%3D%22app.diagrams.net%22%20"),
        ("Software", "Adobe ImageReady"), ("Software", "www.inkscape.org"), ("Software", "gnome-screenshot"), ("Software", "Paint.NET 5.0"),
        ("Software", "Matplotlib version3.8.2, https://matplotlib.org/"), ("Software", "Adobe Photoshop"), ("Software", "darktable 2.4.0"),
        ("ICC profile", "\0"), ("icc", "\0"), ("Photoshop ICC profile", "\0"), ("kCGColorSpaceDisplayP3", "\0"), ("sRGB IEC61966-2.1", "\0"),
        ("XML:com.adobe.xmp", "\0\0\0\0"),
    ]
    return b"".join(f"{keyword}\0{text}".encode() for keyword, text in pairs)


def columns():
    """The tags and lengths that begin a metadata section, and the smallest chunks."""
    tags = "tIMEbKGDsBITpHYscHRMgAMAsRGBeXIfiTXtiCCPcICPzTXttEXttEXttEXttEXttEXttEXt"
    dates = b"\x07\xe8\1\x0f\x0a\x14\x1e" + b"\xff" * 6 + b"\0\0\0\0" + b"\0\0\0"
    chromaticities = 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000
    looks = struct.pack(">8I", *chromaticities) + struct.pack(">IB", 45455, 0)
    sizes = b"".join(struct.pack(">2IB", size, size, 1) for size in (5669, 3780, 11811, 2834, 2835))
    return tags.encode() + dates + sizes + looks


def main():
    data = b"".join(sections())
    assert len(data) <= 1 << 16
    Path(sys.argv[2]).write_bytes(data)
    print(f"{len(data)} bytes")


if __name__ == "__main__":
    main()
