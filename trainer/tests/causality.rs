//! What each network may see: changes one sample of an image, and checks that exactly those outputs change that its
//! receptive field allows.

use std::collections::BTreeSet;

use candle_core::{Device, Tensor};
use pxc_trainer::Result;
use pxc_trainer::data::samples::Samples;
use pxc_trainer::kernels::lstm::walk::Walk;
use pxc_trainer::paper::config::{Family, PaperConfig, Scale};
use pxc_trainer::paper::network::{ImageBatch, PaperNetwork};
use pxc_trainer::paper::presets::Preset;
use pxc_trainer::paper::program::operation::{Kind, groups_of};

const WIDTH: i32 = 11;
const HEIGHT: i32 = 9;

/// Pixels (row, column).
type Pixels = BTreeSet<(i32, i32)>;

fn config(family: Family, samples: Samples, layers: usize) -> PaperConfig {
    let mut config = Preset::find("mnist-row").expect("a preset").network();
    (config.family, config.samples) = (family, samples);
    (config.width, config.height) = (WIDTH as usize, HEIGHT as usize);
    (config.layers, config.hidden, config.head) = (layers, 12, 36);
    config.skip = true;
    config
}

fn image(config: &PaperConfig, changed: Option<(i32, i32, usize)>) -> Vec<u8> {
    let channels = config.channels();
    let levels = config.samples.levels();
    let count = config.width * config.height * channels;
    let mut samples: Vec<u8> = (0..count).map(|i| (i * i * 7 / 3 % levels) as u8).collect();
    if let Some((y, x, channel)) = changed {
        let sample = &mut samples[((y * WIDTH + x) as usize) * channels + channel];
        *sample = (levels - 1) as u8 - *sample;
    }
    samples
}

/// The rows of `[pixels, channels]` tensors that differ, for the channels that `of` says.
fn changed(a: &Tensor, b: &Tensor, of: impl Fn(usize) -> bool) -> Result<Pixels> {
    let (a, b) = (a.to_vec2::<f32>()?, b.to_vec2::<f32>()?);
    let rows = a.iter().zip(&b).enumerate();
    let differs = |(a, b): (&Vec<f32>, &Vec<f32>)| (0..a.len()).any(|c| of(c) && a[c] != b[c]);
    let rows = rows.filter(|&(_, rows)| differs(rows));
    Ok(rows
        .map(|(index, _)| (index as i32 / WIDTH, index as i32 % WIDTH))
        .collect())
}

fn inside(&(y, x): &(i32, i32)) -> bool {
    (0..HEIGHT).contains(&y) && (0..WIDTH).contains(&x)
}

/// The pixels that read one of `pixels` at one of `taps`.
fn readers(pixels: &Pixels, taps: &[(i32, i32)]) -> Pixels {
    let readers = pixels
        .iter()
        .flat_map(|&(y, x)| taps.iter().map(move |&(dy, dx)| (y - dy, x - dx)));
    readers.filter(inside).collect()
}

/// The pixels that read them directly or through others.
fn all_readers(pixels: &Pixels, taps: &[(i32, i32)]) -> Pixels {
    let mut all = pixels.clone();
    loop {
        let more: Pixels = &all | &readers(&all, taps);
        if more == all {
            return all;
        }
        all = more;
    }
}

fn seven_by_seven() -> Vec<(i32, i32)> {
    let taps = (-3..=0).flat_map(|dy| (-3..=3).map(move |dx| (dy, dx)));
    taps.filter(|&(dy, dx)| dy < 0 || dx < 0).collect()
}

/// The pixels of the last map between the blocks that may depend on pixel `at`, the pixel's own later channels left
/// out.
fn reach(family: Family, layers: usize, at: (i32, i32)) -> Pixels {
    let mut stream = readers(&Pixels::from([at]), &seven_by_seven());
    for _ in 0..layers {
        let block = match family {
            Family::PixelCnn => readers(&stream, &[(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 0)]),
            // A triangle: each row down is one pixel wider to both sides.
            Family::RowLstm => {
                let input = readers(&stream, &[(0, -1), (0, 0)]);
                all_readers(&input, &[(-1, -1), (-1, 0), (-1, 1)])
            }
            // Everything below to the right, and everything further below.
            Family::DiagonalBilstm => {
                let left = all_readers(&stream, &[(-1, 0), (0, -1)]);
                let right = all_readers(&stream, &[(-1, 0), (0, 1)]);
                &left | &readers(&right, &[(-1, 0)])
            }
        };
        stream = &stream | &block;
    }
    stream
}

const FAMILIES: [Family; 3] = [Family::PixelCnn, Family::RowLstm, Family::DiagonalBilstm];
const POSITIONS: [(i32, i32); 5] = [(0, 0), (2, 4), (3, 10), (4, 0), (8, 5)];

#[test]
fn exactly_the_receptive_field_changes() -> Result<()> {
    for family in FAMILIES {
        for layers in [1, 2] {
            let config = config(family, Samples::Gray, layers);
            let network = PaperNetwork::new(&config, 7, &Device::Cpu)?;
            let run = |changed| {
                let batch = ImageBatch::new(&config, &[&image(&config, changed)], &Device::Cpu)?;
                Ok::<_, pxc_trainer::Error>((network.logits(&batch)?, network.maps(&batch)?))
            };
            let (logits, maps) = run(None)?;
            for (y, x) in POSITIONS {
                let (others, other_maps) = run(Some((y, x, 0)))?;
                let expected = reach(family, layers, (y, x));
                let stream = maps.len() - 4;
                assert!(network.program.operations[stream].name.ends_with("up"));
                let found = changed(&maps[stream], &other_maps[stream], |_| true)?;
                assert_eq!(
                    found, expected,
                    "{family:?}, {layers} layers, pixel ({y}, {x})"
                );
                let found = changed(&logits[0], &others[0], |_| true)?;
                assert!(found.is_subset(&expected), "{family:?}: logits of {y}, {x}");
                let before = |p: &(i32, i32)| *p <= (y, x);
                assert!(!found.iter().any(before), "{family:?} sees the future");
            }
        }
    }
    Ok(())
}

#[test]
fn diagonal_bilstm_sees_all_that_is_above_and_to_the_left() {
    for (y, x) in POSITIONS {
        // With the first layer's reach to the right, one layer sees every earlier pixel but those of its own row's
        // right side.
        let later = |&(row, column): &(i32, i32)| row > y || (row == y && column > x);
        let pixels = (0..HEIGHT).flat_map(|row| (0..WIDTH).map(move |column| (row, column)));
        let all: Pixels = pixels.filter(later).collect();
        let one = reach(Family::DiagonalBilstm, 1, (y, x));
        let missing: Pixels = &all - &one;
        let beside = |&(row, column): &(i32, i32)| row == y + 1 && column < x - 3;
        assert!(missing.iter().all(beside), "({y}, {x}): {missing:?}");
        assert!(one.is_subset(&all));
    }
}

#[test]
fn row_lstm_sees_a_triangle() {
    let reach = reach(Family::RowLstm, 1, (2, 4));
    let widths = (3..HEIGHT).map(|y| {
        let row: Vec<i32> = reach.iter().filter(|p| p.0 == y).map(|p| p.1).collect();
        (row[0], row[row.len() - 1])
    });
    // Three columns of the first layer and one more to the right for the input-to-state layer, then one more per row.
    let expected = (0..HEIGHT - 3).map(|row| ((1 - row).max(0), (9 + row).min(WIDTH - 1)));
    assert!(widths.eq(expected));
}

#[test]
fn a_channel_sees_the_channels_before_it() -> Result<()> {
    for family in FAMILIES {
        let config = config(family, Samples::Rgb, 2);
        let network = PaperNetwork::new(&config, 3, &Device::Cpu)?;
        let run = |changed| {
            let batch = ImageBatch::new(&config, &[&image(&config, changed)], &Device::Cpu)?;
            Ok::<_, pxc_trainer::Error>((network.logits(&batch)?, network.maps(&batch)?))
        };
        let (logits, maps) = run(None)?;
        for (channel, (y, x)) in (0..3).flat_map(|c| POSITIONS.map(|position| (c, position))) {
            let (others, other_maps) = run(Some((y, x, channel)))?;
            for output in 0..3 {
                let found = changed(&logits[output], &others[output], |_| true)?;
                let own = found.contains(&(y, x));
                assert_eq!(
                    own,
                    channel < output,
                    "{family:?}: {channel} on {output} at ({y}, {x})"
                );
                assert!(!found.iter().any(|&pixel| pixel < (y, x)));
            }
            for (index, operation) in network
                .program
                .operations
                .iter()
                .enumerate()
                .take(maps.len())
            {
                let groups = groups_of(operation.channels, 3);
                for group in 0..3 {
                    let of = |c: usize| groups[c] == group;
                    let found = changed(&maps[index], &other_maps[index], of)?;
                    let own = found.contains(&(y, x));
                    // The right-to-left map is read one row further down only, so it alone may be ahead of its row.
                    let right = matches!(operation.kind, Kind::Lstm { walk, .. }
                        if walk == Walk::MirroredDiagonals);
                    assert!(
                        !own || channel < group || right,
                        "{family:?}: {}",
                        operation.name
                    );
                }
            }
        }
    }
    Ok(())
}

#[test]
fn multi_scale_sees_coarse_pixels_beforehand_and_others_afterwards() -> Result<()> {
    let ratio = 3;
    for family in FAMILIES {
        let mut config = config(family, Samples::Gray, 1);
        config.scale = Some(Scale::Fine {
            ratio: ratio as usize,
            maps: 10,
        });
        let network = PaperNetwork::new(&config, 5, &Device::Cpu)?;
        let logits = |changed| {
            let batch = ImageBatch::new(&config, &[&image(&config, changed)], &Device::Cpu)?;
            network.logits(&batch)
        };
        let all = logits(None)?;
        for (y, x) in [(1, 1), (4, 7), (7, 3)] {
            let found = changed(&all[0], &logits(Some((y, x, 0)))?[0], |_| true)?;
            assert!(!found.is_empty() && found.iter().all(|&pixel| pixel > (y, x)));
        }
        for (y, x) in [(3, 6), (6, 3)] {
            let found = changed(&all[0], &logits(Some((y, x, 0)))?[0], |_| true)?;
            assert!(
                found.contains(&(y, x)),
                "{family:?}: a known pixel may see itself"
            );
            // What comes before it sees it through the deconvolution: one block in every direction.
            let first = found.first().copied();
            assert_eq!(first, Some((y - ratio, x - ratio)), "{family:?}");
        }
    }
    Ok(())
}
