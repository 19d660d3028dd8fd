//! The plan of a round, and its frozen target list.

use super::book::Book;
use super::cell::Cell;
use super::gap::Earlier;
use super::{CampaignError, Subject, Target};
use crate::error::{Problems, Stopped};
use crate::id::{Claims, UnitId};
use crate::interval::Timestamp;
use crate::population::Population;
use crate::watch::{Progress, Watch};

/// What a round is for. It decides nothing here: what kinds need beyond a round stands elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum RoundKind {
    /// Mass testing (全员核酸检测).
    MassTesting,
    /// A door-to-door survey (入户摸排).
    Survey,
    /// A vaccination census (疫苗接种普查).
    Vaccination,
    /// Disinfection (消杀).
    Disinfection,
    /// Publicity and persuasion (宣传引导).
    Publicity,
    /// Help in daily life (生活保障).
    LifeSupport,
    /// Anything else, or not stated.
    #[default]
    Other,
}

/// Why somebody on a target list need not be reached.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Reason {
    /// A medical one.
    Medical,
    /// Too young or too old.
    Age,
    /// In a hospital.
    Hospital,
    /// In quarantine, where others see to it.
    Quarantine,
    /// Elsewhere for as long as the round lasts.
    Elsewhere,
    /// Reached by others, such as the own employer.
    ServedElsewhere,
    /// Anything else.
    Other,
}

/// Somebody on a target list who need not be reached.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Exemption {
    /// Who.
    pub target: Target,
    /// Why.
    pub reason: Reason,
}

/// The plan of a round: what it is for, where and when, and who is to be reached.
///
/// Unless targets are added one by one, everybody within the units is listed. Listed twice is listed once.
///
/// # Examples
///
/// ```
/// use epitier::campaign::{RoundKind, RoundPlan};
/// use epitier::{Timestamp, UnitId};
///
/// let opens: Timestamp = "2021-08-05T06:00:00+08:00".parse()?;
/// let plan = RoundPlan::new(RoundKind::MassTesting, opens)
///     .unit(UnitId::new(3))
///     .deadline(opens.saturating_add(20 * 3600));
/// # let _ = plan;
/// # Ok::<(), epitier::NotATime>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundPlan {
    pub(super) kind: RoundKind,
    pub(super) opens: Timestamp,
    pub(super) deadline: Option<Timestamp>,
    pub(super) units: Vec<UnitId>,
    targets: Option<Vec<Target>>,
    exemptions: Vec<Exemption>,
}

impl RoundPlan {
    /// A round nowhere, without a deadline.
    #[must_use]
    pub const fn new(kind: RoundKind, opens: Timestamp) -> Self {
        Self {
            kind,
            opens,
            deadline: None,
            units: Vec::new(),
            targets: None,
            exemptions: Vec::new(),
        }
    }

    /// Sets the first second at which a visit is late.
    #[must_use]
    pub const fn deadline(mut self, deadline: Timestamp) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Adds a unit of any tier.
    #[must_use]
    pub fn unit(mut self, unit: UnitId) -> Self {
        self.units.push(unit);
        self
    }

    /// Adds units of any tiers, such as those of an area; they may lie within one another.
    #[must_use]
    pub fn units(mut self, units: impl IntoIterator<Item = UnitId>) -> Self {
        self.units.extend(units);
        self
    }

    /// Lists only these, and those of other such calls: households or residents within the units.
    #[must_use]
    pub fn only(mut self, targets: impl IntoIterator<Item = Target>) -> Self {
        self.targets.get_or_insert_default().extend(targets);
        self
    }

    /// Exempts somebody on the list.
    #[must_use]
    pub fn exempt(mut self, target: Target, reason: Reason) -> Self {
        self.exemptions.push(Exemption { target, reason });
        self
    }

    /// Exempts several on the list.
    #[must_use]
    pub fn exemptions(mut self, exemptions: impl IntoIterator<Item = Exemption>) -> Self {
        self.exemptions.extend(exemptions);
        self
    }

    /// Checks everything and freezes the list.
    pub(super) fn freeze(
        &self,
        population: &Population,
        subject: Subject,
        carried: &[Earlier],
        watch: &dyn Watch,
    ) -> Result<Frozen, Stopped<CampaignError>> {
        step(watch, 0)?;
        let mut book = Book::new(population, subject, self.opens, self.deadline);
        let mut problems = self.bad_times(&book);
        let network = population.network();
        for (row, &unit) in self.units.iter().enumerate() {
            if network.position(unit).is_none() {
                problems.push(CampaignError::UnknownUnit { row, unit });
            }
        }
        let listed = self.listed(population, subject, &book, &mut problems);
        step(watch, 1)?;
        let exemptions = self.exempted(&book, &listed, &mut problems);
        Problems::check(problems)?;

        step(watch, 2)?;
        for (position, _) in listed.iter().enumerate().filter(|(_, listed)| **listed) {
            book.plan(position, Cell::frozen);
        }
        for exemption in &exemptions {
            if let Some(position) = book.position(exemption.target.number()) {
                book.plan(position, Cell::exempt);
            }
        }
        for earlier in carried {
            if let Some(position) = book.position(earlier.target.number()) {
                book.plan(position, Cell::carried);
            }
        }
        Ok(Frozen { book, exemptions })
    }

    fn bad_times(&self, book: &Book) -> Vec<CampaignError> {
        let opens = self.opens;
        let problem = self.deadline.and_then(|deadline| match book.frame().offset(deadline) {
            _ if deadline <= opens => {
                Some(CampaignError::DeadlineBeforeOpening { opens, deadline })
            }
            None => Some(CampaignError::DeadlineTooFar { opens, deadline }),
            Some(_) => None,
        });
        problem.into_iter().collect()
    }

    /// Who is on the list, by position.
    fn listed(
        &self,
        population: &Population,
        subject: Subject,
        book: &Book,
        problems: &mut Vec<CampaignError>,
    ) -> Vec<bool> {
        let mut inside = vec![false; book.cells().len()];
        for unit in outermost(population, &self.units) {
            let positions = match subject {
                Subject::Households => population.household_positions(unit),
                Subject::Residents => population.resident_positions(unit),
            };
            inside[positions.range()].fill(true);
            for newcomer in positions.newcomers() {
                inside[newcomer] = true;
            }
        }
        let Some(targets) = &self.targets else { return inside };
        let mut listed = vec![false; inside.len()];
        for (row, &target) in targets.iter().enumerate() {
            if target.subject() != subject {
                problems.push(CampaignError::WrongSubject { row, target });
                continue;
            }
            match book.position(target.number()).filter(|&position| inside[position]) {
                Some(position) => listed[position] = true,
                None => problems.push(CampaignError::NotThere { row, target }),
            }
        }
        listed
    }

    /// The exemptions by target.
    fn exempted(
        &self,
        book: &Book,
        listed: &[bool],
        problems: &mut Vec<CampaignError>,
    ) -> Vec<Exemption> {
        let rows = &self.exemptions;
        let claims = Claims::new(rows.iter().map(|exemption| exemption.target));
        let mut found: Vec<(usize, CampaignError)> = Vec::new();
        for (row, other) in claims.disputes(|a, b| rows[a] == rows[b]) {
            if rows[row] != rows[other] {
                let target = rows[row].target;
                found.push((row, CampaignError::TwoReasons { row, target, other }));
            }
        }
        for (row, &Exemption { target, .. }) in rows.iter().enumerate() {
            let position = book.position(target.number());
            let fits = target.subject() == book.frame().subject;
            if !fits || position.is_none_or(|position| !listed[position]) {
                found.push((row, CampaignError::NotListed { row, target }));
            }
        }
        found.sort_by_key(|&(row, _)| row);
        problems.extend(found.into_iter().map(|(_, problem)| problem));
        claims.firsts().map(|(_, row)| rows[row]).collect()
    }
}

/// A checked plan.
pub(super) struct Frozen {
    pub(super) book: Book,
    /// By target.
    pub(super) exemptions: Vec<Exemption>,
}

/// The units that lie within no other one of them.
fn outermost(population: &Population, units: &[UnitId]) -> Vec<UnitId> {
    let network = population.network();
    let mut sorted: Vec<_> =
        units.iter().map(|&unit| (network.preorder_range(unit), unit)).collect();
    sorted.sort_unstable_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut covered = 0;
    sorted.retain(|(range, _)| {
        let new = range.end > covered;
        covered = covered.max(range.end);
        new
    });
    sorted.into_iter().map(|(_, unit)| unit).collect()
}

fn step(watch: &dyn Watch, done: u64) -> Result<(), crate::watch::Cancelled> {
    watch.check()?;
    watch.progress(Progress { stage: "freeze the target list", done, total: 3 });
    Ok(())
}
