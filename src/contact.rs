//! Who was exposed: tracing over visits and direct contacts, in tiers and in time order.
//!
//! Collect [`Visit`]s and [`Link`]s in a [`ContactIndexBuilder`], freeze them into a [`ContactIndex`],
//! state the [`Protocol`], the [`Case`]s and the [`Isolation`]s in an [`Investigation`], and ask for a
//! [`Trace`].
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
//! - a link at an instant `s`: needs `min_overlap = 0` and `a <= s < until`; then `x = s`.
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
//! **Isolation** comes first: it cuts visits and links, and the pieces count as visits and links of
//! their own.

mod all_evidence;
mod both_ways;
mod columns;
mod diff;
mod encounter;
mod ends;
mod evidence;
mod general;
mod index;
mod investigation;
mod isolation;
mod places;
mod protocol;
mod record;
mod rule;
mod scene;
mod share;
mod spans;
mod summary;
mod sweep;
mod trace;
mod tracer;

pub use all_evidence::Evidence;
pub use both_ways::{BothWays, Onset};
pub use diff::{Cause, Difference};
pub use evidence::{Exposure, last_exposure};
pub use index::{ContactIndex, ContactIndexBuilder};
pub use investigation::{Case, Cuts, Investigation, InvestigationError, Isolation};
pub use places::{ExposedPlace, PlacesError};
pub use protocol::{Direction, LookBack, Protocol};
pub use record::{Link, Place, RecordError, Setting, Table, Visit};
pub use spans::ExposureSpan;
pub use summary::ExposureSummary;
pub use trace::{Change, Trace, Traced};
pub use tracer::Tracer;
