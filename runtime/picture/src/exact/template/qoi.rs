//! The operations that QOI's reference encoder writes for an image (qoiformat.org, `qoi.h`), without header and end
//! marker.

use pxc_codec::{BitDepth, ColorType, Image};

use crate::error::{Error, Result};

const DIFF: u8 = 0x40;
const LUMA: u8 = 0x80;
const RUN: u8 = 0xc0;
const RGB: u8 = 0xfe;
const RGBA: u8 = 0xff;
/// The longest run: longer ones would be the operations RGB and RGBA.
const LONGEST_RUN: u8 = 62;

type Pixel = [u8; 4];

/// More bytes than the operations of an image take.
pub(crate) fn most_bytes(image: &Image) -> u64 {
    let pixels = u64::from(image.width()) * u64::from(image.height());
    pixels * (1 + image.color().channels() as u64)
}

/// The operations of an 8-bit RGB or RGBA image.
pub(crate) fn operations(image: &Image) -> Result<Vec<u8>> {
    let is_legal = matches!(image.color(), ColorType::Rgb | ColorType::Rgba);
    if !is_legal || image.depth() != BitDepth::Eight {
        return Err(Error::description("QOI has 8-bit RGB and RGBA images"));
    }
    let mut out = Vec::with_capacity(most_bytes(image) as usize);
    let mut seen = [[0; 4]; 64];
    let (mut before, mut run) = ([0, 0, 0, u8::MAX], 0);
    for samples in image.samples().chunks_exact(image.color().channels()) {
        let mut pixel = [0, 0, 0, u8::MAX];
        pixel[..samples.len()].copy_from_slice(samples);
        if pixel == before {
            run += 1;
            if run == LONGEST_RUN {
                end_run(&mut run, &mut out);
            }
            continue;
        }
        end_run(&mut run, &mut out);
        let index = hash(pixel);
        if seen[index] == pixel {
            // The highest two bits of the operation INDEX are 0.
            out.push(index as u8);
        } else {
            seen[index] = pixel;
            change(before, pixel, &mut out);
        }
        before = pixel;
    }
    end_run(&mut run, &mut out);
    Ok(out)
}

fn end_run(run: &mut u8, out: &mut Vec<u8>) {
    if *run > 0 {
        out.push(RUN | (*run - 1));
        *run = 0;
    }
}

fn hash([red, green, blue, alpha]: Pixel) -> usize {
    let weighted = [(red, 3), (green, 5), (blue, 7), (alpha, 11)];
    let sum: usize = weighted
        .iter()
        .map(|&(sample, weight)| usize::from(sample) * weight)
        .sum();
    sum % 64
}

fn change(before: Pixel, pixel: Pixel, out: &mut Vec<u8>) {
    let [red, green, blue, alpha] = pixel;
    if alpha != before[3] {
        out.extend([RGBA, red, green, blue, alpha]);
        return;
    }
    let steps = [0, 1, 2].map(|channel| pixel[channel].wrapping_sub(before[channel]));
    let small = steps.map(|step| step.wrapping_add(2));
    let luma = [
        steps[0].wrapping_sub(steps[1]),
        steps[2].wrapping_sub(steps[1]),
    ];
    let luma = luma.map(|step| step.wrapping_add(8));
    let green_step = steps[1].wrapping_add(32);
    if small.iter().all(|&step| step < 4) {
        out.push(DIFF | small[0] << 4 | small[1] << 2 | small[2]);
    } else if green_step < 64 && luma.iter().all(|&step| step < 16) {
        out.extend([LUMA | green_step, luma[0] << 4 | luma[1]]);
    } else {
        out.extend([RGB, red, green, blue]);
    }
}
