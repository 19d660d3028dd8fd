//! The modules form a stack: nobody reaches up, and dependencies stay where they belong.

use std::fs;
use std::path::{Path, PathBuf};

/// Each module with the modules that it may use besides itself, from the ground up.
const MAY_USE: &[(&str, &[&str])] = &[
    ("error", &["watch"]),
    ("watch", &[]),
    ("format", &[]),
    ("id", &["format"]),
    ("interval", &[]),
    ("solver", &["error", "format", "watch"]),
    ("network", &["error", "format", "id", "interval"]),
    ("population", &["error", "format", "id", "interval", "network", "watch"]),
    ("contact", &["error", "format", "id", "interval", "network", "population", "watch"]),
    (
        "dispatch",
        &[
            "contact",
            "error",
            "format",
            "id",
            "interval",
            "network",
            "population",
            "solver",
            "watch",
        ],
    ),
    (
        "campaign",
        &[
            "contact",
            "dispatch",
            "error",
            "format",
            "id",
            "interval",
            "network",
            "population",
            "watch",
        ],
    ),
];

/// Dependencies that one module keeps to itself.
const ONLY_IN: &[(&str, &str)] = &[("petgraph", "network"), ("chrono", "interval")];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The files of a module: `src/<module>.rs` and everything below `src/<module>/`.
fn files(module: &str) -> Vec<PathBuf> {
    let mut found = vec![source().join(format!("{module}.rs"))];
    let mut folders = vec![source().join(module)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

/// The lines of a file that are code.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The names that follow each `crate::` in a text.
fn modules_used(text: &str) -> Vec<&str> {
    text.split("crate::")
        .skip(1)
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap())
        .collect()
}

#[test]
fn no_module_reaches_up() {
    let mut looked_at = 0;
    for (module, allowed) in MAY_USE {
        for file in files(module) {
            for used in modules_used(&code(&file)) {
                let fine = used == *module || allowed.contains(&used);
                assert!(fine, "{} uses crate::{used}", file.display());
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 20, "the test must see the code, saw {looked_at} uses");
}

#[test]
fn every_module_stands_in_the_stack() {
    for entry in fs::read_dir(source()).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let known = module == "lib" || MAY_USE.iter().any(|(name, _)| *name == module);
        assert!(known, "src/{module} is not in the table of this test");
    }
}

#[test]
fn petgraph_and_chrono_stay_at_home() {
    for (dependency, home) in ONLY_IN {
        for (module, _) in MAY_USE {
            // A fixed offset from UTC is the one type of chrono that signatures elsewhere show.
            let stray = files(module).into_iter().find(|file| {
                code(file).replace("chrono::FixedOffset", "").contains(&format!("{dependency}::"))
            });
            assert!(module == home || stray.is_none(), "{stray:?} names {dependency}");
        }
    }
}
