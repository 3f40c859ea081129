//! The public collections that the weights learned from.

use crate::texts::reference;

/// A collection of chest CT slices.
pub struct Dataset {
    pub name: &'static str,
    /// Who made it, and where that is told.
    pub origin: &'static str,
    pub licence: &'static str,
    /// Where `origin` can be read. `None` where no address is known for certain.
    pub address: Option<&'static str>,
}

/// The public ones of the model card, under their makers' names.
pub fn datasets() -> [Dataset; 5] {
    [
        Dataset {
            name: "DRE-Net",
            origin: reference::song_with_doi(),
            licence: reference::no_licence(),
            address: Some("https://doi.org/10.1109/TCBB.2021.3065361"),
        },
        Dataset {
            name: "MosMedData",
            origin: reference::moscow(),
            licence: "CC BY-NC-ND 3.0",
            address: None,
        },
        Dataset {
            name: "LUNA16 / LIDC-IDRI",
            origin: reference::archive(),
            licence: "CC BY 3.0",
            address: None,
        },
        Dataset {
            name: "CVT normal",
            origin: reference::no_origin(),
            licence: reference::no_licence(),
            address: None,
        },
        Dataset {
            name: "UCSD COVID-CT",
            origin: reference::zhao(),
            licence: reference::no_licence(),
            address: Some("https://arxiv.org/abs/2003.13865"),
        },
    ]
}
