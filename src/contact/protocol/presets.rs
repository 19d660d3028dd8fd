//! The numbers of published protocols.

use super::{Cumulative, LookBack, Protocol};

/// A quarter of an hour.
const QUARTER: u32 = 900;

/// Presets of published protocols, as they are for tracing. What follows from a trace (days of quarantine, tests,
/// areas) belongs to later steps and is not a parameter here.
///
/// Marks: **V** the source was read, **V2** read on other pages that quote it, **I** inferred by us.
impl Protocol {
    /// China, 8th edition of May 2021 (联防联控机制综发〔2021〕51号).
    ///
    /// | parameter | value | mark and source |
    /// | --- | --- | --- |
    /// | tiers | 2: close contacts (密接) and their contacts (次密接) | V, since the 7th edition (Xinhua, 15 September 2020) |
    /// | look-back | 2 calendar days before onset or sampling | V, guideline of May 2020 (China CDC Weekly 2020;2(19):329-331); V2 for editions 7 to 9; 4 days were in local use in August 2021 |
    /// | end of a case's window | isolation | V2 |
    /// | source window | 14 days | V, incubation 1 to 14 days |
    /// | household contacts | yes | V, "living together" leads the list of May 2020 |
    /// | minimum overlap | 0 | the edition has no minutes: it lists situations (same room, meal, vehicle), so any time together counts |
    /// | cumulative rule, latency, lag | none | the edition has none |
    ///
    /// Seats and rows of a vehicle are not in here: record who sat near as links or as places of their
    /// own. For later steps: 14 days centralised and 7 at home for a close contact (V), 7 centralised for
    /// a contact of one (V), counted from the last exposure (V2).
    #[must_use]
    pub fn cn_8th_2021_05() -> Self {
        Self::new()
            .with_tiers(2)
            .with_look_back(LookBack::Days(2))
            .with_source_window(14)
            .with_household_contacts(true)
    }

    /// China, 9th edition of 28 June 2022: traced by the same numbers as the 8th.
    ///
    /// | parameter | value | mark and source |
    /// | --- | --- | --- |
    /// | tiers | 2 | V, the edition has rules for both |
    /// | look-back | 2 calendar days | V2, editions 7 to 9 |
    /// | end of a case's window | isolation | V2 |
    /// | source window | 14 days | I, kept from the 8th: we have no source for this edition |
    /// | household contacts | yes | V for "living together" in the guideline of May 2020; I for this edition |
    /// | minimum overlap | 0 | no minutes, as in the 8th |
    /// | cumulative rule, latency, lag | none | the edition has none |
    ///
    /// What it changed belongs to later steps: 7 days centralised and 3 at home for a close contact, 7 at
    /// home for a contact of one (V).
    #[must_use]
    pub fn cn_9th_2022_06() -> Self {
        Self::cn_8th_2021_05()
    }

    /// WHO, contact tracing guidance of 1 February 2021.
    ///
    /// | parameter | value | mark and source |
    /// | --- | --- | --- |
    /// | tiers | 1 | V2, it defines contacts of cases only |
    /// | look-back | 2 calendar days before onset or sample | V2 |
    /// | end of a case's window | 10 days after onset or sample, or isolation if that is earlier | V2; with symptoms at least 3 days without them are added: use [`Protocol::with_infectious_days`] for that case |
    /// | minimum overlap | 900 s (within 1 m) | V2 |
    /// | source window | 14 days | V for "14 days from last exposure" (10 May 2020); I as a window for sources |
    /// | household contacts | yes, from 900 s on | I: who lives together comes within a metre for that long |
    /// | cumulative rule, latency, lag | none | it has none |
    ///
    /// Direct physical contact and care without protection count at any length (V2); the overlap rule would
    /// drop a recorded instant of them. Where links are such contacts, set the minimum overlap to 0 and state 900 s
    /// for each setting. For later steps: 14 days of quarantine from the last contact (V2).
    #[must_use]
    pub fn who_2021_02() -> Self {
        Self::new()
            .with_tiers(1)
            .with_look_back(LookBack::Days(2))
            .with_infectious_days(Some(10))
            .with_min_overlap(QUARTER)
            .with_source_window(14)
            .with_household_contacts(true)
    }

    /// United States, CDC, close contact as of 21 October 2020.
    ///
    /// | parameter | value | mark and source |
    /// | --- | --- | --- |
    /// | tiers | 1 | V2, it defines contacts of cases only |
    /// | look-back | 2 calendar days before onset or specimen | V2 |
    /// | end of a case's window | isolation | V2 |
    /// | cumulative rule | 900 s within any 86,400 s (within 6 feet) | V2; three times five minutes count |
    /// | minimum overlap | 900 s | I: the same quarter of an hour in one piece |
    /// | source window | 14 days | I: we have no source, the default is kept |
    /// | household contacts | yes, from 900 s on | I: who lives together comes within six feet for that long |
    /// | latency, lag | none | it has none |
    #[must_use]
    pub fn us_cdc_2020_10() -> Self {
        Self::new()
            .with_tiers(1)
            .with_look_back(LookBack::Days(2))
            .with_min_overlap(QUARTER)
            .with_cumulative(Some(Cumulative::QUARTER_IN_A_DAY))
            .with_source_window(14)
            .with_household_contacts(true)
    }
}
