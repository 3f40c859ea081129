//! Winograd's transforms for 3×3 kernels (Lavin & Gray 2016, arXiv 1509.09308, section 4): the sums that turn nine
//! products a pixel into four (tiles of 2×2 results) or two and a quarter (4×4).

/// As many channels as are transformed at once; every layer's channels are a multiple of it.
pub(super) const LANES: usize = 16;

/// The same place of a tile in [`LANES`] channels.
pub(super) type Lanes = [f32; LANES];

/// One-dimensional transforms between `IN` inputs and `OUT` results; for two dimensions they are applied to columns,
/// then rows.
pub(super) trait Tile<const IN: usize, const OUT: usize> {
    /// From the kernel's three weights to `IN` factors (the paper's G).
    const KERNEL: [[f32; 3]; IN];
    /// The paper's Bᵀ.
    fn input(d: [Lanes; IN]) -> [Lanes; IN];
    /// The paper's Aᵀ.
    fn output(m: [Lanes; IN]) -> [Lanes; OUT];
}

/// F(2, 3): exact to a few units in the last place.
pub(super) struct Two;

impl Tile<4, 2> for Two {
    const KERNEL: [[f32; 3]; 4] = [
        [1.0, 0.0, 0.0],
        [0.5, 0.5, 0.5],
        [0.5, -0.5, 0.5],
        [0.0, 0.0, 1.0],
    ];

    #[inline(always)]
    fn input(d: [Lanes; 4]) -> [Lanes; 4] {
        [
            minus(d[0], d[2]),
            plus(d[1], d[2]),
            minus(d[2], d[1]),
            minus(d[1], d[3]),
        ]
    }

    #[inline(always)]
    fn output(m: [Lanes; 4]) -> [Lanes; 2] {
        [plus(m[0], plus(m[1], m[2])), minus(minus(m[1], m[2]), m[3])]
    }
}

/// F(4, 3): fewer products, about ten times the rounding error.
pub(super) struct Four;

impl Tile<6, 4> for Four {
    const KERNEL: [[f32; 3]; 6] = [
        [1.0 / 4.0, 0.0, 0.0],
        [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
        [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
        [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
        [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
        [0.0, 0.0, 1.0],
    ];

    #[inline(always)]
    fn input(d: [Lanes; 6]) -> [Lanes; 6] {
        let (a, b) = (plus_times(d[4], -4.0, d[2]), plus_times(d[3], -4.0, d[1]));
        let (c, e) = (minus(d[4], d[2]), minus(d[3], d[1]));
        [
            plus_times(plus_times(d[4], -5.0, d[2]), 4.0, d[0]),
            plus(a, b),
            minus(a, b),
            plus_times(c, 2.0, e),
            plus_times(c, -2.0, e),
            plus_times(plus_times(d[5], -5.0, d[3]), 4.0, d[1]),
        ]
    }

    #[inline(always)]
    fn output(m: [Lanes; 6]) -> [Lanes; 4] {
        let (a, b) = (plus(m[1], m[2]), minus(m[1], m[2]));
        let (c, d) = (plus(m[3], m[4]), minus(m[3], m[4]));
        [
            plus(m[0], plus(a, c)),
            plus_times(b, 2.0, d),
            plus_times(a, 4.0, c),
            plus(m[5], plus_times(b, 8.0, d)),
        ]
    }
}

#[inline(always)]
pub(super) fn plus(mut a: Lanes, b: Lanes) -> Lanes {
    for i in 0..LANES {
        a[i] += b[i];
    }
    a
}

#[inline(always)]
fn minus(mut a: Lanes, b: Lanes) -> Lanes {
    for i in 0..LANES {
        a[i] -= b[i];
    }
    a
}

/// a + factor · b
#[inline(always)]
fn plus_times(mut a: Lanes, factor: f32, b: Lanes) -> Lanes {
    for i in 0..LANES {
        a[i] += factor * b[i];
    }
    a
}

/// Negative values to zero.
#[inline(always)]
pub(super) fn relu(mut a: Lanes) -> Lanes {
    for value in &mut a {
        *value = positive(*value);
    }
    a
}

/// The value, 0 if it is negative. What is no number stays none, which `max` would hide.
#[inline(always)]
pub(super) fn positive(value: f32) -> f32 {
    if value < 0.0 { 0.0 } else { value }
}

/// Reads [`LANES`] channels.
#[inline(always)]
pub(super) fn lanes(values: &[f32], at: usize) -> Lanes {
    let mut lanes = [0.0; LANES];
    lanes.copy_from_slice(&values[at..at + LANES]);
    lanes
}
