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

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_long_and_differ() {
        let (one, other) = (super::random(), super::random());
        assert_eq!(one.len(), 32);
        assert!(one.chars().all(|digit| digit.is_ascii_hexdigit()));
        assert_ne!(one, other);
    }
}
