//! The tables that are shipped, from one fixed seed: Meiyuan compound in Wuxue after the article (`FIELD.md`, 2.5 and 2.7):
//! 68 responders, 62 buildings, 764 households, three rounds; 8,143 people on the lists of the three. Who is
//! absent, who came back from where and who is vaccinated is constructed.

use std::fmt::Write;

use super::random::Random;

const SEED: u64 = 20_210_801;
const BUILDINGS: u32 = 62;
const HOUSEHOLDS: u32 = 764;
const RESPONDERS: u32 = 68;
/// Of round 1; 2,714 + 2,714 + 2,715 = 8,143.
const RESIDENTS: u32 = 2_714;
/// The family that moves away in round 2, and the one that moves in.
const MOVED: u32 = 400;
const MOVED_IN: u32 = HOUSEHOLDS;
/// The household with somebody new in round 3.
const WITH_ONE_MORE: u32 = 222;
/// The days of August on which the rounds are.
const DAYS: [u32; 3] = [1, 3, 5];

/// `total` in `parts` whole parts that differ by one at most: where each begins.
fn bound(total: u32, parts: u32, part: u32) -> u32 {
    total * part / parts
}

/// The part of so many that holds number `at` of a total.
fn part_of(total: u32, parts: u32, at: u32) -> u32 {
    (0..parts).rfind(|&part| bound(total, parts, part) <= at).unwrap_or(0)
}

/// The number of who answers for a household, from 0 on: each for as many as the others, along the buildings.
fn responder(home: u32) -> u32 {
    part_of(HOUSEHOLDS, RESPONDERS, home.min(HOUSEHOLDS - 1))
}

/// A time of a day in August 2021, so many minutes after eight o'clock.
fn time(day: u32, minutes: u32) -> String {
    let minutes = 8 * 60 + minutes;
    format!("2021-08-{day:02}T{:02}:{:02}:00+08:00", minutes / 60, minutes % 60)
}

/// The name of each table and its text.
pub(crate) fn tables() -> Vec<(&'static str, String)> {
    let mut tables = Generator { random: Random(SEED), ..Generator::default() };
    tables.units();
    tables.homes();
    for round in 1..=3 {
        tables.round(round);
    }
    vec![
        ("units.csv", tables.units),
        ("responders.csv", tables.responders),
        ("households.csv", tables.households),
        ("residents.csv", tables.residents),
        ("rounds.csv", tables.rounds),
        ("visits.csv", tables.visits),
        ("changes.csv", tables.changes),
        ("answers.csv", tables.answers),
    ]
}

struct Generator {
    random: Random,
    /// The year of birth of everybody, by household.
    families: Vec<Vec<(u32, u32)>>,
    /// Whether a household was surveyed in an earlier round.
    asked: Vec<bool>,
    event: u32,
    units: String,
    responders: String,
    households: String,
    residents: String,
    rounds: String,
    visits: String,
    changes: String,
    answers: String,
}

impl Default for Generator {
    fn default() -> Self {
        let header = |text: &str| format!("{text}\n");
        Self {
            random: Random(SEED),
            families: Vec::new(),
            asked: Vec::new(),
            event: 0,
            units: header("code,name,tier,parent"),
            responders: header("responder"),
            households: header("household,building,entrance,door,responder,lead,registered"),
            residents: header("person,household,age,registered"),
            rounds: header("event,opens,deadline,closes"),
            visits: header(
                "event,round,household,at,received,responder,channel,outcome,follow_up,amends,voids",
            ),
            changes: header("event,round,household,at,cause"),
            answers: header("event,visit,person,question,answer,vaccine,day"),
        }
    }
}

impl Generator {
    fn units(&mut self) {
        self.units.push_str(
            "421182,Wuxue city (武穴市),headquarters,\n\
             wuxue,Wuxue subdistrict (武穴街道),subdistrict,421182\n\
             zhumuqiao,Zhumuqiao community (朱木桥社区),community,wuxue\n\
             meiyuan,Meiyuan compound (梅园小区),compound,zhumuqiao\n",
        );
        for number in 1..=BUILDINGS {
            let _ = writeln!(self.units, "b{number:02},Building {number},building,meiyuan");
        }
        for number in 1..=RESPONDERS {
            let _ = writeln!(self.responders, "r{number:02}");
        }
    }

    /// Households along the buildings, residents along the households, and who comes later.
    fn homes(&mut self) {
        let mut person = 0;
        for home in 0..HOUSEHOLDS {
            let building = part_of(HOUSEHOLDS, BUILDINGS, home);
            let place = home - bound(HOUSEHOLDS, BUILDINGS, building);
            let size = bound(RESIDENTS, HOUSEHOLDS, home + 1) - bound(RESIDENTS, HOUSEHOLDS, home);
            self.home(home, building, place, "");
            self.family(home, size, &mut person, "");
        }
        let building = part_of(HOUSEHOLDS, BUILDINGS, MOVED);
        let came = time(DAYS[1], 95);
        self.home(MOVED_IN, building, 13, &came);
        let size = u32::try_from(self.families[MOVED as usize].len()).unwrap_or(0);
        self.family(MOVED_IN, size, &mut person, &came);
        let came = time(DAYS[2], 130);
        self.resident(WITH_ONE_MORE, person, 2021, &came);
    }

    /// Six doors at the first entrance, the others at the second, two on a floor.
    fn home(&mut self, home: u32, building: u32, place: u32, registered: &str) {
        let (entrance, flat) = (1 + place / 6, place % 6);
        let door = (1 + flat / 2) * 100 + 1 + flat % 2;
        let responder = 1 + responder(home);
        let lead = if place == 0 && !building.is_multiple_of(20) { "true" } else { "" };
        let _ = writeln!(
            self.households,
            "h{home:03},b{:02},{entrance},{door},r{responder:02},{lead},{registered}",
            building + 1
        );
        self.families.push(Vec::new());
        self.asked.push(false);
    }

    fn family(&mut self, home: u32, size: u32, person: &mut u32, registered: &str) {
        for member in 0..size {
            let born = match member {
                0 | 1 => 1_960 + self.random.below::<u32>(40),
                2 => 2_003 + self.random.below::<u32>(17),
                _ => 1_932 + self.random.below::<u32>(24),
            };
            self.resident(home, *person, born, registered);
            *person += 1;
        }
    }

    fn resident(&mut self, home: u32, person: u32, born: u32, registered: &str) {
        self.families[home as usize].push((person, born));
        let _ = writeln!(self.residents, "p{person:04},h{home:03},{born},{registered}");
    }

    fn event(&mut self) -> u32 {
        self.event += 1;
        self.event
    }

    /// One day: a first pass from door to door, a second one in the evening where nobody was at home.
    fn round(&mut self, round: u32) {
        let day = DAYS[round as usize - 1];
        let event = self.event();
        let times = [0, 12 * 60, 14 * 60].map(|minutes| time(day, minutes));
        let _ = writeln!(self.rounds, "{event},{},{},{}", times[0], times[1], times[2]);
        if round == 2 {
            let event = self.event();
            let _ = writeln!(self.changes, "{event},2,h{MOVED:03},{},moved", time(day, 90));
        }
        for home in 0..=HOUSEHOLDS {
            let there = match home {
                MOVED_IN => round > 1,
                MOVED => round == 1,
                _ => true,
            };
            if there {
                self.first_pass(round, home);
            }
        }
        match round {
            1 => self.slips(day),
            3 => self.last_slips(day),
            _ => {}
        }
    }

    fn first_pass(&mut self, round: u32, home: u32) {
        let day = DAYS[round as usize - 1];
        let place = home - bound(HOUSEHOLDS, RESPONDERS, responder(home));
        let minutes = 10 + 16 * place + self.random.below::<u32>(8);
        let again = format!("2021-08-{:02}", day + 2);
        // Some doors stay closed, some people are hard to reach, and once a team does not come.
        if home % 127 == 5 {
            self.visit(round, home, minutes, "door", "closed-house", &again);
            return;
        }
        if home % 191 == 100 {
            self.visit(round, home, minutes, "door", "exempt", "");
            return;
        }
        if round == 1 && (300..304).contains(&home) {
            self.visit(round, home, minutes, "door", "team-did-not-come", &again);
            return;
        }
        let hard = home % 61 == 17;
        match self.random.below(100_u32) {
            0 => drop(self.visit(round, home, minutes, "door", "refused", &again)),
            1..10 => {
                self.visit(round, home, minutes, "door", "absent", "");
                self.evening(round, home, hard);
            }
            _ if hard => {
                self.visit(round, home, minutes, "door", "absent", "");
                self.evening(round, home, hard);
            }
            _ => self.reach(round, home, minutes, "door"),
        }
    }

    fn evening(&mut self, round: u32, home: u32, hard: bool) {
        let minutes = 9 * 60 + 30 + self.random.below::<u32>(140);
        let again = format!("2021-08-{:02}", DAYS[round as usize - 1] + 2);
        match self.random.below(10_u32) {
            0 => drop(self.visit(round, home, minutes, "phone", "postponed", &again)),
            1 | 2 => drop(self.visit(round, home, minutes, "door", "absent", &again)),
            _ if hard && round < 3 => {
                self.visit(round, home, minutes, "phone", "absent", &again);
            }
            3 | 4 => self.reach(round, home, minutes, "phone"),
            // After the deadline of eight o'clock: late, and counted.
            5 => self.reach(round, home, 12 * 60 + 30, "door"),
            _ => self.reach(round, home, minutes, "door"),
        }
    }

    fn visit(
        &mut self,
        round: u32,
        home: u32,
        minutes: u32,
        channel: &str,
        outcome: &str,
        again: &str,
    ) -> u32 {
        let (event, at) = (self.event(), time(DAYS[round as usize - 1], minutes));
        let responder = 1 + responder(home);
        let _ = writeln!(
            self.visits,
            "{event},{round},h{home:03},{at},,r{responder:02},{channel},{outcome},{again},,"
        );
        event
    }

    /// Reached: what was said is on the sheet.
    fn reach(&mut self, round: u32, home: u32, minutes: u32, channel: &str) {
        let visit = self.visit(round, home, minutes, channel, "done", "");
        let family = self.families[home as usize].clone();
        if home == MOVED_IN && round == 2 {
            self.answer(visit, "", "newcomer", "", "", "2021-08-02");
        }
        if round == 3 {
            self.third_round(visit, home, &family);
        }
        if std::mem::replace(&mut self.asked[home as usize], true) {
            return;
        }
        self.returns(visit, home, &family);
        for &(person, born) in &family {
            self.vaccination(visit, person, born);
        }
        for &(person, born) in &family {
            let key = format!("p{person:04}");
            if born < 1_945 && person.is_multiple_of(5) {
                let need = if person.is_multiple_of(2) { "homebound" } else { "assisted" };
                self.answer(visit, &key, "mobility", need, "", "");
            }
            if person % 271 == 9 {
                let shown = ["fever;dry-cough", "sore-throat", "fatigue;muscle-pain"];
                let since = format!("2021-07-{:02}", 25 + person % 7);
                self.answer(visit, &key, "symptoms", shown[person as usize % 3], "", &since);
            }
        }
        if home % 251 == 77 {
            let reason = ["unregistered", "hides-travel", "code"][home as usize / 251 % 3];
            self.answer(visit, "", "suspicion", reason, "", "");
        }
    }

    /// Who came back; most nobody, some do not say from where or when.
    fn returns(&mut self, visit: u32, home: u32, family: &[(u32, u32)]) {
        let Some(&(person, _)) = family.first().filter(|_| home % 19 == 8) else {
            self.answer(visit, "", "return", "no", "", "");
            return;
        };
        let from = ["Nanjing", "Wuhan", "Zhangjiajie", "Guangzhou", "Yangzhou", "unknown"];
        let from = from[self.random.below(from.len())];
        let ago = self.random.below::<u32>(28);
        let on = match ago {
            0..27 => format!("2021-07-{:02}", 31 - ago),
            _ => String::new(),
        };
        let key = format!("p{person:04}");
        self.answer(visit, &key, "return", from, "", &on);
        if home % 57 == 8 {
            self.answer(visit, &key, "symptoms", "dry-cough", "", "2021-07-30");
        }
    }

    fn vaccination(&mut self, visit: u32, person: u32, born: u32) {
        let key = format!("p{person:04}");
        let share = self.random.below(100_u32);
        let (doses, vaccine, day) = match 2_021_u32.saturating_sub(born) {
            0..12 => return,
            12..18 if share < 40 => (1, "inactivated", 20 + share % 11),
            12..18 => (0, "", 0),
            60.. if share < 55 => (2, "inactivated", 1 + share % 28),
            60.. if share < 60 => (0, "contraindicated", 0),
            18..60 if share < 70 => (2, "inactivated", 1 + share % 28),
            18..60 if share < 75 => (1, "vector", 1 + share % 28),
            18..60 if share < 78 => (2, "subunit", 1 + share % 28),
            _ if share < 90 => (1, "inactivated", 1 + share % 28),
            _ if share == 99 => (1, "", 0),
            _ => (0, "", 0),
        };
        // Second doses of the spring, first doses of the early summer; those of the young in July.
        let month = match (doses, born) {
            (1, 2_004..) => 7,
            (1, _) => 5 + person % 3,
            _ => 4 + person % 2,
        };
        let last = if day == 0 { String::new() } else { format!("2021-{month:02}-{day:02}") };
        let doses = doses.to_string();
        let answer = if vaccine == "contraindicated" { vaccine } else { doses.as_str() };
        let vaccine = if vaccine == "contraindicated" { "" } else { vaccine };
        self.answer(visit, &key, "vaccination", answer, vaccine, &last);
    }

    /// What has changed by round 3: doses given on 4 August, and somebody new.
    fn third_round(&mut self, visit: u32, home: u32, family: &[(u32, u32)]) {
        if home == WITH_ONE_MORE
            && let Some(&(person, _)) = family.last()
        {
            self.answer(visit, &format!("p{person:04}"), "newcomer", "", "", "2021-08-04");
        }
        for &(person, born) in family {
            if (1_945..2_003).contains(&born) && person % 23 == 4 {
                let key = format!("p{person:04}");
                self.answer(visit, &key, "vaccination", "2", "inactivated", "2021-08-04");
            }
        }
    }

    fn answer(
        &mut self,
        visit: u32,
        person: &str,
        question: &str,
        answer: &str,
        vaccine: &str,
        day: &str,
    ) {
        let event = self.event();
        let _ =
            writeln!(self.answers, "{event},{visit},{person},{question},{answer},{vaccine},{day}");
    }

    /// What goes wrong in every survey: a record sent twice, one before the opening, a door asked twice, an outcome that
    /// was another, a visit that never was, a correction of nothing.
    fn slips(&mut self, day: u32) {
        let first = self.visits.lines().nth(1).unwrap_or_default().to_owned();
        let _ = writeln!(self.visits, "{first}");
        let done = |line: &&str| line.contains(",door,done,");
        let events: Vec<String> = self
            .visits
            .lines()
            .filter(done)
            .filter_map(|line| Some(line.split_once(',')?.0.to_owned()))
            .collect();
        let early = self.event();
        let at = [time(day, 0).replace("T08", "T07"), time(day, 500), time(day, 660)];
        let mut row = |event: u32, rest: String| {
            let _ = writeln!(self.visits, "{event},1,{rest}");
        };
        row(early, format!("h010,{},,r01,door,done,,,", at[0]));
        row(early + 1, format!("h012,{},,r02,door,done,,,", at[1]));
        row(early + 2, format!("h040,{},,r04,door,absent,2021-08-03,{},", at[1], events[39]));
        row(early + 3, format!("h055,{},,r05,,,,,{}", at[2], events[54]));
        row(early + 4, format!("h060,{},,r06,,,,,{}", at[2], 999_999));
        self.event = early + 4;
    }

    /// A record that came after the closing, two answers of one day that do not agree, a day that is still to come.
    fn last_slips(&mut self, day: u32) {
        let event = self.event();
        let (at, received) = (time(day, 800), time(day, 850));
        let _ = writeln!(self.visits, "{event},3,h005,{at},{received},r01,door,done,,,");
        let last_done = self.visits.lines().rfind(|line| line.contains(",3,h020,"));
        let visit = last_done.and_then(|line| line.split(',').next()?.parse().ok()).unwrap_or(0);
        let person = format!("p{:04}", self.families[20][0].0);
        self.answer(visit, &person, "return", "Nanjing", "", "2021-08-01");
        self.answer(visit, &person, "return", "Wuhan", "", "2021-08-01");
        self.answer(visit, &person, "symptoms", "fever", "", "2021-08-15");
    }
}
