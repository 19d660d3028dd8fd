//! Symptoms, and sets of them.

use crate::campaign::entry::codes;

codes! {
    /// A symptom that the survey asks for.
    ///
    /// The ten that surveys of 2021 asked for (十大症状; from memory, a host states what applies), difficult breathing,
    /// and anything else.
    Symptom {
        /// 发热.
        Fever,
        /// 干咳.
        DryCough,
        /// 乏力.
        Fatigue,
        /// 咽痛.
        SoreThroat,
        /// Less smell or taste (嗅(味)觉减退).
        LossOfSmell,
        /// 鼻塞.
        BlockedNose,
        /// 流涕.
        RunningNose,
        /// 结膜炎.
        Conjunctivitis,
        /// 肌痛.
        MusclePain,
        /// 腹泻.
        Diarrhoea,
        /// 呼吸困难.
        DifficultBreathing,
        /// Anything else.
        Other,
    }
}

/// Some symptoms, perhaps none. Written as a list of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "Vec<Symptom>", into = "Vec<Symptom>")
)]
pub struct SymptomSet(u16);

impl SymptomSet {
    /// No symptom.
    pub const EMPTY: Self = Self(0);

    /// This set and one more symptom.
    #[must_use]
    pub const fn with(self, symptom: Symptom) -> Self {
        Self(self.0 | 1 << symptom as u16)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a symptom is in the set.
    #[must_use]
    pub const fn contains(self, symptom: Symptom) -> bool {
        self.meets(Self::EMPTY.with(symptom))
    }

    /// Whether both sets have a symptom in common.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The symptoms in the set, in the order of [`Symptom::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Symptom> {
        Symptom::ALL.iter().copied().filter(move |&symptom| self.contains(symptom))
    }
}

impl FromIterator<Symptom> for SymptomSet {
    fn from_iter<I: IntoIterator<Item = Symptom>>(symptoms: I) -> Self {
        symptoms.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl From<Vec<Symptom>> for SymptomSet {
    fn from(symptoms: Vec<Symptom>) -> Self {
        symptoms.into_iter().collect()
    }
}

impl From<SymptomSet> for Vec<Symptom> {
    fn from(set: SymptomSet) -> Self {
        set.iter().collect()
    }
}
