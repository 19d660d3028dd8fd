//! From stated rules to a decision with its reason.

use std::collections::BTreeSet;

use super::record::{Decision, HealthCode, Purpose, TravelCode, Traveller};
use crate::id::{OriginId, UnitId};

/// Something that can be true of a traveller.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum Condition {
    /// The health code is this.
    Health(HealthCode),
    /// The health code or the travel code is missing.
    LacksCode,
    /// The travel code shows one of the [risk areas](CheckRules::risk_areas).
    RiskArea,
    /// The temperature was taken, and is that of a [fever](CheckRules::fever).
    Fever,
    /// No identity card.
    NoIdentity,
    /// Neither an identity card nor a paper.
    NoDocument,
    /// They came for this.
    Purpose(Purpose),
    /// They are going to one of the [closed units](CheckRules::closed_units).
    ClosedDestination,
}

/// One rule: what is done with those of whom all conditions are true; with everybody, if it has none.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Rule {
    /// All of these must be true.
    pub when: Vec<Condition>,
    /// What is then done.
    pub then: Decision,
}

/// An ordered list of rules, of which the first that applies decides; where none does, people are held.
///
/// Two laws stand above any list:
///
/// 1. **Emergency care is neither refused nor held.** Where the rules would, it is
///    [admitted with an escort](Decision::AdmitEscorted).
/// 2. **Nobody is refused for lacking a phone code.** Whoever would not be refused had they shown a green and a normal
///    code is held at most, for a check by hand. Those who cannot use a phone and show an identity card or a
///    paper are not held for it either: they are judged as if they had shown such codes.
///
/// # Examples
///
/// ```
/// use epitier::campaign::checks::{
///     CheckRules, Condition, Decision, HealthCode, Purpose, Reason, Shown, Traveller,
/// };
/// use epitier::{PostId, Timestamp};
///
/// let rules = CheckRules::new().rule([Condition::LacksCode], Decision::Refuse);
/// let shown = Shown { health: HealthCode::NotShown, ..Shown::GREEN };
/// let now = Timestamp::from_seconds(1_628_114_400);
/// let walker = Traveller::new(PostId::new(0), now, shown, Purpose::Work);
/// let ruling = rules.decide(&walker);
/// assert_eq!(ruling.decision, Decision::Hold);
/// assert_eq!(ruling.reason, Reason::CodeMissing { instead_of: 0 });
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "spec::RulesSpec", into = "spec::RulesSpec")
)]
pub struct CheckRules {
    rules: Vec<Rule>,
    risk_areas: BTreeSet<OriginId>,
    closed_units: BTreeSet<UnitId>,
    fever: u16,
}

/// Why a decision is what it is. Rules are named by their places in the list, from 0 on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Reason {
    /// The first rule that applies; of somebody without a code, where they are refused, the first that would apply with
    /// codes shown too.
    Rule(usize),
    /// No rule applies.
    NoRule,
    /// Emergency care, which the rules would have held or refused.
    EmergencyCare {
        /// The rule that would have decided; `None` where none applies.
        instead_of: Option<usize>,
    },
    /// The rules would have refused somebody for lacking a phone code.
    CodeMissing {
        /// The rule that would have decided.
        instead_of: usize,
    },
}

/// A decision with its reason.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Ruling {
    /// What is to be done.
    pub decision: Decision,
    /// Why.
    pub reason: Reason,
    /// Every rule that applies, by its place in the list.
    pub applied: Vec<usize>,
}

impl CheckRules {
    /// The least temperature of a fever unless stated, in tenths of a degree Celsius: 37.3 degrees, as popular pages
    /// on the codes of 2020 and 2021 give it (seen in secondary pages only).
    pub const DEFAULT_FEVER: u16 = 373;

    /// No rules, no areas.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            rules: Vec::new(),
            risk_areas: BTreeSet::new(),
            closed_units: BTreeSet::new(),
            fever: Self::DEFAULT_FEVER,
        }
    }

    /// A list to start from, for the entrance of a village; risk areas and closed units are the host's to add.
    ///
    /// The article names what is shown (identity card, health code, travel code) but no rule, so this list is ours,
    /// from memory of the practice of 2021:
    ///
    /// | rule | when | then |
    /// | --- | --- | --- |
    /// | 0 | red health code | hold |
    /// | 1 | fever | hold |
    /// | 2 | was in a risk area | hold |
    /// | 3 | yellow health code | hold |
    /// | 4 | lacks a code, neither identity card nor paper | hold |
    /// | 5 | essential supplies for a closed unit | admit, escorted |
    /// | 6 | a resident returning to a closed unit | admit, escorted |
    /// | 7 | duty in a closed unit | admit |
    /// | 8 | anything else in a closed unit | refuse |
    /// | 9 | through traffic | refuse |
    /// | 10 | everybody else | admit |
    #[must_use]
    pub fn village_entrance() -> Self {
        use Condition::{ClosedDestination, Fever, Health, LacksCode, NoDocument, RiskArea};
        let purpose = Condition::Purpose;
        Self::new()
            .rule([Health(HealthCode::Red)], Decision::Hold)
            .rule([Fever], Decision::Hold)
            .rule([RiskArea], Decision::Hold)
            .rule([Health(HealthCode::Yellow)], Decision::Hold)
            .rule([LacksCode, NoDocument], Decision::Hold)
            .rule([ClosedDestination, purpose(Purpose::EssentialSupplies)], Decision::AdmitEscorted)
            .rule([ClosedDestination, purpose(Purpose::ResidentReturning)], Decision::AdmitEscorted)
            .rule([ClosedDestination, purpose(Purpose::Duty)], Decision::Admit)
            .rule([ClosedDestination], Decision::Refuse)
            .rule([purpose(Purpose::ThroughTraffic)], Decision::Refuse)
            .rule([], Decision::Admit)
    }

    /// Adds a rule behind the others.
    #[must_use]
    pub fn rule(mut self, when: impl IntoIterator<Item = Condition>, then: Decision) -> Self {
        self.rules.push(Rule { when: when.into_iter().collect(), then });
        self
    }

    /// Adds areas that people must not come from unseen.
    #[must_use]
    pub fn risk_areas(mut self, areas: impl IntoIterator<Item = OriginId>) -> Self {
        self.risk_areas.extend(areas);
        self
    }

    /// Adds units that people must not go to without need. Those within a unit are units of their own: add all
    /// its [members](crate::network::Network::members).
    #[must_use]
    pub fn closed_units(mut self, units: impl IntoIterator<Item = UnitId>) -> Self {
        self.closed_units.extend(units);
        self
    }

    /// Sets the least temperature of a fever, in tenths of a degree Celsius;
    /// [`DEFAULT_FEVER`](Self::DEFAULT_FEVER) if it is not set.
    #[must_use]
    pub const fn fever(mut self, tenths: u16) -> Self {
        self.fever = tenths;
        self
    }

    /// The rules in order.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Decides about a traveller. O(r log a) for r conditions and a areas and units.
    #[must_use]
    pub fn decide(&self, traveller: &Traveller) -> Ruling {
        let with_codes = traveller.with_codes();
        let no_phone = traveller.shown.travel == TravelCode::NoPhone;
        let excused = no_phone && traveller.shown.has_document();
        let judged = if excused { &with_codes } else { traveller };
        let applied: Vec<usize> = self.applying(judged).collect();
        let (mut decision, mut reason) = match applied.first() {
            None => (Decision::Hold, Reason::NoRule),
            Some(&at) if self.rules[at].then != Decision::Refuse => {
                (self.rules[at].then, Reason::Rule(at))
            }
            // Only a rule that looks at no missing code may refuse.
            Some(&instead_of) => match self.applying(&with_codes).next() {
                Some(at) if self.rules[at].then == Decision::Refuse => {
                    (Decision::Refuse, Reason::Rule(at))
                }
                _ => (Decision::Hold, Reason::CodeMissing { instead_of }),
            },
        };
        if traveller.purpose == Purpose::EmergencyCare && !decision.admits() {
            let instead_of = applied.first().copied();
            (decision, reason) = (Decision::AdmitEscorted, Reason::EmergencyCare { instead_of });
        }
        Ruling { decision, reason, applied }
    }

    /// The rules that apply, in order.
    fn applying(&self, traveller: &Traveller) -> impl Iterator<Item = usize> {
        let rules = self.rules.iter().enumerate();
        let applies = |rule: &Rule| rule.when.iter().all(|&when| self.holds(when, traveller));
        rules.filter(move |(_, rule)| applies(rule)).map(|(at, _)| at)
    }

    fn holds(&self, condition: Condition, traveller: &Traveller) -> bool {
        let shown = &traveller.shown;
        match condition {
            Condition::Health(code) => shown.health == code,
            Condition::LacksCode => traveller.lacks_code(),
            Condition::RiskArea => match shown.travel {
                TravelCode::Visited(area) => self.risk_areas.contains(&area),
                _ => false,
            },
            Condition::Fever => shown.temperature.is_some_and(|tenths| tenths >= self.fever),
            Condition::NoIdentity => !shown.identity,
            Condition::NoDocument => !shown.has_document(),
            Condition::Purpose(purpose) => traveller.purpose == purpose,
            Condition::ClosedDestination => {
                traveller.to.is_some_and(|unit| self.closed_units.contains(&unit))
            }
        }
    }
}

impl Default for CheckRules {
    fn default() -> Self {
        Self::village_entrance()
    }
}

#[cfg(feature = "serde")]
mod spec {
    use std::collections::BTreeSet;

    use super::{CheckRules, Rule};
    use crate::format::Format;
    use crate::id::{OriginId, UnitId};

    #[derive(serde::Serialize, serde::Deserialize)]
    pub(super) struct RulesSpec {
        format: Format<1>,
        rules: Vec<Rule>,
        risk_areas: BTreeSet<OriginId>,
        closed_units: BTreeSet<UnitId>,
        fever: u16,
    }

    impl From<RulesSpec> for CheckRules {
        fn from(spec: RulesSpec) -> Self {
            let RulesSpec { format: _, rules, risk_areas, closed_units, fever } = spec;
            Self { rules, risk_areas, closed_units, fever }
        }
    }

    impl From<CheckRules> for RulesSpec {
        fn from(rules: CheckRules) -> Self {
            let CheckRules { rules, risk_areas, closed_units, fever } = rules;
            Self { format: Format, rules, risk_areas, closed_units, fever }
        }
    }
}
