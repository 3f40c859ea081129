"""Codestreams that no encoder in Rust makes here: JPEG 2000 of a ramp with noise, 64 x 48, 16 bits unsigned; lossless.

    V/bin/python crates/series/tests/fixtures.py crates/series/tests/fixtures

The picture is value(x, y) = (64 x + 3 y + 7 (x y mod 5)) mod 4096, so that tests need no second file.
"""

import sys
from pathlib import Path

import numpy as np
from openjpeg.utils import encode_array

x, y = np.meshgrid(np.arange(64), np.arange(48))
picture = ((64 * x + 3 * y + 7 * (x * y % 5)) % 4096).astype("uint16")
codestream = encode_array(picture, bits_stored=12, photometric_interpretation=0, codec_format=0)
(Path(sys.argv[1]) / "ramp.j2k").write_bytes(codestream)
