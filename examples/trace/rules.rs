//! The rules of a trace, from the arguments.

use clap::{Args, ValueEnum};
use epitier::contact::{Cumulative, Direction, NotCumulative, Protocol};

/// The published protocols by name.
#[derive(Clone, Copy, ValueEnum, Debug)]
enum Published {
    #[value(name = "cn-8th-2021-05")]
    Cn8th,
    #[value(name = "cn-9th-2022-06")]
    Cn9th,
    #[value(name = "who-2021-02")]
    Who,
    #[value(name = "us-cdc-2020-10")]
    UsCdc,
}

impl Published {
    fn rules(self) -> Protocol {
        match self {
            Self::Cn8th => Protocol::cn_8th_2021_05(),
            Self::Cn9th => Protocol::cn_9th_2022_06(),
            Self::Who => Protocol::who_2021_02(),
            Self::UsCdc => Protocol::us_cdc_2020_10(),
        }
    }
}

/// A published protocol and what differs from it.
#[derive(Args, Debug)]
pub(crate) struct Rules {
    /// The published protocol whose rules hold where no other option states one. The windows of cases are
    /// those of their table all the same.
    #[arg(long, value_enum)]
    protocol: Option<Published>,
    /// How many tiers: 1 = close contacts, 2 = contacts of contacts; `all` = until nothing changes; 2
    /// unless stated.
    #[arg(long, value_name = "N", value_parser = tiers)]
    tiers: Option<u32>,
    /// Seconds that a contact must last; 0 unless stated.
    #[arg(long, value_name = "SECONDS")]
    min_overlap: Option<u32>,
    /// Short contacts of a pair count together once they last so many seconds within those of --within.
    #[arg(long, value_name = "SECONDS", requires = "within")]
    cumulative: Option<u32>,
    /// The seconds, from any moment on, within which short contacts add up.
    #[arg(long, value_name = "SECONDS", requires = "cumulative")]
    within: Option<u32>,
    /// Seconds between being exposed and exposing others: 0 (unless stated) lets same-instant chains
    /// count, 1 does not.
    #[arg(long, value_name = "SECONDS")]
    latency: Option<u32>,
    /// Seconds that a place stays contaminated after a carrier leaves; 0 unless stated.
    #[arg(long, value_name = "SECONDS")]
    lag: Option<u32>,
    /// Trace back to those who can have exposed the cases within [from, until).
    #[arg(long)]
    backward: bool,
}

fn tiers(text: &str) -> Result<u32, String> {
    match text {
        "all" => Ok(u32::MAX),
        _ => text.parse().map_err(|_| "expected a whole number or `all`".to_owned()),
    }
}

impl Rules {
    /// All rules together; living together is a contact where households are known.
    pub(crate) fn protocol(&self, households: bool) -> Result<Protocol, NotCumulative> {
        let direction = if self.backward { Direction::Backward } else { Direction::Forward };
        let rules = self.protocol.map_or_else(Protocol::new, Published::rules);
        let sum = match self.cumulative.zip(self.within) {
            Some((seconds, within)) => Some(Cumulative::new(seconds, within)?),
            None => rules.cumulative(),
        };
        Ok(rules
            .with_direction(direction)
            .with_tiers(self.tiers.unwrap_or(rules.tiers()))
            .with_min_overlap(self.min_overlap.unwrap_or(rules.min_overlap()))
            .with_cumulative(sum)
            .with_latency(self.latency.unwrap_or(rules.latency()))
            .with_lag(self.lag.unwrap_or(rules.lag()))
            .with_household_contacts(households))
    }
}
