//! Where slices can be had: the public collections, and what this server offers.

use leptos::prelude::*;

use crate::backend::Archive;
use crate::datasets::{Dataset, datasets};
use crate::request;
use crate::texts::downloads;
use crate::words::file_size;

/// The section.
#[component]
pub fn Downloads() -> impl IntoView {
    let archives = request::backend().map(|backend| backend.archives());
    let archives = archives.filter(|archives| !archives.is_empty());
    view! {
        <section class="downloads" aria-labelledby="downloads">
            <h2 id="downloads">{downloads::title()}</h2>
            <p>{downloads::lead()}</p>
            <ul>{datasets().map(collection).collect_view()}</ul>
            {archives.map(offered)}
        </section>
    }
}

fn collection(of: Dataset) -> AnyView {
    let origin = match of.address {
        Some(address) => {
            view! { <a href=address rel="noopener noreferrer external">{of.origin}</a> }.into_any()
        }
        None => of.origin.into_any(),
    };
    view! { <li>{of.name} " · " {origin} " · " {of.licence}</li> }.into_any()
}

fn offered(archives: Vec<Archive>) -> AnyView {
    let row = |archive: Archive| {
        let address = format!("/archives/{}", in_address(&archive.name));
        let about = about(&archive.name).map(|about| view! { " · " {about} });
        let size = file_size(archive.bytes as f64);
        view! {
            <li>
                <a href=address rel="external" download="">{archive.name}</a>
                {about}
                " · "
                {size}
            </li>
        }
    };
    view! {
        <h3>{downloads::archives()}</h3>
        <ul>{archives.into_iter().map(row).collect_view()}</ul>
    }
    .into_any()
}

/// What is in the archives that the trainer writes.
fn about(name: &str) -> Option<&'static str> {
    match name {
        "original-slices.zip" => Some(downloads::original()),
        "masked-slices.zip" => Some(downloads::masked()),
        _ => None,
    }
}

/// A file's name as part of an address.
fn in_address(name: &str) -> String {
    let byte = |byte: u8| match byte {
        b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    };
    name.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::in_address;

    #[test]
    fn names_stay_one_part_of_the_address() {
        assert_eq!(in_address("masked-slices.zip"), "masked-slices.zip");
        assert_eq!(in_address("a b#1?/é.zip"), "a%20b%231%3F%2F%C3%A9.zip");
    }
}
