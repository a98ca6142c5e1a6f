//! Decodes the groups of a plan over threads.
//!
//! In: the bytes of a file and a [`DecodePlan`]. Out: the samples of the requested part, and the damaged groups.

use std::sync::{Mutex, PoisonError};

use crate::color_set::set::ColorSet;
use crate::decode::group::GroupDecoder;
use crate::decode::plan::DecodePlan;
use crate::decode::results::DamagedGroup;
use crate::error::{Error, ErrorKind};
use crate::options::DecodeOptions;
use crate::stats::Times;
use crate::work_meter::Monitor;
use crate::workers::each_group;

/// What happens when a group is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnDamage {
    /// Decoding fails.
    Fail,
    /// The group is reported, and the others are decoded.
    Report,
}

/// The result of decoding the groups.
pub(super) struct Outcome {
    pub(super) samples: Vec<u8>,
    pub(super) damaged: Vec<DamagedGroup>,
    pub(super) times: Times,
}

/// Decodes the groups that have a wanted pixel.
pub(super) fn run(
    bytes: &[u8],
    plan: &DecodePlan<'_>,
    colors: Option<&ColorSet>,
    options: &DecodeOptions<'_>,
    on_damage: OnDamage,
) -> Result<Outcome, Error> {
    let groups = plan.groups();
    let samples = plan.view.target.pixels() * plan.header.format().pixel_bytes();
    let monitor = Monitor::new(options.progress, plan.pixels());
    let decoder = GroupDecoder {
        bytes,
        plan,
        colors,
        samples: Mutex::new(vec![0; samples]),
        monitor: &monitor,
    };
    let results = each_group(
        groups.len() as u64,
        options.threads.max(1),
        || None,
        |session, index| {
            let group = groups[index as usize];
            let rects = plan.layout.rects(group);
            match decoder.decode(session, group, &rects) {
                Err(reason) if is_reported(&reason, on_damage) => Ok(Err(DamagedGroup {
                    group,
                    areas: plan.layout.areas(group),
                    reason,
                })),
                other => other.map(Ok),
            }
        },
    )?;
    let samples = decoder.samples.into_inner();
    let samples = samples.unwrap_or_else(PoisonError::into_inner);
    Ok(collect(results, samples))
}

fn is_reported(reason: &Error, on_damage: OnDamage) -> bool {
    on_damage == OnDamage::Report && reason.kind() == ErrorKind::BadData
}

fn collect(results: Vec<Result<Times, DamagedGroup>>, samples: Vec<u8>) -> Outcome {
    let mut outcome = Outcome {
        samples,
        damaged: Vec::new(),
        times: Times::default(),
    };
    for result in results {
        match result {
            Ok(times) => outcome.times += times,
            Err(group) => outcome.damaged.push(group),
        }
    }
    outcome
}
