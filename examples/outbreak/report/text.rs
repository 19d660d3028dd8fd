//! Numbers, names and times as text.

use std::fmt::Display;

use epitier::Timestamp;

use super::super::scenario::BEIJING;

/// Columns of a table, each to the right of its width.
pub(super) fn cells(cells: &[impl Display], widths: &[usize]) -> String {
    let padded = |(cell, &width)| format!("{cell:>width$}");
    cells.iter().zip(widths).map(padded).collect::<Vec<_>>().concat()
}

/// A name with spaces behind it; a Chinese character is two columns wide.
pub(super) fn padded(name: &str, width: usize) -> String {
    let columns: usize = name.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum();
    format!("{name}{}", " ".repeat(width.saturating_sub(columns)))
}

/// A whole number from 0 on with a comma before every three digits from the right.
pub(super) fn thousands(number: impl Display) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Day and minute in Beijing.
pub(super) fn moment(time: Timestamp) -> String {
    local(time, "%-d %b %H:%M")
}

/// Day in Beijing.
pub(super) fn day(time: Timestamp) -> String {
    local(time, "%-d %b")
}

fn local(time: Timestamp, format: &str) -> String {
    let local = time.to_datetime(BEIJING);
    local.map_or_else(|| time.to_string(), |local| local.format(format).to_string())
}
