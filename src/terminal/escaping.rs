//! Text for terminals: writes control characters, which file names may contain, as escapes.

use std::fmt::{self, Display, Write};

/// Displays a text with escapes such as `\n` and `\u{1b}` for control characters, and for characters that change the
/// direction of text. Escaping it again changes nothing.
pub(crate) struct Escaped<T>(pub(crate) T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

struct Escaping<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|char| match is_harmful(char) {
            true => write!(self.0, "{}", char.escape_default()),
            false => self.0.write_char(char),
        })
    }
}

/// Whether a terminal obeys a character instead of showing it.
fn is_harmful(char: char) -> bool {
    let changes_direction =
        matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    char.is_control() || changes_direction || matches!(char, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_for_the_terminal() {
        let text = "a\nb\tc\u{1b}[31m\u{7f}\u{9b}\u{202e}d\\ü→.png";
        let escaped = Escaped(text).to_string();
        assert_eq!(
            escaped,
            "a\\nb\\tc\\u{1b}[31m\\u{7f}\\u{9b}\\u{202e}d\\ü→.png"
        );
        assert_eq!(Escaped(&escaped).to_string(), escaped);
    }
}
