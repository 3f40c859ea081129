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

#[cfg(feature = "ssr")]
thread_local! {
    /// The language of what [`within`] has written on this thread.
    static WRITTEN: std::cell::Cell<Option<Locale>> = const { std::cell::Cell::new(None) };
}

/// Has `write` put texts in a language; for what is no page.
#[cfg(feature = "ssr")]
pub fn within<T>(locale: Locale, write: impl FnOnce() -> T) -> T {
    struct Before(Option<Locale>);
    impl Drop for Before {
        fn drop(&mut self) {
            WRITTEN.set(self.0);
        }
    }
    let _before = Before(WRITTEN.replace(Some(locale)));
    write()
}

/// The language of what is being written: by [`within`], or the page that is being rendered, whose language the server puts into
/// the request's extensions. English elsewhere.
#[cfg(feature = "ssr")]
pub fn locale() -> Locale {
    use http::request::Parts;
    let of_page = || {
        leptos::prelude::with_context(|request: &Parts| request.extensions.get().copied()).flatten()
    };
    WRITTEN.get().or_else(of_page).unwrap_or_default()
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

    #[cfg(feature = "ssr")]
    #[test]
    fn what_is_written_within_a_language_is_in_it() {
        let inner = within(Locale::Chinese, || {
            let inner = within(Locale::English, locale);
            (inner, locale())
        });
        assert_eq!(inner, (Locale::English, Locale::Chinese));
        assert_eq!(locale(), Locale::English);
        let panics = std::panic::catch_unwind(|| within(Locale::Chinese, || panic!("deliberate")));
        assert!(panics.is_err());
        assert_eq!(locale(), Locale::English);
    }

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
