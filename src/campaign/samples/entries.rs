//! What a round of testing follows from samples.

use super::super::{
    Channel, Entry, EventId, Journal, Line, Outcome, Round, Says, Subject, Target, Visit,
};
use super::{Sample, SampleAct};

/// The entries of a round of residents that follow from the samples that state its number, by time of receipt and
/// event id: each sample is a visit of its person at a site, at its time, with the outcome [`Outcome::Done`]. So gaps
/// and coverage come from the same record as the samples. Nothing for a round of households.
///
/// An entry has the event id and the time of receipt of its line, so recording the entries again changes nothing, and a
/// correction of a sample is one of its visit. What was no sample of this round, or one at a time that is too far from
/// the opening, and is corrected to be one, becomes a visit under the event id of that correction. No other entries of
/// the round may have these event ids. Where a line of another round has several corrections into this one, which of
/// them is the visit is settled by their times of receipt: ask when all that were received before are there.
///
/// # Cost
///
/// O(n log n) for n lines.
#[must_use]
pub fn round_entries(journal: &Journal<SampleAct>, round: &Round) -> Vec<Entry> {
    if round.subject() != Subject::Residents {
        return Vec::new();
    }
    let mut lines = journal.lines();
    // Each line with the corrections of it behind it, by time of receipt and event id.
    lines.sort_by_key(|line| (subject(line), is_correction(line)));
    let mut entries = Vec::new();
    for history in lines.chunk_by(|a, b| subject(a) == subject(b)) {
        // Corrections of what nobody has said, or of corrections, are nothing yet.
        if history.first().is_some_and(|line| !is_correction(line)) {
            add(history, round, &mut entries);
        }
    }
    entries.sort_unstable_by_key(|entry| (entry.received, entry.event));
    entries
}

/// The line that a line is about: itself, or what it corrects.
fn subject(line: &Line<SampleAct>) -> EventId {
    match line.says {
        Says::Act(_) => line.event,
        Says::Amend { of, .. } | Says::Void { of } => of,
    }
}

fn is_correction(line: &Line<SampleAct>) -> bool {
    !matches!(line.says, Says::Act(_))
}

/// The entries of a line and of its corrections.
fn add(history: &[Line<SampleAct>], round: &Round, entries: &mut Vec<Entry>) {
    let mut first: Option<EventId> = None;
    for &Line { event, received, says } in history {
        let act = match says {
            Says::Act(act) | Says::Amend { act, .. } => Some(act),
            Says::Void { .. } => None,
        };
        let visit = match act {
            Some(SampleAct::Taken(sample)) => visit(&sample, round),
            _ => None,
        };
        match (first, visit) {
            (None, Some(visit)) => {
                first = Some(event);
                entries.push(Entry::visit(event, received, visit));
            }
            (Some(of), Some(visit)) => entries.push(Entry::amend(event, received, of, visit)),
            (Some(of), None) => entries.push(Entry::void(event, received, of)),
            (None, None) => {}
        }
    }
}

/// The visit that a sample is, if the round can take it.
fn visit(sample: &Sample, round: &Round) -> Option<Visit> {
    let &Sample { person, at, sampler, .. } = sample;
    let fits = sample.round == round.number() && round.book.frame().offset(at).is_some();
    fits.then(|| Visit::new(Target::Person(person), at, sampler, Outcome::Done).by(Channel::Site))
}
