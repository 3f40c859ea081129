//! Connected components by runs: union-find over the runs of each row, never over pixels.

use super::bits::Bits;

/// Pixels `start..end` of row `y`, all set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub y: u32,
    pub start: u32,
    pub end: u32,
}

/// What is known of one component. Sides and corners are the picture's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Component {
    pub area: u64,
    /// Sums of the pixels' coordinates: the centroid times the area.
    pub sum_x: u64,
    pub sum_y: u64,
    pub left: u32,
    /// One past the last column.
    pub right: u32,
    pub top: u32,
    /// One past the last row.
    pub bottom: u32,
}

impl Component {
    pub fn width(&self) -> u32 {
        self.right - self.left
    }

    pub fn height(&self) -> u32 {
        self.bottom - self.top
    }

    pub fn centre_x(&self) -> u32 {
        (self.sum_x / self.area) as u32
    }

    pub fn centre_y(&self) -> u32 {
        (self.sum_y / self.area) as u32
    }

    pub fn touches_border(&self, width: usize, height: usize) -> bool {
        self.left == 0
            || self.top == 0
            || self.right as usize == width
            || self.bottom as usize == height
    }
}

/// The 4-connected components of a binary picture, in the order of their first pixels.
pub(crate) struct Components {
    width: usize,
    height: usize,
    runs: Vec<Run>,
    /// For each run, the index of its component.
    labels: Vec<u32>,
    components: Vec<Component>,
}

impl Components {
    pub fn of(bits: &Bits) -> Self {
        let (runs, row_starts) = runs(bits);
        let mut parents: Vec<u32> = (0..runs.len() as u32).collect();
        for rows in row_starts.windows(3) {
            let (mut above, mut below) = (rows[0], rows[1]);
            while above < rows[1] && below < rows[2] {
                let (upper, lower) = (runs[above], runs[below]);
                if upper.start < lower.end && lower.start < upper.end {
                    join(&mut parents, above as u32, below as u32);
                }
                if upper.end <= lower.end {
                    above += 1;
                } else {
                    below += 1;
                }
            }
        }
        let mut labels = vec![0; runs.len()];
        let mut components: Vec<Component> = Vec::new();
        for (index, run) in runs.iter().enumerate() {
            let root = find(&mut parents, index as u32) as usize;
            // A root is the first run of its component.
            if root == index {
                labels[index] = components.len() as u32;
                components.push(Component::at(run));
            } else {
                labels[index] = labels[root];
            }
            components[labels[index] as usize].add(run);
        }
        Self {
            width: bits.width(),
            height: bits.height(),
            runs,
            labels,
            components,
        }
    }

    pub fn list(&self) -> &[Component] {
        &self.components
    }

    /// Each run with the index of its component.
    pub fn runs(&self) -> impl Iterator<Item = (Run, usize)> {
        self.runs
            .iter()
            .zip(&self.labels)
            .map(|(&run, &label)| (run, label as usize))
    }

    /// The components for which `keep` holds, by index.
    pub fn keep(&self, keep: impl Fn(usize) -> bool) -> Bits {
        let mut bits = Bits::empty(self.width, self.height);
        for (run, label) in self.runs() {
            if keep(label) {
                bits.set_run(run.y as usize, run.start as usize, run.end as usize);
            }
        }
        bits
    }

    /// The index of the largest component; the first among equals.
    pub fn largest(&self) -> Option<usize> {
        (0..self.components.len())
            .rev()
            .max_by_key(|&index| self.components[index].area)
    }

    /// For each component, how many of its pixels are set in `bits`.
    pub fn overlap(&self, bits: &Bits) -> Vec<u64> {
        let mut overlap = vec![0; self.components.len()];
        for (run, label) in self.runs() {
            overlap[label] +=
                bits.count_run(run.y as usize, run.start as usize, run.end as usize) as u64;
        }
        overlap
    }
}

impl Component {
    fn at(run: &Run) -> Self {
        Self {
            area: 0,
            sum_x: 0,
            sum_y: 0,
            left: run.start,
            right: run.end,
            top: run.y,
            bottom: run.y,
        }
    }

    fn add(&mut self, run: &Run) {
        let length = u64::from(run.end - run.start);
        self.area += length;
        self.sum_x += u64::from(run.start + run.end - 1) * length / 2;
        self.sum_y += u64::from(run.y) * length;
        self.left = self.left.min(run.start);
        self.right = self.right.max(run.end);
        self.bottom = run.y + 1;
    }
}

/// All runs row by row, and where each row's runs start (with one entry more than rows).
fn runs(bits: &Bits) -> (Vec<Run>, Vec<usize>) {
    let mut runs: Vec<Run> = Vec::new();
    let mut row_starts = Vec::with_capacity(bits.height() + 1);
    for y in 0..bits.height() {
        row_starts.push(runs.len());
        // The start of a run that reaches the end of a word goes on in the next.
        let mut open: Option<usize> = None;
        for (index, &word) in bits.row(y).iter().enumerate() {
            let base = index * 64;
            let mut at = 0;
            while at < 64 {
                match open {
                    None => {
                        let rest = word >> at;
                        if rest == 0 {
                            break;
                        }
                        at += rest.trailing_zeros() as usize;
                        open = Some(base + at);
                    }
                    Some(start) => {
                        let ones = (word >> at).trailing_ones() as usize;
                        at += ones;
                        if at < 64 {
                            runs.push(run(y, start, base + at));
                            open = None;
                        }
                    }
                }
            }
        }
        if let Some(start) = open {
            runs.push(run(y, start, bits.width()));
        }
    }
    row_starts.push(runs.len());
    (runs, row_starts)
}

fn run(y: usize, start: usize, end: usize) -> Run {
    Run {
        y: y as u32,
        start: start as u32,
        end: end as u32,
    }
}

fn find(parents: &mut [u32], mut index: u32) -> u32 {
    while parents[index as usize] != index {
        let grandparent = parents[parents[index as usize] as usize];
        parents[index as usize] = grandparent;
        index = grandparent;
    }
    index
}

fn join(parents: &mut [u32], one: u32, other: u32) {
    let (one, other) = (find(parents, one), find(parents, other));
    // The smaller index stays the root, so that a root is its component's first run.
    parents[one.max(other) as usize] = one.min(other);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::segment::bits::picture;

    /// Labels by flood fill from each pixel that has none yet; 0 is background.
    fn flooded(width: usize, pixels: &[u8]) -> Vec<usize> {
        let mut labels = vec![0; pixels.len()];
        let mut count = 0;
        for start in 0..pixels.len() {
            if pixels[start] == 0 || labels[start] != 0 {
                continue;
            }
            count += 1;
            let mut open = vec![start];
            while let Some(at) = open.pop() {
                if pixels[at] == 0 || labels[at] != 0 {
                    continue;
                }
                labels[at] = count;
                let x = at % width;
                open.extend((x > 0).then(|| at - 1));
                open.extend((x + 1 < width).then_some(at + 1));
                open.extend(at.checked_sub(width));
                open.extend(Some(at + width).filter(|&below| below < pixels.len()));
            }
        }
        labels
    }

    proptest! {
        #[test]
        fn runs_find_what_a_flood_fill_finds((width, pixels) in picture()) {
            let components = Components::of(&Bits::from_pixels(&pixels, width, |pixel| pixel == 1));
            let mut labels = vec![0; pixels.len()];
            for (run, label) in components.runs() {
                let start = run.y as usize * width;
                labels[start + run.start as usize..start + run.end as usize].fill(label + 1);
            }
            let naive = flooded(width, &pixels);
            prop_assert_eq!(&labels, &naive);
            for (index, component) in components.list().iter().enumerate() {
                let places: Vec<(usize, usize)> = (0..naive.len())
                    .filter(|&pixel| naive[pixel] == index + 1)
                    .map(|pixel| (pixel % width, pixel / width))
                    .collect();
                let xs = || places.iter().map(|place| place.0);
                let ys = || places.iter().map(|place| place.1);
                prop_assert_eq!(component.area as usize, places.len());
                prop_assert_eq!(component.sum_x as usize, xs().sum::<usize>());
                prop_assert_eq!(component.sum_y as usize, ys().sum::<usize>());
                prop_assert_eq!(Some(component.left as usize), xs().min());
                prop_assert_eq!(Some(component.right as usize - 1), xs().max());
                prop_assert_eq!(Some(component.top as usize), ys().min());
                prop_assert_eq!(Some(component.bottom as usize - 1), ys().max());
            }
        }
    }

    #[test]
    fn a_snake_through_many_words_is_one_component() {
        let width = 200;
        let pixels: Vec<u8> = (0..width * 9)
            .map(|pixel| {
                let (x, y) = (pixel % width, pixel / width);
                let end = if y % 4 == 1 { width - 1 } else { 0 };
                u8::from(y % 2 == 0 || x == end)
            })
            .collect();
        let components = Components::of(&Bits::from_pixels(&pixels, width, |pixel| pixel == 1));
        assert_eq!(components.list().len(), 1);
        assert_eq!(components.largest(), Some(0));
    }
}
