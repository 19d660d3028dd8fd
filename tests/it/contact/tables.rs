//! The example `trace` on small tables: what it writes, and what it says of bad rows.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;

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
        match example::work(&arguments) {
            Ok(()) => Ok(fs::read_to_string(self.0.join("out.csv")).unwrap()),
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
        "person,tier,first_exposure,earliest,source,place\n\
         10,0,0,0,,\n9,1,0,0,10,home\n007,1,0,0,10,home\nal,1,0,0,10,home\n"
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
        "person,tier,first_exposure,earliest,source,place\n\
         10,0,1970-01-01T00:00:00Z,1970-01-01T00:00:00Z,,\n\
         2,1,1970-01-01T00:00:05Z,1970-01-01T00:00:05Z,10,\n"
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
        text.unwrap().lines().skip(2).collect::<Vec<_>>().join(" ")
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

#[test]
fn bad_rows_are_told_by_file_line_and_reason() {
    let rows = "person,place,start,end\n1,h,5,9\n\n,h,1,2\n1,,1,2\n1,h,\"\nx\",3\n1,h,1\n1,h,9,2\n";
    for ends in ["\n", "\r\n"] {
        let folder = Folder::new(&format!("bad{}", ends.len()))
            .with("v.csv", &rows.replace('\n', ends))
            .with("c.csv", &"person,from,until\n1,0,\n1,y,\n".replace('\n', ends));
        let told = folder.trace("--visits v.csv --cases c.csv").unwrap_err();
        let wrong = "not a time: expected whole seconds or RFC 3339";
        let told: Vec<_> =
            told.lines().filter(|line| !line.is_empty() && !line.starts_with('x')).collect();
        assert_eq!(told[0], "v.csv:4: no person");
        assert_eq!(told[1], "v.csv:5: no place");
        assert!(told[2].starts_with("v.csv:6: start `"), "{}", told[2]);
        assert_eq!(told[3], "v.csv:8: 3 cells under a header of 4");
        assert_eq!(told[4], format!("c.csv:3: from `y`: {wrong}"));
        assert_eq!(told[5], "5 problem(s) in the tables, nothing was traced");
    }
}

#[test]
fn refused_rows_are_told_by_their_lines_too() {
    let folder = Folder::new("refused")
        .with("v.csv", "person,place,start,end\n\n1,h,5,5\n1,h,0,9223372036854775807")
        .with("l.csv", "a,b,start,end\n1,2,0,0\n2,2,0,0\n1,2,4,3\n")
        .with("c.csv", "person,from,until\n1,0,\n\n3,5,5\n1,6,\n");
    let told = folder.trace("--visits v.csv --links l.csv --cases c.csv").unwrap_err();
    let lines: Vec<_> = told.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(lines[..4], ["v.csv:3", "v.csv:4", "l.csv:3", "l.csv:4"], "{told}");
    let only_links = Folder(folder.0.clone()).with("l.csv", "a,b,start,end\n1,2,0,0\n");
    let told = only_links.trace("--links l.csv --cases c.csv").unwrap_err();
    let lines: Vec<_> = told.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(lines[..2], ["c.csv:4", "c.csv:5"], "{told}");
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
    assert!(told("--visits c.csv --cases c.csv").starts_with("c.csv:1: no column `place`"));
    assert!(told("--cases c.csv").contains("--visits"));
    let header = "person,tier,first_exposure,earliest,source,place\n";
    assert_eq!(folder.trace("--visits header.csv --cases none.csv").unwrap(), header);
    let alone = format!("{header}10,0,0,0,,\n");
    assert_eq!(folder.trace("--visits header.csv --cases c.csv").unwrap(), alone);
}
