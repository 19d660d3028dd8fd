//! The example `trace` on small tables: what it writes, and what it says of bad rows.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::Parser as _;
use epitier::{Progress, Watch};

#[expect(dead_code, reason = "the test calls what `main` calls")]
#[path = "../../../examples/trace/main.rs"]
mod example;

/// A folder of one test, with its tables.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn with(self, file: &str, text: &str) -> Self {
        fs::write(self.0.join(file), text).unwrap();
        self
    }

    /// Runs the example in this folder; the traced people, or what it complained about.
    fn trace(&self, arguments: &str) -> Result<String, String> {
        self.trace_watched(arguments, &())
    }

    fn trace_watched(&self, arguments: &str, watch: &dyn Watch) -> Result<String, String> {
        let arguments = arguments.split_whitespace().map(|word| {
            if Path::new(word).extension().is_some() {
                self.0.join(word).display().to_string()
            } else {
                word.to_owned()
            }
        });
        let out = self.0.join("out.csv").display().to_string();
        let all =
            ["trace".to_owned()].into_iter().chain(arguments).chain(["--out".to_owned(), out]);
        let arguments = example::Arguments::try_parse_from(all).map_err(|e| e.to_string())?;
        match example::work(&arguments, watch) {
            Ok(_) => Ok(fs::read_to_string(self.0.join("out.csv")).unwrap()),
            Err(failure) => Err(failure.to_string().replace(&format!("{}/", self.0.display()), "")),
        }
    }
}

const CASES: &str = "person,from,until\n10,0,\n";

#[test]
fn numbers_sort_as_numbers_and_before_text() {
    let folder = Folder::new("keys").with("c.csv", CASES).with(
        "v.csv",
        "place,person,start,end,remark\nhome,10,0,9,\nhome,9,0,9,x\nhome,al,0,9,\nhome,007,0,9,\n",
    );
    assert_eq!(
        folder.trace("--visits v.csv --cases c.csv").unwrap(),
        "person,tier,first_exposure,earliest,source,place,reason\n\
         10,0,0,0,,,index-case\n9,1,0,0,10,home,shared-place\n007,1,0,0,10,home,shared-place\n\
         al,1,0,0,10,home,shared-place\n"
    );
}

#[test]
fn times_are_written_as_they_were_read() {
    let folder = Folder::new("times").with("c.csv", CASES).with(
        "l.csv",
        "a,b,start,end,one_way\n10,2,1970-01-01T01:00:05+01:00,5,true\n3,10,6,6,true\n",
    );
    assert_eq!(
        folder.trace("--links l.csv --cases c.csv").unwrap(),
        "person,tier,first_exposure,earliest,source,place,reason\n\
         10,0,1970-01-01T00:00:00Z,1970-01-01T00:00:00Z,,,index-case\n\
         2,1,1970-01-01T00:00:05Z,1970-01-01T00:00:05Z,10,,direct-contact\n"
    );
}

#[test]
fn every_option_reaches_the_protocol() {
    let links = "a,b,start,end\n1,2,0,50\n2,3,20,20\n2,3,40,40\n";
    let visits = "person,place,start,end\n1,p,0,10\n4,p,12,30\n";
    let cases = "person,from,until\n1,5,60\n";
    let folder =
        Folder::new("options").with("l.csv", links).with("v.csv", visits).with("c.csv", cases);
    let trace = |options: &str| {
        let text = folder.trace(&format!("--visits v.csv --links l.csv --cases c.csv {options}"));
        let text = text.unwrap();
        let rows = text.lines().skip(2).filter_map(|row| row.rsplit_once(','));
        rows.map(|(row, _reason)| row).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(trace(""), "2,1,5,5,1, 3,2,20,20,2,");
    assert_eq!(trace("--tiers 1"), "2,1,5,5,1,");
    assert_eq!(trace("--tiers 0"), "");
    assert_eq!(trace("--lag 5 --tiers all"), "2,1,5,5,1, 4,1,12,12,1,p 3,2,20,20,2,");
    assert_eq!(trace("--latency 16"), "2,1,5,5,1, 3,2,40,40,2,");
    assert_eq!(trace("--min-overlap 1"), "2,1,5,5,1,");
    assert_eq!(trace("--min-overlap 46"), "");
    assert_eq!(trace("--backward --repeat 2 --threads 1"), "2,1,49,49,1, 3,2,40,40,2,");
    trace("--stats s.json --repeat 3");
    let stats = fs::read_to_string(folder.0.join("s.json")).unwrap();
    let stats: serde_json::Value = serde_json::from_str(&stats).unwrap();
    assert_eq!(stats["rows"], 6);
    assert_eq!(stats["people_per_tier"], serde_json::json!([1, 1, 1]));
    for key in ["read_s", "build_s", "trace_s", "index_bytes"] {
        assert!(stats[key].as_f64().unwrap() > 0.0, "{key}");
    }
}

/// One and 2 share two short stays, 1 and 3 a home but in turn at first, 1 and 4 a long stay.
#[test]
fn households_sums_and_published_protocols() {
    let folder = Folder::new("rules")
        .with("c.csv", "person,from,until\n1,0,\n")
        .with("h.csv", "person,household,from,until\n1,x,,500\n3,x,300,\n")
        .with(
            "v.csv",
            "person,place,start,end\n1,p,0,600\n2,p,0,600\n1,p,2000,2300\n2,p,2000,2300\n\
             1,q,5000,6000\n4,q,5000,6000\n5,q,5500,6500\n",
        );
    let trace = |options: &str| {
        let told = folder.trace(&format!("--visits v.csv --cases c.csv {options}"));
        told.map(|text| text.lines().skip(2).collect::<Vec<_>>().join(" "))
    };
    let four = "4,1,5000,5000,1,q,shared-place";
    let two = "2,1,0,0,1,,cumulative";
    let three = "3,1,300,300,1,,household";
    let who = trace("--protocol who-2021-02").unwrap();
    assert_eq!(who, four);
    assert_eq!(trace("--protocol us-cdc-2020-10").unwrap(), format!("{two} {four}"));
    let sum = "--protocol who-2021-02 --cumulative 900 --within";
    assert_eq!(trace(&format!("{sum} 2300")).unwrap(), format!("{two} {four}"));
    assert_eq!(trace(&format!("{sum} 2299")).unwrap(), who);
    let overridden = trace("--protocol us-cdc-2020-10 --cumulative 901 --within 86400").unwrap();
    assert_eq!(overridden, four);
    let short = "--protocol who-2021-02 --min-overlap 200 --households h.csv";
    let all = "2,1,0,0,1,p,shared-place 3,1,300,300,1,,household \
               4,1,5000,5000,1,q,shared-place 5,1,5500,5500,1,q,shared-place";
    assert_eq!(trace(short).unwrap(), all);
    for chinese in ["cn-8th-2021-05", "cn-9th-2022-06"] {
        assert_eq!(trace(&format!("--protocol {chinese} --households h.csv")).unwrap(), all);
    }
    assert_eq!(trace("--min-overlap 601 --tiers 1 --households h.csv").unwrap(), four);
    let alone = folder.trace("--households h.csv --cases c.csv").unwrap();
    assert!(alone.ends_with(&format!(",index-case\n{three}\n")), "{alone}");
    let wrong = trace("--cumulative 61 --within 60").unwrap_err();
    assert_eq!(wrong, "--cumulative, --within: 61 s within 60 s: expected 0 < seconds <= within");
    assert!(trace("--cumulative 60").unwrap_err().contains("--within"));
    assert!(trace("--protocol who").unwrap_err().contains("who-2021-02"));

    let folder = folder.with("h.csv", "household,person,until,from\nx,1,,\ny,1,,\nx,3,9,9\n");
    let told = folder.trace("--households h.csv --cases c.csv").unwrap_err();
    let expected = [
        "h.csv:3: this person has another household in a row before",
        "h.csv:4: until is not after from",
    ];
    let mut lines: Vec<_> = told.lines().take(2).collect();
    lines.sort_unstable();
    assert_eq!(lines, expected);
}

#[test]
fn bad_rows_are_told_by_file_line_and_reason() {
    let rows = "person,place,start,end\n1,h,5,9\n\n,h,1,2\n1,,1,2\n1,h,\"\nx\",3\n1,\"\",\"\n\"\n1,h,9,2\n";
    for ends in ["\n", "\r\n"] {
        let folder = Folder::new(&format!("bad{}", ends.len()))
            .with("v.csv", &rows.replace('\n', ends))
            .with("c.csv", &"person,from,until\n1,0,\n1,y,\n".replace('\n', ends));
        let told = folder.trace("--visits v.csv --cases c.csv").unwrap_err();
        let wrong = "not a time: expected whole seconds or RFC 3339";
        let ends = ends.escape_debug();
        let expected = [
            "v.csv:4: no person".to_owned(),
            "v.csv:5: no place".to_owned(),
            format!("v.csv:6: start \"{ends}x\": {wrong}"),
            "v.csv:8: 3 cells under a header of 4".to_owned(),
            format!("c.csv:3: from \"y\": {wrong}"),
            "5 problem(s) in the tables, nothing was traced".to_owned(),
        ];
        assert_eq!(told.lines().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_quote_that_is_never_closed_swallows_nothing_unseen() {
    let folder = Folder::new("quote").with("c.csv", CASES);
    for rows in ["10,h,0,9,\"x\n2,h,0,9,y\n", "10,h,0,9,\"x\n2,h,0,9,y", "10,h,0,9,\""] {
        let folder =
            Folder(folder.0.clone()).with("v.csv", &format!("person,place,start,end,note\n{rows}"));
        let told = folder.trace("--visits v.csv --cases c.csv").unwrap_err();
        assert!(told.starts_with("v.csv:2: a quote is never closed\n"), "{told}");
    }
    let header = Folder(folder.0.clone()).with("v.csv", "person,\"place,start,end\n10,h,0,9\n");
    let told = header.trace("--visits v.csv --cases c.csv").unwrap_err();
    assert!(told.contains("v.csv:1: a quote is never closed\n"), "{told}");
    let closed = "person,place,start,end,note\n10,h,0,9,\"x\n\"\n2,h,0,9,\"y\n\"";
    let folder = folder.with("v.csv", closed);
    assert!(
        folder
            .trace("--visits v.csv --cases c.csv")
            .unwrap()
            .contains("\n2,1,0,0,10,h,shared-place\n")
    );
}

#[test]
fn refused_rows_are_told_by_their_lines_too() {
    let folder = Folder::new("refused")
        .with("v.csv", "person,place,start,end\n\n1,h,5,5\n1,h,0,9223372036854775807")
        .with("l.csv", "a,b,start,end\n1,2,0,0\n2,2,0,0\n1,2,4,3\n")
        .with("c.csv", "person,from,until\n1,0,\n\n3,5,5\n1,6,\n");
    let told = folder.trace("--visits v.csv --links l.csv --cases c.csv").unwrap_err();
    let expected = [
        "v.csv:3: end is not after start",
        "v.csv:4: ends over 123 years after the earliest start of all rows",
        "l.csv:3: a and b are the same",
        "l.csv:4: end is before start",
    ];
    assert_eq!(told.lines().take(4).collect::<Vec<_>>(), expected);
    let only_links = Folder(folder.0.clone()).with("l.csv", "a,b,start,end\n1,2,0,0\n");
    let told = only_links.trace("--links l.csv --cases c.csv").unwrap_err();
    let expected = [
        "c.csv:4: until is not after from",
        "c.csv:5: this person is a case in another row already",
    ];
    assert_eq!(told.lines().take(2).collect::<Vec<_>>(), expected);
}

#[test]
fn missing_files_columns_and_rows() {
    let folder = Folder::new("missing")
        .with("empty.csv", "")
        .with("header.csv", "person,place,start,end\n")
        .with("c.csv", CASES)
        .with("none.csv", "person,from,until\n");
    let told = |arguments: &str| folder.trace(arguments).unwrap_err();
    assert!(told("--visits nowhere.csv --cases c.csv").starts_with("nowhere.csv: No such file"));
    assert!(
        told("--visits empty.csv --cases c.csv").starts_with("empty.csv:1: no column `person`")
    );
    let columns =
        "c.csv:1: no column `place`\nc.csv:1: no column `start`\nc.csv:1: no column `end`\n";
    assert!(told("--visits c.csv --cases c.csv").starts_with(columns));
    let twice = Folder(folder.0.clone()).with("twice.csv", "person,person,from,until\n1,2,3,4\n");
    let told_twice = twice.trace("--visits header.csv --cases twice.csv").unwrap_err();
    assert!(told_twice.starts_with("twice.csv:1: column `person` twice\n"), "{told_twice}");
    assert!(told("--cases c.csv").contains("--visits"));
    let header = "person,tier,first_exposure,earliest,source,place,reason\n";
    assert_eq!(folder.trace("--visits header.csv --cases none.csv").unwrap(), header);
    let alone = format!("{header}10,0,0,0,,,index-case\n");
    assert_eq!(folder.trace("--visits header.csv --cases c.csv").unwrap(), alone);
}

/// Notes the stages that it sees and cancels in one of them.
struct Stopping {
    at: Option<&'static str>,
    seen: Mutex<Vec<&'static str>>,
}

impl Stopping {
    fn at(at: Option<&'static str>) -> Self {
        Self { at, seen: Mutex::default() }
    }
}

impl Watch for Stopping {
    fn progress(&self, progress: Progress) {
        self.seen.lock().unwrap().push(progress.stage);
    }

    fn is_cancelled(&self) -> bool {
        self.at.is_some_and(|at| self.seen.lock().unwrap().contains(&at))
    }
}

#[test]
fn a_cancelled_run_leaves_the_files_as_they_were() {
    let folder = Folder::new("cancelled")
        .with("v.csv", "person,place,start,end\n10,h,0,9\n9,h,0,9\n")
        .with("c.csv", CASES)
        .with("s.json", "before");
    let arguments = "--visits v.csv --cases c.csv --stats s.json";
    let calm = Stopping::at(None);
    folder.trace_watched(arguments, &calm).unwrap();
    let stages = calm.seen.into_inner().unwrap();
    assert!(stages.contains(&"trace") && stages.contains(&"write people"), "{stages:?}");
    // After the last step of a build or a trace nothing is left to cancel there; the next step notices.
    for stage in stages {
        let folder = Folder(folder.0.clone()).with("out.csv", "old").with("s.json", "before");
        let stopping = Stopping::at(Some(stage));
        assert_eq!(folder.trace_watched(arguments, &stopping).unwrap_err(), "cancelled", "{stage}");
        let mut files: Vec<_> =
            fs::read_dir(&folder.0).unwrap().map(|f| f.unwrap().path()).collect();
        files.sort();
        let names: Vec<_> = files.iter().map(|file| file.file_name().unwrap()).collect();
        assert_eq!(names, ["c.csv", "out.csv", "s.json", "v.csv"], "{stage}");
        assert_eq!(fs::read_to_string(&files[1]).unwrap(), "old", "{stage}");
        assert_eq!(fs::read_to_string(&files[2]).unwrap(), "before", "{stage}");
    }
}
