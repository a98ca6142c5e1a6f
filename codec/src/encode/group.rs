//! One group: the samples of its tiles in, its payload out (`docs/format.md`, *Groups*). `decode/group.rs` is its
//! mirror image.

use crate::container::payload::Payload;
use crate::encode::component::{ComponentEncoder, tries_joint};
use crate::encode::plan::EncodePlan;
use crate::error::Error;
use crate::model::fitted::LazySessions;
use crate::stats::{GroupStats, Times};
use crate::tiles::rect::Rect;
use crate::work_meter::{Monitor, WorkMeter};

/// A group that is encoded.
pub(super) struct EncodedGroup {
    pub(super) payload: Vec<u8>,
    pub(super) stats: GroupStats,
    pub(super) times: Times,
}

/// Encodes the tiles `rects` as one group.
pub(super) fn encode<'a>(
    plan: &EncodePlan<'a>,
    session: &mut LazySessions<'a>,
    rects: &[Rect],
    monitor: &Monitor<'_>,
) -> Result<EncodedGroup, Error> {
    let pixels = rects.iter().map(|rect| rect.pixels() as u64).sum();
    let has_alpha = plan.image.color().has_alpha();
    let passes = match has_alpha {
        false => 1,
        true => 2 + u64::from(tries_joint(plan.method)),
    };
    let mut meter = WorkMeter::new(monitor, pixels, passes);
    let mut encoder = ComponentEncoder {
        plan,
        session,
        meter: &mut meter,
    };
    let payload = match has_alpha {
        false => Payload::Apart {
            color: encoder.color(rects)?,
            alpha: None,
        },
        true => encoder.color_and_alpha(rects)?,
    };
    let stats = stats(&payload, pixels);
    let payload = payload.write();
    meter.finish()?;
    Ok(EncodedGroup {
        payload,
        stats,
        times: meter.times,
    })
}

fn stats(payload: &Payload<Vec<u8>>, pixels: u64) -> GroupStats {
    let (color_method, alpha_method) = payload.methods();
    let (color_bytes, alpha_bytes) = payload.sizes();
    GroupStats {
        pixels,
        color_method,
        color_bytes,
        alpha_method,
        alpha_bytes,
    }
}
