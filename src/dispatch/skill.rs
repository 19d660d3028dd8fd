//! What a responder can do and a post asks for.

/// A skill, numbered by the host from 0 to 63: sampling, driving, a language, a rank that leads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Skill(u8);

impl Skill {
    /// How many skills there can be.
    pub const COUNT: u8 = 64;

    /// The skill with a number; `None` from [`Skill::COUNT`] on.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        if number < Self::COUNT { Some(Self(number)) } else { None }
    }

    /// The number of the skill.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// A set of skills. Serialised as an integer whose bit n (the lowest is 0) stands for skill n.
///
/// # Examples
///
/// ```
/// use epitier::dispatch::{Skill, SkillSet};
///
/// let sampling = Skill::new(0).ok_or("no such skill")?;
/// let driving = Skill::new(5).ok_or("no such skill")?;
/// let nurse = SkillSet::EMPTY.with(sampling).with(driving);
/// assert!(nurse.covers(SkillSet::from(sampling)));
/// assert!(!SkillSet::EMPTY.covers(nurse));
/// assert_eq!(nurse.iter().collect::<Vec<_>>(), [sampling, driving]);
/// # Ok::<(), &'static str>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct SkillSet(u64);

impl SkillSet {
    /// No skill.
    pub const EMPTY: Self = Self(0);

    /// This set and one more skill.
    #[must_use]
    pub const fn with(self, skill: Skill) -> Self {
        Self(self.0 | 1 << skill.0)
    }

    /// Whether every skill of the other set is in this one.
    #[must_use]
    pub const fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    /// The skills in the set, in ascending order.
    pub fn iter(self) -> impl Iterator<Item = Skill> {
        (0..Skill::COUNT).map(Skill).filter(move |&skill| self.covers(skill.into()))
    }
}

/// The set of one skill.
impl From<Skill> for SkillSet {
    fn from(skill: Skill) -> Self {
        Self::EMPTY.with(skill)
    }
}

impl FromIterator<Skill> for SkillSet {
    fn from_iter<I: IntoIterator<Item = Skill>>(skills: I) -> Self {
        skills.into_iter().fold(Self::EMPTY, Self::with)
    }
}
