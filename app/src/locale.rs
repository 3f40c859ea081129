//! Which language a page is in. It is part of the address: pages in Chinese lie below `/zh`, those in English at the top;
//! no cookie is needed, and an address that is passed on keeps its language.

/// A language of the site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    #[default]
    English,
    /// Simplified.
    Chinese,
}

impl Locale {
    /// All.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// The language tag (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-Hans",
        }
    }

    /// Its own name for itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "中文",
        }
    }

    /// What its addresses begin with.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::English => "",
            Self::Chinese => "/zh",
        }
    }

    /// The address in this language of a page whose English address is `path`.
    pub fn path(self, path: &str) -> String {
        match (self, path) {
            (Self::English, path) => path.to_owned(),
            (locale, "/") => locale.prefix().to_owned(),
            (locale, path) => format!("{}{path}", locale.prefix()),
        }
    }

    /// The language of an address, and what the address is in English.
    pub fn of_path(path: &str) -> (Self, &str) {
        let prefix = Self::Chinese.prefix();
        match path.strip_prefix(prefix) {
            Some("") => (Self::Chinese, "/"),
            Some(rest) if rest.starts_with('/') => (Self::Chinese, rest),
            _ => (Self::English, path),
        }
    }
}

/// The language of the page that is being rendered: the server puts it into the request's extensions. English elsewhere, as
/// in reports.
#[cfg(feature = "ssr")]
pub fn locale() -> Locale {
    use http::request::Parts;
    leptos::prelude::with_context(|request: &Parts| request.extensions.get().copied())
        .flatten()
        .unwrap_or_default()
}

/// The language of the page that is shown: the document says it.
#[cfg(not(feature = "ssr"))]
pub fn locale() -> Locale {
    thread_local! {
        static SHOWN: Locale = {
            let document = web_sys::window().and_then(|window| window.document());
            let root = document.and_then(|document| document.document_element());
            let tag = root.and_then(|root| root.get_attribute("lang"));
            Locale::ALL.into_iter().find(|locale| tag.as_deref() == Some(locale.tag())).unwrap_or_default()
        };
    }
    SHOWN.with(|locale| *locale)
}

/// The address of a page in the language of this one.
pub fn path(path: &str) -> String {
    locale().path(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_its_language_and_back() {
        for path in ["/", "/introduction", "/diagnosis/0123"] {
            for locale in Locale::ALL {
                assert_eq!(Locale::of_path(&locale.path(path)), (locale, path));
            }
        }
        for path in ["/zhou", "/api/zh", "/"] {
            assert_eq!(Locale::of_path(path), (Locale::English, path));
        }
    }
}
