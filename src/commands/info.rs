//! `pxc info`: the header of a .pxc file, in the terms of `docs/format.md`.

use pxc_picture::exact::{self, Description, Reason};
use pxc_runtime::{
    CodingMethod, ColorKey, GroupEntry, Header, Limits, Model, Preview, Registry, read_header,
};
use serde_json::{Value, json};

use crate::arguments::inspect::InfoArguments;
use crate::error::Error;
use crate::exit_code::ExitCode;
use crate::files::inputs::Jobs;
use crate::files::location::Location;
use crate::files::reading;
use crate::terminal::console::{print, report_failure};

/// Shows the header of every input.
pub(crate) fn run(arguments: &InfoArguments) -> Result<ExitCode, Error> {
    let found = Jobs::coded(&arguments.inputs)?;
    let (unprocessed, registry) = (
        found.report_unprocessed(arguments.json),
        Registry::default(),
    );
    let exit_codes = found
        .jobs
        .iter()
        .map(|job| match info(&job.input, arguments, &registry) {
            Ok(()) => ExitCode::Done,
            Err(error) => report_failure(&job.input, &error, arguments.json),
        });
    Ok(exit_codes.fold(unprocessed, Ord::max))
}

fn info(location: &Location, arguments: &InfoArguments, registry: &Registry) -> Result<(), Error> {
    let (header, found) = read(location, &arguments.limits.limits())?;
    let model = header.model.and_then(|id| registry.by_id(id).ok());
    let text = if arguments.json {
        format!("{}\n", object(location, &header, model.as_deref(), found))
    } else {
        lines(location, &header, model.as_deref(), found)
    };
    print(&text)
}

/// The header of a file, and the bytes of the file that are there.
pub(super) fn read(location: &Location, limits: &Limits) -> Result<(Header, usize), Error> {
    let bytes = reading::read_coded(location, limits)?.bytes;
    Ok((header_of(location, &bytes, limits)?, bytes.len()))
}

/// The header of these bytes.
pub(super) fn header_of(
    location: &Location,
    bytes: &[u8],
    limits: &Limits,
) -> Result<Header, Error> {
    read_header(bytes, limits).map_err(|source| Error::Codec {
        location: location.clone(),
        source: Box::new(source.into()),
    })
}

fn lines(location: &Location, header: &Header, model: Option<&Model>, found: usize) -> String {
    let mut text = format!("{location}\n");
    let mut line = |field: &str, value: String| text.push_str(&format!("  {field:<19}{value}\n"));
    line("version", header.version.to_string());
    line("width", header.width.to_string());
    line("height", header.height.to_string());
    line("color_type", header.color.name().to_owned());
    line("bit_depth", header.bit_depth.to_string());
    if let Some(palette) = &header.palette {
        let (colors, alpha) = (palette.colors().len(), palette.alpha().len());
        line("palette", format!("{colors} colours, {alpha} alpha"));
    }
    if let Some(key) = header.color_key {
        line("color_key", samples_of(key));
    }
    line("model_id", model_line(header, model));
    if let Some(map) = &header.sample_map {
        let values: Vec<String> = map.values().map(|values| values.to_string()).collect();
        line("sample_map", format!("{} values", values.join(" ")));
        line("coded_bit_depth", header.coded_format().depth.to_string());
    }
    if let Some(colors) = &header.color_set {
        line("color_set", format!("{} bytes", colors.len()));
    }
    line("tile_width", header.tiling.tile_width.to_string());
    line("tile_height", header.tiling.tile_height.to_string());
    line("tiles_per_group", header.tiling.tiles_per_group.to_string());
    line("pixel_digest", hexadecimal(&header.pixel_digest));
    for chunk in &header.metadata {
        line(
            "chunk",
            format!("{} {} bytes", tag(&chunk.tag), chunk.data.len()),
        );
    }
    if let Some(preview) = &header.preview {
        line("preview", preview_line(preview));
    }
    line(
        "exact_file",
        match (header.holds_jpeg, exact::find(&header.metadata)) {
            (true, _) => "jpeg".to_owned(),
            (_, Some(Description { format, data, .. })) => {
                format!("{}, {} bytes", format.extension(), data.len())
            }
            _ => match Reason::find(&header.metadata) {
                Some(reason) => format!("no: {reason}"),
                None => "no: not asked for".to_owned(),
            },
        },
    );
    line("header_bytes", header.header_bytes.to_string());
    line("file_bytes", file_bytes(header, found));
    line(
        "bits_per_sub_pixel",
        format!("{:.3}", bits_per_sub_pixel(header)),
    );
    let methods = |group: &GroupEntry| (group.color_method, group.alpha_method);
    let runs = header.groups.chunk_by(|a, b| methods(a) == methods(b));
    runs.for_each(|groups| line("group", groups_line(groups)));
    text
}

/// Size and bytes of the preview.
fn preview_line(preview: &Preview) -> String {
    let Preview {
        width,
        height,
        step,
        length,
        ..
    } = preview;
    format!("{width} × {height}, step {step}, {length} bytes")
}

/// Name and id of the file's model, and whether it is available.
fn model_line(header: &Header, model: Option<&Model>) -> String {
    let Some(id) = header.model else {
        return "none".to_owned();
    };
    let name = model_name(header, model).map(|name| format!("{name}, "));
    let missing = model.map_or(", which is not available", |_| "");
    format!("{}{id}{missing}", name.unwrap_or_default())
}

/// The name of the file's model: its own, or the one that the file stores.
fn model_name<'a>(header: &'a Header, model: Option<&'a Model>) -> Option<&'a str> {
    model.map(Model::name).or(header.model_name.as_deref())
}

fn samples_of(key: ColorKey) -> String {
    let samples: Vec<String> = key.samples().iter().map(u16::to_string).collect();
    samples.join(" ")
}

/// Groups that follow one another and have the same methods: one, or the sum of several.
fn groups_line(groups: &[GroupEntry]) -> String {
    let first = &groups[0];
    let alpha = first
        .alpha_method
        .map_or(String::new(), |method| format!(", alpha {}", method.name()));
    let method = first.color_method.map_or("unreadable", CodingMethod::name);
    let (offset, checksum) = (first.offset, first.checksum);
    let bytes: u64 = groups.iter().map(|group| group.length).sum();
    match groups.len() {
        1 => format!("offset {offset:#x}, {bytes} bytes, checksum {checksum:08x}, {method}{alpha}"),
        count => format!("{count} from offset {offset:#x}, {bytes} bytes, {method}{alpha}"),
    }
}

fn file_bytes(header: &Header, found: usize) -> String {
    let expected = header.file_bytes();
    if expected == found as u64 {
        expected.to_string()
    } else {
        format!("{expected} expected, {found} found")
    }
}

fn bits_per_sub_pixel(header: &Header) -> f64 {
    let samples =
        f64::from(header.width) * f64::from(header.height) * header.color.channels() as f64;
    header.file_bytes() as f64 * 8.0 / samples
}

fn object(location: &Location, header: &Header, model: Option<&Model>, found: usize) -> Value {
    let chunks = header.metadata.iter();
    let mut object = json!({
        "status": "done",
        "version": header.version,
        "width": header.width,
        "height": header.height,
        "color_type": header.color.name(),
        "bit_depth": header.bit_depth.bits(),
        "coded_bit_depth": header.coded_format().depth.bits(),
        "sample_map": header.sample_map.as_ref().map(|map| map.values().collect::<Vec<_>>()),
        "palette": header.palette.as_ref().map(|palette| json!({"colors": palette.colors().len(), "alpha": palette.alpha().len()})),
        "color_key": header.color_key.map(|key| key.samples().to_vec()),
        "model_id": header.model.map(|id| id.to_string()),
        "model_name": model_name(header, model),
        "model_available": header.model.map(|_| model.is_some()),
        "color_set_bytes": header.color_set.as_ref().map(Vec::len),
        "tile_width": header.tiling.tile_width,
        "tile_height": header.tiling.tile_height,
        "tiles_per_group": header.tiling.tiles_per_group,
        "pixel_digest": hexadecimal(&header.pixel_digest),
        "chunks": chunks.map(|chunk| json!({"tag": tag(&chunk.tag), "length": chunk.data.len()})).collect::<Vec<_>>(),
        "preview": header.preview.as_ref().map(preview_object),
        "exact_file": exact_file(header),
        "not_exact": Reason::find(&header.metadata).map(|reason| reason.to_string()),
        "header_bytes": header.header_bytes,
        "file_bytes": header.file_bytes(),
        "found_bytes": found,
        "bits_per_sub_pixel": bits_per_sub_pixel(header),
        "groups": header.groups.iter().map(group_object).collect::<Vec<_>>(),
    });
    location.name_in(&mut object, "file");
    object
}

/// The format of the file that `pxc decompress` returns byte for byte; `None` if it returns none.
pub(super) fn exact_file(header: &Header) -> Option<&'static str> {
    match header.holds_jpeg {
        true => Some("jpeg"),
        false => exact::find(&header.metadata).map(|found| found.format.extension()),
    }
}

fn preview_object(preview: &Preview) -> Value {
    json!({
        "width": preview.width,
        "height": preview.height,
        "planes": preview.planes,
        "largest": preview.largest,
        "step": preview.step,
        "offset": preview.offset,
        "length": preview.length,
        "checksum": format!("{:08x}", preview.checksum),
    })
}

fn group_object(group: &GroupEntry) -> Value {
    json!({
        "offset": group.offset,
        "length": group.length,
        "checksum": format!("{:08x}", group.checksum),
        "color_method": group.color_method.map(CodingMethod::name),
        "alpha_method": group.alpha_method.map(CodingMethod::name),
    })
}

fn tag(tag: &[u8; 4]) -> String {
    String::from_utf8_lossy(tag).into_owned()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
