//! Unique identifiers: fresh ones, and whether a text is one.

/// A fresh UID below 2.25, from a random UUID (PS3.5 B.2); `None` where the system has no random numbers.
pub(crate) fn fresh() -> Option<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    Some(format!("2.25.{}", u128::from_be_bytes(bytes)))
}

/// Whether a text may go where a UID belongs: numbers between dots, 64 characters at most. Leading zeros, which the standard
/// forbids, are met in practice and let through.
pub(crate) fn is_uid(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 64 && text.split('.').all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_ones_are_valid_and_differ() {
        let (one, other) = (fresh().expect("random"), fresh().expect("random"));
        assert!(is_uid(&one) && is_uid(&other), "{one} {other}");
        assert_ne!(one, other);
    }

    #[test]
    fn paths_and_empty_parts_are_no_uids() {
        for text in ["", ".", "1..2", "1.2.", "1/2", "../1", "1.2 ", "a.1", "١"] {
            assert!(!is_uid(text), "{text:?}");
        }
        assert!(!is_uid(&"1".repeat(65)));
        assert!(is_uid(&"1".repeat(64)));
        assert!(is_uid("1.2.840.10008.5.1.4.1.1.2"));
    }
}
