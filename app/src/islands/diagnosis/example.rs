//! An example of the site among the chosen files.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::session::Session;
use crate::browser::files;
use crate::browser::problem::Problem;

impl Session {
    /// Adds one of the site's examples, unless it is there already.
    pub fn add_example(self, name: String) {
        let Some(file) = example_file(&name) else {
            return;
        };
        let is_there = self
            .entries
            .with_untracked(|entries| entries.iter().any(|entry| entry.name == file));
        if is_there {
            return;
        }
        spawn_local(async move {
            match files::of_this_site(&format!("/examples/{name}.png"), &file).await {
                Ok(file) => {
                    if self.begins_to_add() {
                        self.add_pictures(vec![file], !name.starts_with("own/"));
                    }
                }
                Err(reason) => self.problem.set(Some(Problem::here(&reason))),
            }
        });
    }
}

/// The name of an example among the chosen files: `own-covid-0.png` for `own/covid/0`. `None` for what is no example's name: it
/// comes from the page's address, where anything can be written.
fn example_file(name: &str) -> Option<String> {
    let is_plain = |part: &str| {
        let mut characters = part.chars();
        !part.is_empty() && characters.all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    let all_plain = name.split('/').all(is_plain);
    all_plain.then(|| format!("{}.png", name.replace('/', "-")))
}

#[cfg(test)]
mod tests {
    use super::example_file;

    #[test]
    fn names_of_examples_lead_nowhere_else() {
        assert_eq!(example_file("covid-1").as_deref(), Some("covid-1.png"));
        assert_eq!(
            example_file("own/covid/0").as_deref(),
            Some("own-covid-0.png")
        );
        for name in [
            "",
            "/",
            "//elsewhere.example/a",
            "own//0",
            "../api/v1/uploads",
            "own/../covid-1",
            "a.b",
            "a?masked",
            "a#b",
            "a%2fb",
            "a\\b",
        ] {
            assert_eq!(example_file(name), None, "{name}");
        }
    }
}
