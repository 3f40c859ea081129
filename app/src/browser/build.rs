//! Where the files of this build are.

/// The address of a file of the build: the document's element says which folder it is in.
pub fn file(name: &str) -> String {
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element());
    let folder = root.and_then(|root| root.get_attribute("data-build"));
    format!("/{}/{name}", folder.as_deref().unwrap_or("pkg"))
}
