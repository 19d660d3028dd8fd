//! Three rounds from door to door in one compound: tables in, and out of them the doors to walk to and the lists of the
//! register.

mod generate;
mod input;
mod lists;
mod output;
#[path = "../support/random.rs"]
mod random;
mod survey;
#[path = "../support/table.rs"]
mod table;
mod tables;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use epitier::Day;

use input::Input;
use output::Wish;
use survey::Survey;
use tables::Tables;

const COLUMNS: &str = "\
The folder holds CSV files with a header; columns in [brackets] may be empty or missing. Times are seconds or RFC 3339,
days are 2021-08-01, events are numbers, each of them unique among the records of a round and among the answers.

  units.csv       code,name,tier,[parent],[latitude],[longitude]
                  tier: headquarters, subdistrict, community, compound or building
  responders.csv  responder
  households.csv  household,building,entrance,door,responder,[lead],[registered]
                  entrance, door: numbers; responder: who answers for it; lead: whether it leads its
                  building; registered: when it was, where that was after the start
  residents.csv   person,household,[age],[registered]
                  age: a year of birth, or a band such as 60-69 or 80+
  rounds.csv      event,opens,[deadline],closes
                  event: the number of the record that closes it
  visits.csv      event,round,household,at,[received],responder,[channel],[outcome],[follow_up],
                  [amends],[voids]
                  round: from 1 on; received: as `at` if empty; channel: door, phone, message or site;
                  outcome: done, absent, refused, closed-house, not-found, exempt, ineligible,
                  team-did-not-come, postponed or other; follow_up: the day to try again;
                  amends: the event whose visit was this one; voids: the event that did not take place
  changes.csv     event,round,household,at,cause
                  cause: newcomer, returned, omitted, moved, died or mistaken
  answers.csv     event,visit,[person],question,[answer],[vaccine],[day]
                  visit: the event of the visit, which says where, when, to whom and in which round;
                  without a person it is about the household
                  question and answer: return (no, unknown or a place, with the day), vaccination (the
                  number of doses, with the vaccine and the day of the last; or contraindicated, with the
                  last day of that), symptoms (names with semicolons between them, with the day of onset),
                  mobility (independent, assisted, homebound), suspicion (none, unregistered,
                  hides-travel, met-a-case, hides-symptoms, code, other), newcomer (with the day)

Who answers a newcomer question with a day joins the list of the round by that alone.
Exit code 1: a table has problems; each is printed with its file and line, and nothing is counted.";

/// Hold the rounds of a survey: coverage, gap lists in walking order, and the lists of the register.
///
/// Without tables of your own it reads those in examples/data/round.
#[derive(Parser)]
#[command(name = "round", after_help = COLUMNS)]
struct Arguments {
    /// The folder with the tables.
    #[arg(long, value_name = "FOLDER")]
    tables: Option<PathBuf>,
    /// The unit to report on, by its code; the first one of the table if not stated.
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
    /// The round whose gaps are listed; the last one if not stated.
    #[arg(long, value_name = "NUMBER")]
    round: Option<u32>,
    /// Lists the doors of one responder only.
    #[arg(long, value_name = "KEY")]
    responder: Option<String>,
    /// The risk areas, with commas between them.
    #[arg(
        long,
        value_name = "PLACES",
        value_delimiter = ',',
        default_value = "Nanjing,Zhangjiajie,Yangzhou"
    )]
    risk: Vec<String>,
    /// For how many days after a return somebody is listed; the day of return is day 0.
    #[arg(long, value_name = "DAYS", default_value_t = epitier::campaign::survey::DEFAULT_RETURN_DAYS)]
    days: u16,
    /// The day of the lists; that on which the last round closes if not stated.
    #[arg(long, value_name = "DAY")]
    today: Option<Day>,
    /// Writes the gap list as a table.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Writes the shipped tables anew, into a folder, and does nothing else.
    #[arg(long, value_name = "FOLDER")]
    generate: Option<PathBuf>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments = Arguments::parse();
    if let Some(folder) = &arguments.generate {
        for (name, text) in generate::tables() {
            std::fs::write(folder.join(name), text)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let shipped = || Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/round");
    let folder = arguments.tables.clone().unwrap_or_else(shipped);
    let mut problems = Vec::new();
    let tables = Tables::read(&folder, &mut problems);
    let held = input::check(tables, problems).and_then(|input| {
        let survey = survey::hold(&input, arguments.today)?;
        Ok((input, survey))
    });
    let (input, survey) = match held {
        Ok(held) => held,
        Err(problems) => {
            for problem in &problems {
                eprintln!("{problem}");
            }
            eprintln!("{} problems; nothing was counted", problems.len());
            return Ok(ExitCode::FAILURE);
        }
    };
    let wish = arguments.wish(&input, &survey)?;
    print!("{}", output::report(&input, &survey, &wish)?);
    if let Some(file) = &arguments.out {
        std::fs::write(file, output::gap_table(&input, &survey, &wish))
            .map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    fn wish(&self, input: &Input, survey: &Survey) -> Result<Wish, String> {
        let unit = match &self.unit {
            Some(code) => input.network.unit(code).ok_or_else(|| format!("no unit {code}"))?,
            None => input.network.roots().next().ok_or("no unit")?,
        };
        let responder = match &self.responder {
            Some(key) => {
                Some(input.responders.id(key).ok_or_else(|| format!("no responder {key}"))?)
            }
            None => None,
        };
        let last = survey.campaign.rounds().last().map_or(1, epitier::campaign::Round::number);
        // Nobody returned from a place that no answer names.
        let risk = self.risk.iter().filter_map(|place| input.origins.id(place)).collect();
        Ok(Wish { unit, round: self.round.unwrap_or(last), responder, risk, days: self.days })
    }
}
