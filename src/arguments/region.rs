//! `--region X,Y,W,H`.

use std::fmt;
use std::str::FromStr;

use pxc_runtime::Rect;

/// A rectangle of pixels, which may lie outside the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Region(pub(crate) Rect);

/// Displays the region as the command line has it.
impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rect {
            x,
            y,
            width,
            height,
        } = self.0;
        write!(f, "{x},{y},{width},{height}")
    }
}

impl FromStr for Region {
    type Err = String;

    fn from_str(text: &str) -> Result<Region, String> {
        let numbers: Option<Vec<u32>> = text
            .split(',')
            .map(|number| number.trim().parse().ok())
            .collect();
        match numbers.as_deref() {
            Some(&[x, y, width, height]) if width > 0 && height > 0 => Ok(Region(Rect {
                x: x as usize,
                y: y as usize,
                width: width as usize,
                height: height as usize,
            })),
            _ => Err("expected column, row, width and height, as in 512,256,100,100".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_numbers_and_a_size() {
        let rect = Rect {
            x: 1,
            y: 20,
            width: 3,
            height: 4,
        };
        assert_eq!("1,20, 3,4".parse(), Ok(Region(rect)));
        for wrong in ["", "1,2,3", "1,2,3,4,5", "1,2,0,4", "-1,2,3,4", "1;2;3;4"] {
            assert!(wrong.parse::<Region>().is_err(), "{wrong}");
        }
    }
}
