"""Decodes real files with pydicom and nibabel, apart from this crate, and prints what `check_series` compares with.

    python -m venv V && V/bin/pip install pydicom nibabel numpy "pylibjpeg[all]"
    V/bin/python crates/series/tests/reference.py ../shared/data > crates/series/tests/reference.json

Conventions, the same as the crate's: Hounsfield units = slope * value + intercept, rounded half away from zero; padding
(PixelPaddingValue to PixelPaddingRangeLimit) and what is no number are -1024; row 0 is the patient's front, column 0 the
patient's right; slices go from head to feet. A fingerprint is SHA-256 over the values as little-endian int16, row by row.
Only fingerprints, sizes and counts are written: no value of a tag, no pixel.
"""

import hashlib
import json
import sys
from pathlib import Path

import nibabel
import numpy as np
import pydicom

AIR = -1024


def rounded(values):
    values = np.trunc(values + np.copysign(0.5, values))
    values = np.where(np.isnan(values), AIR, values)
    return np.clip(values, -32768, 32767).astype("<i2")


def entry(plane):
    digest = hashlib.sha256(np.ascontiguousarray(plane).tobytes()).hexdigest()
    return {"height": plane.shape[0], "width": plane.shape[1], "sha256": digest}


def upright(plane, row, column):
    """`row`: direction along a row; `column`: down a column; both in LPS."""
    if abs(row[1]) > abs(row[0]):
        plane, row, column = plane.T, column, row
    if row[0] < 0:
        plane = plane[:, ::-1]
    if column[1] < 0:
        plane = plane[::-1, :]
    return plane


def dicom(path):
    data = pydicom.dcmread(path, force=True)
    if data.get("Modality") not in (None, "", "CT"):
        return []
    stored = data.pixel_array.astype(np.int64)
    values = stored * float(data.get("RescaleSlope", 1)) + float(data.get("RescaleIntercept", 0))
    hu = rounded(values)
    if "PixelPaddingValue" in data:
        low = high = int(data.PixelPaddingValue)
        if "PixelPaddingRangeLimit" in data:
            high = int(data.PixelPaddingRangeLimit)
        hu[(stored >= min(low, high)) & (stored <= max(low, high))] = AIR
    cosines = [float(c) for c in data.get("ImageOrientationPatient", [1, 0, 0, 0, 1, 0])]
    return [entry(upright(hu, cosines[:3], cosines[3:]))]


def nifti(path):
    image = nibabel.load(path)
    # Right, front, head -> left, back, feet: then i, j and k are columns, rows and slices.
    image = nibabel.as_closest_canonical(image)
    values = np.asanyarray(image.get_fdata(dtype=np.float64)).reshape(image.shape[:3])
    hu = rounded(values)[::-1, ::-1, ::-1]
    return [entry(hu[:, :, k].T) for k in range(hu.shape[2])]


def read(path):
    if path.name.endswith((".nii", ".nii.gz")):
        return nifti(path)
    return dicom(path)


def main():
    folder = Path(sys.argv[1])
    names = [folder] if folder.is_file() else sorted(folder.glob("**/*"))
    wanted = [p for p in names if p.name.endswith((".dcm", ".nii", ".nii.gz"))]
    files = {str(path.relative_to(folder)): read(path) for path in wanted}
    print(json.dumps(files, indent=1, sort_keys=True))


main()
