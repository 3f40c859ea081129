//! File names as users sent them, made fit for pages, reports and messages. They may identify a person and are never
//! logged.

/// Characters of a name that are kept.
pub const MAX_CHARACTERS: usize = 120;

/// The last part of a path without control or direction characters, shortened in the middle to [`MAX_CHARACTERS`];
/// `slice {number}` when nothing is left.
pub fn for_display(sent: &str, number: usize) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last
        .chars()
        .filter(|character| is_shown(*character))
        .collect();
    let clean = clean.trim();
    if clean.is_empty() || clean.chars().all(|character| character == '.') {
        return format!("slice {number}");
    }
    shorten(clean)
}

/// Control characters break XML and terminals; direction marks can make `gpj.exe` look like `exe.jpg`.
fn is_shown(character: char) -> bool {
    let direction = matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    let not_text = matches!(character, '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    !character.is_control() && !direction && !not_text
}

/// Keeps the start and the end, where the extension is.
fn shorten(name: &str) -> String {
    let count = name.chars().count();
    if count <= MAX_CHARACTERS {
        return name.to_owned();
    }
    const TAIL: usize = 20;
    let head = name.chars().take(MAX_CHARACTERS - TAIL - 1);
    head.chain(['…'])
        .chain(name.chars().skip(count - TAIL))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_paths_and_invisible_characters() {
        for (sent, shown) in [
            ("slice_012.png", "slice_012.png"),
            ("../../etc/passwd", "passwd"),
            ("C:\\scans\\Müller 1.jpg", "Müller 1.jpg"),
            ("a\u{0}b\nc\u{1b}[31m.png", "abc[31m.png"),
            ("\u{202e}gnp.exe", "gnp.exe"),
            ("", "slice 7"),
            ("..", "slice 7"),
            ("dir/", "slice 7"),
            (" <b>&\"'.png ", "<b>&\"'.png"),
        ] {
            assert_eq!(for_display(sent, 7), shown);
        }
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let shown = for_display(&format!("{}.tiff", "ä".repeat(4000)), 1);
        assert_eq!(shown.chars().count(), MAX_CHARACTERS);
        assert!(shown.ends_with(".tiff"));
    }
}
