//! Who was exposed: tracing over visits and direct contacts, in tiers and in time order.
//!
//! Collect [`Visit`]s and [`Link`]s in a [`ContactIndexBuilder`], freeze them into a [`ContactIndex`],
//! state the [`Protocol`], the [`Case`]s and the [`Isolation`]s in an [`Investigation`], and ask for a
//! [`Trace`].
//!
//! | to | start with |
//! | --- | --- |
//! | trace, forward or backward | [`ContactIndex::trace`]; many questions: [`Tracer`]; both: [`ContactIndex::trace_both_ways`] |
//! | take in new rows, take rows back, forget old ones | [`ContactIndex::extend`], [`retract`](ContactIndex::retract), [`forget_before`](ContactIndex::forget_before) |
//! | go on from yesterday's trace, and say what changed | [`ContactIndex::resume`], [`Trace::diff`] |
//! | say why somebody is on the list | [`Trace::chain`], [`Trace::evidence`], [`Trace::all_evidence`], [`Trace::weaker_evidence`] |
//! | start the clock of quarantine | [`Trace::exposure_spans`], [`last_exposure`] |
//! | list places to disinfect, and general contacts | [`Trace::exposed_places`], [`Trace::general_contacts`] |
//! | follow instants without a limit of tiers | [`ContactIndex::earliest_exposures`] |
//!
//! # What a trace means
//!
//! Times are whole seconds. A visit is (person, place, `[start, end)`); a link is (a, b,
//! `[start, end)`), an instant if both are the same. A case carries during its window
//! `[from, until)`; everybody else carries for ever once exposed. Let `x(q, p, a)` be the first second
//! at which `q`, carrying from `a` on, exposes `p`:
//!
//! - visits at one place: `q` sheds in `[max(s_q, a), min(e_q, until))`, which must not be empty. With
//!   `S = max(shed start, s_p)` and `E = min(shed end + lag, e_p)` it needs `S < E` and
//!   `E - S >= min_overlap`; then `x = S`;
//! - a link `[s, e)`: `S = max(s, a)`, `E = min(e, until)`, otherwise the same;
//! - a link at an instant `s`: needs `min_overlap = 0` and `a <= s < until`; then `x = s`;
//! - households, where the protocol counts them: two members of one household who are present at the same
//!   time meet by the rule of visits, without lag, by the overlap of [`Setting::Household`];
//! - the cumulative rule, where the protocol has one: the contact seconds of the pair are the union of the
//!   `[S, E)` above, over all their visits at one place, links and presences at home, whatever their overlap
//!   (instants last nothing). `x` is the first contact second such that those in `[x, x + within)` are at
//!   least `seconds` many. The window slides and is never a calendar day.
//!
//! `x(q, p, a)` is the least of all these; it never falls when `a` grows. Of several contacts at that second a
//! link comes first, then places by id, then the household, then the cumulative rule.
//!
//! **Forward.** `A_0` is `from` for a case and infinite for everybody else, and
//! `A_h(p) = min(A_(h-1)(p), x(q, p, A_(h-1)(q) + latency) over all q)`, where the latency is 0 for a
//! case. A person's tier is the least `h` within the limit for which `A_h` is finite. A case keeps its
//! own times.
//!
//! **Backward.** `D_0` of a case is `until - 1`, and `D_h(q)` is the greatest `a` for which
//! `x(q, p, a) <= D_(h-1)(p) - latency` for some `p`, if that is later than `D_(h-1)(q)` and not before
//! the `from` of the case that the chain leads to. The times are the latest moments from which somebody can have
//! carried the infection. Law: within any number of tiers, `v` is reached forward from `u`, carrying from `t`
//! on, by the second `d` exactly when `u` is reached backward from `v` with the window `[t, d + 1)`.
//!
//! **Isolation** comes first: it cuts visits, links and presence at home, and the pieces count as visits,
//! links and presence of their own. Isolation at home does not cut contacts at home.
//!
//! **Unknown ends.** Of some visits only an outer bound of the end is known; it counts as the end. A change
//! rests on outer bounds if its source's label does, or if, for that label, no contact of the two by the same
//! rule at the same place comes at the same time once such visits are left out; a traced person does if the
//! change at `first_exposure` does. Law: whenever these visits ended, everybody else keeps tier, first
//! exposure, source, place and rule, and nobody comes. An exposure rests on outer bounds if no
//! contact shows the same exposure, by the same labels, once such visits are left out.
//!
//! **Evidence** of the cumulative rule: the contacts of the pair, for a source that carries by the label of
//! the round before (backward: from the start of the case's window), that share a second with a window
//! `[y, y + within)` which holds enough contact seconds and begins at one of them (backward: no later than
//! `D - latency`). A contact that counts by itself is listed by its own rule only.
//!
//! # Cost
//!
//! Sharing a place or a household costs a scan of sorted stays, never the square of a crowd. The cumulative
//! rule has to look at pairs: it costs, for each carrier, everybody who was near them.

mod all_evidence;
mod board;
mod both_ways;
mod check;
mod chunks;
mod columns;
mod crowd;
mod cumulative;
mod diff;
mod earliest;
mod encounter;
mod ends;
mod evidence;
mod general;
mod index;
mod investigation;
mod isolation;
mod keyed;
mod known;
mod label;
mod order;
mod outer_bounds;
mod places;
mod protocol;
mod radix;
mod record;
mod resume;
mod round;
mod rule;
mod scene;
mod segment;
mod segments;
mod share;
mod spans;
mod summary;
mod sweep;
mod trace;
mod tracer;
mod update;

pub use all_evidence::Evidence;
pub use both_ways::BothWays;
pub use cumulative::{Cumulative, NotCumulative};
pub use diff::{Cause, Difference};
pub use evidence::{Exposure, last_exposure};
pub use index::{ContactIndex, ContactIndexBuilder};
pub use investigation::{Case, Cuts, Investigation, InvestigationError, Isolation};
pub use places::{ExposedPlace, PlacesError};
pub use protocol::{Direction, LookBack, Onset, Protocol};
pub use record::{Link, Member, Place, RecordError, Setting, Table, Visit};
pub use spans::ExposureSpan;
pub use summary::ExposureSummary;
pub use trace::{Change, Reason, Trace, Traced};
pub use tracer::Tracer;
