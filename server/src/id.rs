//! Ids that cannot be guessed: who knows one may see the result.

/// 128 random bits as 32 hexadecimal digits.
///
/// # Panics
/// When the system has no source of randomness; nothing can be kept private then.
pub fn random() -> String {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).expect("the system has a source of randomness");
    format!("{:032x}", u128::from_be_bytes(bits))
}

/// Whether `id` may be one of ours: nothing else is looked for.
pub fn is_id(id: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    id.len() == 32 && id.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_long_and_differ() {
        let (one, other) = (super::random(), super::random());
        assert_eq!(one.len(), 32);
        assert!(super::is_id(&one));
        for other in [
            &one[1..],
            &one.to_uppercase().replace(char::is_numeric, "A"),
            "\0",
        ] {
            assert!(!super::is_id(other), "{other}");
        }
        assert_ne!(one, other);
    }
}
