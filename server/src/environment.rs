//! The variables that the server takes its settings from.

use clap::{Args, Command};

use crate::config::Config;
use crate::log;

/// What all of them begin with.
const PREFIX: &str = "LUNGSIGHT_";

/// Variables that look like ours and are none: misspelt, most likely, and what they were to protect is open.
pub fn unknown() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    not_ours(names)
}

fn not_ours(names: impl Iterator<Item = String>) -> Vec<String> {
    let settings = Config::augment_args(Command::new("serve"));
    let known: Vec<_> = settings
        .get_arguments()
        .filter_map(|argument| argument.get_env()?.to_str())
        .chain([log::VARIABLE])
        .collect();
    let mut unknown: Vec<_> = names
        .filter(|name| name.starts_with(PREFIX) && !known.contains(&name.as_str()))
        .collect();
    unknown.sort();
    unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_variable_is_named() {
        let names = [
            "LUNGSIGHT_TOKEN",
            "LUNGSIGHT_TOKENS",
            "LUNGSIGHT_LOG",
            "HOME",
        ];
        let unknown = not_ours(names.map(str::to_owned).into_iter());
        assert_eq!(unknown, ["LUNGSIGHT_TOKEN"]);
    }
}
