//! DICOM and NIfTI to series of axial slices in Hounsfield units.
