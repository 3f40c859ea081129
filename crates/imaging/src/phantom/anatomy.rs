//! The chest that a phantom shows. Places are shares of half the slice's side, from -1 to 1, the front of the chest up
//! (negative `v`), the patient's right on the left (negative `u`).

use super::Finding;
use super::random::Random;

/// Greys, as a wide lung window shows them.
const AIR: f32 = 28.0;
const LUNG: f32 = 58.0;
const GLASS: f32 = 118.0;
const FAT: f32 = 178.0;
const MUSCLE: f32 = 205.0;
/// Consolidation: 8 % below soft tissue, as in the slices that were measured.
const DENSE: f32 = 188.0;
const BLOOD: f32 = 210.0;
const BONE: f32 = 246.0;

/// What lies at one place.
pub(super) struct Tissue {
    pub grey: f32,
    pub is_lung: bool,
    pub is_lesion: bool,
}

/// An ellipse along the axes.
#[derive(Clone, Copy)]
struct Ellipse {
    u: f32,
    v: f32,
    across: f32,
    down: f32,
}

impl Ellipse {
    /// 0 at the middle, 1 on the edge, squared.
    fn depth(&self, u: f32, v: f32) -> f32 {
        let (a, b) = ((u - self.u) / self.across, (v - self.v) / self.down);
        a * a + b * b
    }

    fn holds(&self, u: f32, v: f32) -> bool {
        self.depth(u, v) <= 1.0
    }

    /// Between an ellipse and a rectangle: 1 on the edge.
    fn box_depth(&self, u: f32, v: f32) -> f32 {
        let (a, b) = ((u - self.u) / self.across, (v - self.v) / self.down);
        let (a, b) = (a * a, b * b);
        0.7 * (a + b) + 0.3 * (a * a + b * b)
    }
}

/// A vessel or airway: a line that tapers.
struct Branch {
    from: (f32, f32),
    to: (f32, f32),
    radius: f32,
}

impl Branch {
    fn holds(&self, u: f32, v: f32) -> bool {
        let (along_u, along_v) = (self.to.0 - self.from.0, self.to.1 - self.from.1);
        let (here_u, here_v) = (u - self.from.0, v - self.from.1);
        let length = along_u * along_u + along_v * along_v;
        let place = ((here_u * along_u + here_v * along_v) / length).clamp(0.0, 1.0);
        let (off_u, off_v) = (here_u - place * along_u, here_v - place * along_v);
        let radius = self.radius * (1.0 - 0.7 * place);
        off_u * off_u + off_v * off_v <= radius * radius
    }
}

/// One chest.
pub(super) struct Anatomy {
    finding: Finding,
    /// -1 or 1: the side that is ill.
    ill_side: f32,
    body: Ellipse,
    cavity: Ellipse,
    heart: Ellipse,
    lesions: Vec<Ellipse>,
    vessels: Vec<Branch>,
    airways: Vec<Branch>,
}

impl Anatomy {
    pub fn new(seed: u64, finding: Finding) -> Self {
        let mut random = Random::new(seed);
        let build = random.between(0.95, 1.05);
        let body = Ellipse {
            u: 0.0,
            v: 0.02,
            across: 0.86 * build,
            down: 0.60 * build,
        };
        let cavity = Ellipse {
            u: 0.0,
            v: 0.0,
            across: 0.64 * build,
            down: 0.43 * build,
        };
        let heart = Ellipse {
            u: random.between(0.08, 0.14),
            v: random.between(-0.16, -0.10),
            across: random.between(0.23, 0.29),
            down: random.between(0.20, 0.24),
        };
        let ill_side = if random.between(0.0, 1.0) < 0.5 {
            -1.0
        } else {
            1.0
        };
        let mut anatomy = Self {
            finding,
            ill_side,
            body,
            cavity,
            heart,
            lesions: Vec::new(),
            vessels: Vec::new(),
            airways: Vec::new(),
        };
        anatomy.grow_branches(&mut random);
        anatomy.place_lesions(&mut random);
        anatomy
    }

    /// Vessels and airways run from the roots of the lungs outwards, and fork once.
    fn grow_branches(&mut self, random: &mut Random) {
        for side in [-1.0, 1.0] {
            let root = (side * 0.14, 0.04);
            for _ in 0..9 {
                let middle = (
                    side * random.between(0.22, 0.42),
                    random.between(-0.30, 0.32),
                );
                let radius = random.between(0.010, 0.020);
                self.vessels.push(Branch {
                    from: root,
                    to: middle,
                    radius,
                });
                for _ in 0..3 {
                    let end = (
                        middle.0 + side * random.between(0.02, 0.18),
                        middle.1 + random.between(-0.14, 0.14),
                    );
                    self.vessels.push(Branch {
                        from: middle,
                        to: end,
                        radius: radius * 0.5,
                    });
                }
            }
            for _ in 0..4 {
                let end = (side * random.between(0.30, 0.5), random.between(0.10, 0.34));
                self.airways.push(Branch {
                    from: root,
                    to: end,
                    radius: 0.012,
                });
            }
        }
    }

    fn place_lesions(&mut self, random: &mut Random) {
        let side = self.ill_side;
        match self.finding {
            Finding::None | Finding::LobarConsolidation => {}
            Finding::GroundGlass => {
                for place in [-side, side, side] {
                    self.lesions.push(Ellipse {
                        u: place * random.between(0.34, 0.52),
                        v: random.between(-0.12, 0.24),
                        across: random.between(0.08, 0.14),
                        down: random.between(0.08, 0.14),
                    });
                }
            }
            Finding::PleuralConsolidation => self.lesions.push(Ellipse {
                u: side * random.between(0.36, 0.44),
                v: random.between(0.33, 0.37),
                across: random.between(0.14, 0.18),
                down: random.between(0.12, 0.15),
            }),
        }
    }

    pub fn at(&self, u: f32, v: f32) -> Tissue {
        let outside = |grey| Tissue {
            grey,
            is_lung: false,
            is_lesion: false,
        };
        let depth = self.body.box_depth(u, v);
        if depth > 1.0 {
            return outside(table(u, v));
        }
        if depth > 0.82 {
            return outside(FAT);
        }
        if self.is_lung(u, v) {
            return self.lung(u, v);
        }
        outside(self.wall_and_middle(u, v))
    }

    fn is_lung(&self, u: f32, v: f32) -> bool {
        let middle = if v < 0.0 { 0.05 } else { 0.11 };
        self.cavity.box_depth(u, v) <= 1.0
            && u.max(-u) > middle
            && !self.heart.holds(u, v)
            && !SPINE.holds(u, v)
            && !AORTA.holds(u, v)
    }

    fn lung(&self, u: f32, v: f32) -> Tissue {
        let is_vessel = self.vessels.iter().any(|vessel| vessel.holds(u, v));
        let is_lobe = self.finding == Finding::LobarConsolidation
            && u * self.ill_side > 0.0
            && v > 0.18 - 0.25 * (u * self.ill_side - 0.3);
        let is_lesion = is_lobe || self.lesions.iter().any(|lesion| lesion.holds(u, v));
        let is_dense = is_lesion && self.finding != Finding::GroundGlass;
        let is_airway = is_dense && self.airways.iter().any(|airway| airway.holds(u, v));
        let grey = match (is_airway, is_dense, is_vessel, is_lesion) {
            (true, ..) => LUNG,
            (_, true, ..) => DENSE,
            (_, _, true, _) => MUSCLE - 40.0,
            (_, _, _, true) => GLASS,
            // Blood sinks: the back of the lung is a little brighter.
            _ => LUNG + 12.0 * v,
        };
        Tissue {
            grey,
            is_lung: true,
            is_lesion,
        }
    }

    fn wall_and_middle(&self, u: f32, v: f32) -> f32 {
        if TRACHEA.holds(u, v) {
            return AIR;
        }
        if SPINE_BONE.holds(u, v) || self.is_rib(u, v) {
            return BONE;
        }
        if self.heart.holds(u, v) || AORTA.holds(u, v) {
            return BLOOD;
        }
        MUSCLE
    }

    /// Cuts through ribs: stretches of a band around the cavity.
    fn is_rib(&self, u: f32, v: f32) -> bool {
        let depth = self.cavity.box_depth(u, v);
        // Goes from 0 to 4 around the chest without an arc tangent.
        let turn = u / (u.max(-u) + v.max(-v));
        let around = if v < 0.0 { 1.0 + turn } else { 3.0 - turn };
        let stretch = around * 3.5;
        let place = stretch - (stretch as i32) as f32;
        (1.10..1.30).contains(&depth) && place < 0.55
    }
}

const SPINE: Ellipse = Ellipse {
    u: 0.0,
    v: 0.36,
    across: 0.17,
    down: 0.22,
};
const SPINE_BONE: Ellipse = Ellipse {
    u: 0.0,
    v: 0.34,
    across: 0.12,
    down: 0.11,
};
const AORTA: Ellipse = Ellipse {
    u: 0.14,
    v: 0.22,
    across: 0.055,
    down: 0.055,
};
const TRACHEA: Ellipse = Ellipse {
    u: 0.0,
    v: 0.13,
    across: 0.05,
    down: 0.045,
};

/// The air around the body, with a curved table below it.
fn table(u: f32, v: f32) -> f32 {
    let below = v - (0.78 - 0.22 * u * u);
    if u.max(-u) > 0.85 {
        return AIR;
    }
    match below {
        d if (0.0..0.012).contains(&d) || (0.09..0.10).contains(&d) => 170.0,
        d if (0.012..0.09).contains(&d) => AIR + 10.0,
        _ => AIR,
    }
}
