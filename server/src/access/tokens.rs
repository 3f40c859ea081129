//! The file of bearer tokens, read once at the start.

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use super::Role;

/// As long as 128 random bits in base64. Shorter ones can be guessed, or were thought up.
const LEAST_CHARACTERS: usize = 22;

/// Tokens and what they are for.
#[derive(Clone)]
pub struct Tokens(Arc<[(Role, Box<[u8]>)]>);

/// What is wrong with a tokens' file. No message holds a token: it would be in a log.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    #[error("{0}")]
    Unreadable(String),
    #[error("line {0}: expected a role (user, metrics or admin), a space and a token")]
    NoRole(usize),
    #[error("line {0}: there is no token behind the role")]
    Empty(usize),
    #[error(
        "line {0}: the token has fewer than {LEAST_CHARACTERS} characters; `openssl rand -hex 32` makes one"
    )]
    Short(usize),
    #[error("line {0}: a token is made of letters, digits and -._~+/=")]
    Characters(usize),
    #[error("line {0}: the same token as in line {1}")]
    Twice(usize, usize),
    #[error("there is no token in it, and nobody could come in")]
    NoToken,
}

impl Tokens {
    pub(super) fn read(file: &Path) -> Result<Self, TokenFault> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| TokenFault::Unreadable(error.to_string()))?;
        Self::parse(&text)
    }

    /// A line each, `role token`; empty lines and those that begin with `#` are passed over.
    fn parse(text: &str) -> Result<Self, TokenFault> {
        let mut tokens: Vec<(Role, Box<[u8]>)> = Vec::new();
        let mut lines: Vec<usize> = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let (role, token) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            let role = match role {
                "user" => Role::User,
                "metrics" => Role::Metrics,
                "admin" => Role::Admin,
                _ => return Err(TokenFault::NoRole(line)),
            };
            let token = token.trim().as_bytes();
            if token.is_empty() {
                return Err(TokenFault::Empty(line));
            }
            if !token.iter().all(|&byte| is_token_byte(byte)) {
                return Err(TokenFault::Characters(line));
            }
            if token.len() < LEAST_CHARACTERS {
                return Err(TokenFault::Short(line));
            }
            if let Some(place) = tokens.iter().position(|(_, known)| **known == *token) {
                return Err(TokenFault::Twice(line, lines[place]));
            }
            tokens.push((role, token.into()));
            lines.push(line);
        }
        if tokens.is_empty() {
            return Err(TokenFault::NoToken);
        }
        Ok(Self(tokens.into()))
    }

    /// Whether one of them is for pages and API.
    pub(super) fn open_the_site(&self) -> bool {
        self.0.iter().any(|(role, _)| *role != Role::Metrics)
    }

    /// What a token is for. The time that it takes tells nothing of the tokens but their lengths: all are looked at to
    /// their ends.
    pub(super) fn role(&self, given: &[u8]) -> Option<Role> {
        let mut found = None;
        for (role, token) in self.0.iter() {
            if is_same(given, token) {
                found = Some(*role);
            }
        }
        found
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} tokens", self.0.len())
    }
}

/// Compares without stopping at the first difference.
fn is_same(given: &[u8], kept: &[u8]) -> bool {
    let differences = given
        .iter()
        .zip(kept)
        .fold(0, |seen, (one, other)| black_box(seen | (one ^ other)));
    given.len() == kept.len() && black_box(differences) == 0
}

/// RFC 6750, section 2.1.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0123456789abcdef0123456789abcdef";
    const OTHER: &str = "fedcba9876543210fedcba9876543210";

    #[test]
    fn each_token_has_its_role() {
        let file = format!("# of the ward\n\nuser {ONE}\n  admin\t{OTHER}  \r\n");
        let tokens = Tokens::parse(&file).expect("valid");
        assert_eq!(tokens.role(ONE.as_bytes()), Some(Role::User));
        assert_eq!(tokens.role(OTHER.as_bytes()), Some(Role::Admin));
        for wrong in ["", &ONE[1..], &format!("{ONE}0"), &ONE.to_uppercase()] {
            assert_eq!(tokens.role(wrong.as_bytes()), None, "{wrong}");
        }
        assert_eq!(format!("{tokens:?}"), "2 tokens");
    }

    #[test]
    fn what_protects_nothing_is_refused_with_its_line() {
        let fault = |file: &str| Tokens::parse(file).expect_err("refused");
        assert_eq!(fault("\nuser"), TokenFault::Empty(2));
        assert_eq!(fault("#\n\nmetrics secret"), TokenFault::Short(3));
        assert_eq!(fault(&format!("guest {ONE}")), TokenFault::NoRole(1));
        assert_eq!(fault(ONE), TokenFault::NoRole(1));
        assert_eq!(fault(&format!("user {ONE} x")), TokenFault::Characters(1));
        let twice = format!("user {ONE}\n# again\nadmin {ONE}\n");
        assert_eq!(fault(&twice), TokenFault::Twice(3, 1));
        assert_eq!(fault("# nobody\n"), TokenFault::NoToken);
        assert!(!fault(&twice).to_string().contains(ONE));
    }
}
