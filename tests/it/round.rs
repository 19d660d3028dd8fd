//! The example `round`: its tables are those that it generates, its figures are the article's, and bad rows are named.

#[path = "../../examples/round/generate.rs"]
mod generate;
#[path = "../../examples/round/input.rs"]
mod input;
#[path = "../../examples/round/lists.rs"]
mod lists;
#[path = "../../examples/round/output.rs"]
mod output;
#[path = "../../examples/round/survey.rs"]
mod survey;
#[expect(clippy::duplicate_mod, reason = "the example trace brings `records` along too")]
#[path = "../../examples/support/table.rs"]
mod table;
#[path = "../../examples/round/tables.rs"]
mod tables;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use epitier::campaign::{Filing, Outcome, Standing, Target};
use epitier::network::Tier;

use crate::random;
use input::Input;
use output::Wish;
use survey::{Figures, Survey};
use tables::Tables;

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/round")
}

fn hold(folder: &Path) -> Result<(Input, Survey), Vec<String>> {
    let mut problems = Vec::new();
    let tables = Tables::read(folder, &mut problems);
    let input = input::check(tables, problems)?;
    let survey = survey::hold(&input, None)?;
    Ok((input, survey))
}

fn wish(input: &Input, round: u32) -> Wish {
    let risk = ["Nanjing", "Zhangjiajie", "Yangzhou"].map(|place| input.origins.id(place).unwrap());
    let unit = input.network.roots().next().unwrap();
    Wish { unit, round, responder: None, risk: risk.into(), days: 14 }
}

#[test]
fn the_tables_are_those_that_it_generates() {
    let tables = generate::tables();
    assert_eq!(tables.len(), fs::read_dir(shipped()).unwrap().count() - 1, "and a README");
    for (name, text) in tables {
        let file = fs::read_to_string(shipped().join(name)).unwrap();
        assert!(file == text, "{name} is not what `round --generate` writes");
    }
}

#[test]
fn three_rounds_have_the_figures_of_the_article() {
    let (input, survey) = hold(&shipped()).unwrap();
    let root = wish(&input, 3).unit;
    assert_eq!(input.network.members(root, Tier::Building).len(), 62);
    assert_eq!(input.responders.len(), 68);
    let rounds = survey.campaign.rounds();
    let coverage: Vec<_> = rounds.iter().map(|round| round.coverage(root)).collect();
    let people: Vec<_> = rounds.iter().map(|round| Figures::new(round).people).collect();
    assert_eq!(coverage.iter().map(|of| of.targets).collect::<Vec<_>>(), [764; 3]);
    assert_eq!(coverage.iter().map(|of| of.targets).sum::<u32>(), 2_292);
    assert_eq!((people.iter().sum::<usize>(), people), (8_143, vec![2_714, 2_714, 2_715]));
    assert_eq!(
        coverage.iter().map(|of| (of.joined, of.left)).collect::<Vec<_>>(),
        [(0, 0), (1, 1), (0, 0)]
    );
    // Each responder answers for 11 or 12 of them.
    let mut loads = std::collections::BTreeMap::new();
    for responder in input.contacts.values() {
        *loads.entry(responder).or_insert(0) += 1;
    }
    assert!(loads.len() == 68 && loads.values().all(|load| (10..=15).contains(load)));

    for (round, of) in rounds.iter().zip(&coverage) {
        assert_eq!(of.reached + of.exempt + of.unreached, of.targets);
        assert!(round.closed().is_some() && of.unreached > 20);
    }
    // What became of the gaps before: each is reached or missed again.
    for pair in rounds.windows(2) {
        let before = pair[0].gaps(root).len();
        let Figures { recovered, missed_again, .. } = Figures::new(&pair[1]);
        assert!(recovered > 10 && missed_again > 5 && recovered + missed_again == before);
        let carried = pair[1].gaps(root).iter().filter(|gap| gap.carried).count();
        assert_eq!(carried, missed_again);
    }
    for (filing, least) in [
        (Filing::Late, 5),
        (Filing::Repeated, 1),
        (Filing::Early, 1),
        (Filing::Superseded, 2),
        (Filing::Pending, 1),
        (Filing::Ledger, 1),
    ] {
        let filed: usize = rounds.iter().map(|round| round.filed(filing).len()).sum();
        assert!(filed >= least, "{filing:?}: {filed}");
    }
    assert_eq!(survey.retries, 1);
}

#[test]
fn the_gap_list_is_a_walk_along_the_doors() {
    let (input, survey) = hold(&shipped()).unwrap();
    let wish = wish(&input, 3);
    let gaps = output::gaps(&input, &survey, &wish);
    let round = survey.campaign.round(3).unwrap();
    let missing: BTreeSet<Target> = round
        .population()
        .households(wish.unit)
        .map(Target::Household)
        .filter(|&home| round.status(home).unwrap().standing == Standing::Gap)
        .collect();
    assert_eq!(gaps.iter().map(|gap| gap.target).collect::<BTreeSet<_>>(), missing);
    let walk: Vec<_> = gaps
        .iter()
        .map(|gap| (input.network.position(gap.building).unwrap(), input::entrance(gap.door)))
        .collect();
    assert!(walk.is_sorted() && walk.len() == missing.len());
    assert!(gaps.iter().all(|gap| gap.reason.is_some_and(|reason| reason != Outcome::Done)));
    assert!(gaps.iter().all(|gap| gap.tries > 0 && gap.follow_up.is_some()));
    // Cut by responder it is the same list.
    let mut cut = 0;
    for (responder, _) in input.responders.iter() {
        let mine = Wish { responder: Some(responder), ..self::wish(&input, 3) };
        cut += output::gaps(&input, &survey, &mine).len();
    }
    assert_eq!(cut, gaps.len());
    let table = output::gap_table(&input, &survey, &wish);
    assert_eq!(table.lines().count(), gaps.len() + 1);
    assert!(table.contains("\nb01,1,302,h005,r01,closed-house,1,2021-08-07,true\n"));
}

#[test]
fn the_report_prints_what_the_library_answers() {
    let (input, survey) = hold(&shipped()).unwrap();
    let wish = wish(&input, 3);
    let report = output::report(&input, &survey, &wish).unwrap();
    let root = wish.unit;
    let gaps = survey.campaign.round(3).unwrap().coverage(root).unreached;
    for line in [
        format!("Doors to walk to after round 3: {gaps}, of them"),
        "all        2292".to_owned(),
        "Answers that cannot be right: 2\n".to_owned(),
        "from Nanjing, 2021-07-22 [778]".to_owned(),
    ] {
        assert!(report.contains(&line), "{line}\n{report}");
    }
    for (title, rule) in lists::rules(&wish) {
        let rows = survey.register.list(root, &rule, survey.today);
        assert!(report.contains(&format!("\n{title}: {}\n", rows.len())), "{title}");
        assert!(!rows.is_empty(), "{title}");
    }
    let due = survey.census.counts(root).doses_due();
    assert!(due > 100 && report.contains(&format!("  {due} doses are due")));
    // No line is wider than a screen of a headquarters, and none ends in blanks.
    assert!(report.lines().all(|line| line.chars().count() <= 120 && line.trim_end() == line));
    let other_day = Some("2021-07-24".parse().unwrap());
    let earlier = survey::hold(&input, other_day).unwrap();
    assert!(output::report(&input, &earlier, &wish).unwrap() != report);
}

/// A copy of the tables with a line added to one of them.
fn with(name: &str, line: &str) -> Vec<String> {
    let folder = std::env::temp_dir().join(format!("epitier-round-{}-{name}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    for (table, mut text) in generate::tables() {
        if table == name {
            text.push_str(line);
            text.push('\n');
        }
        fs::write(folder.join(table), text).unwrap();
    }
    let problems = hold(&folder).err().unwrap_or_default();
    fs::remove_dir_all(&folder).unwrap();
    problems
}

#[test]
fn bad_rows_are_named_with_their_file_and_line() {
    let at = "2021-08-01T09:00:00+08:00";
    for (name, line, reason) in [
        ("units.csv", "b63,Building 63,building,nowhere", "no row has the parent's code"),
        ("households.csv", "h900,b99,1,101,r01,,", "no such building"),
        ("households.csv", "h900,b01,1,101,r99,,", "no such responder"),
        ("households.csv", "h900,b01,1,10001,r01,,", "out of range"),
        ("households.csv", "h001,b01,1,109,r01,,", "is there already"),
        ("households.csv", "h900,meiyuan,1,109,r01,,", "not a building"),
        ("residents.csv", "p9999,h999,1990,", "no such household"),
        ("residents.csv", "p9999,h001,190,", "age"),
        ("visits.csv", &format!("9999999,1,h999,{at},,r01,door,done,,,"), "no such household"),
        ("visits.csv", &format!("9999999,4,h001,{at},,r01,door,done,,,"), "no round 4"),
        ("visits.csv", &format!("9999999,0,h001,{at},,r01,door,done,,,"), "no round 0"),
        ("visits.csv", &format!("9999999,1,h001,{at},,r01,door,gone,,,"), "gone"),
        ("visits.csv", &format!("9999999,1,h001,{at},,r01,door,,,,"), "outcome"),
        ("visits.csv", &format!("2,1,h001,{at},,r01,door,done,,,"), "another entry"),
        ("changes.csv", &format!("9999999,1,h001,{at},vanished"), "vanished"),
        ("answers.csv", "9999999,9999999,,return,no,,", "no such visit"),
        ("answers.csv", "9999999,2,p9999,return,no,,", "no such person"),
        ("answers.csv", "9999999,2,,weather,fine,,", "weather is no question"),
        ("answers.csv", "9999999,2,,symptoms,hunger,,", "hunger"),
        ("answers.csv", "9999999,2,,vaccination,1,water,", "no vaccine water"),
        ("answers.csv", "3,2,,mobility,assisted,,", "another line"),
    ] {
        let lines = generate::tables();
        let (_, text) = lines.iter().find(|(table, _)| *table == name).unwrap();
        let place = format!("{name}:{}: ", text.lines().count() + 1);
        let problems = with(name, line);
        assert!(
            problems.iter().any(|problem| problem.contains(&place) && problem.contains(reason)),
            "{line}: {problems:?}"
        );
        assert!(problems.len() <= 2, "{problems:?}");
    }
}
