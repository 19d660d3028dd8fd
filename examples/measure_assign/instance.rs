//! An instance as the assignment harness writes it.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;

use epitier::solver::transport::{Problem, Sink};

use crate::solve::MAGIC;

/// What an unassigned unit weighs for peers that know no levels.
const UNASSIGNED: i64 = 1_000_000;

/// What a unit below the minimum weighs for them, by level.
const SHORTFALL: [i64; 3] = [6_000_000, 4_000_000, 2_000_000];

/// Workers with supplies, posts, and the cost of every eligible pair.
#[derive(Clone)]
pub(crate) struct Instance {
    pub(crate) supply: Vec<i64>,
    pub(crate) posts: Vec<Sink>,
    /// The pairs of each worker: posts in ascending order, and costs.
    pub(crate) pairs: Vec<Vec<(u32, i64)>>,
}

impl Instance {
    /// A problem whose arcs can carry whatever their ends can.
    pub(crate) fn of(problem: &Problem) -> Self {
        let mut pairs = vec![Vec::new(); problem.supplies().len()];
        for arc in problem.arcs() {
            pairs[arc.source as usize].push((arc.sink, arc.cost));
        }
        for row in &mut pairs {
            row.sort_unstable();
        }
        Self { supply: problem.supplies().to_vec(), posts: problem.sinks().to_vec(), pairs }
    }

    pub(crate) fn write(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
        let count = |rows: usize| i64::try_from(rows);
        let pairs = self.pairs.iter().map(Vec::len).sum::<usize>();
        let units: i64 = self.supply.iter().sum();
        let header = [
            MAGIC,
            count(self.supply.len())?,
            count(self.posts.len())?,
            count(pairs)?,
            UNASSIGNED,
            count(SHORTFALL.len())?,
            units,
            0,
        ];
        let mut first = vec![0];
        for row in &self.pairs {
            first.push(first[first.len() - 1] + count(row.len())?);
        }
        let wide = |numbers: &[i64], out: &mut BufWriter<File>| {
            numbers.iter().try_for_each(|number| out.write_all(&number.to_le_bytes()))
        };
        let narrow = |number: i64, out: &mut BufWriter<File>| -> Result<(), Box<dyn Error>> {
            Ok(out.write_all(&i32::try_from(number)?.to_le_bytes())?)
        };
        wide(&header, &mut out)?;
        wide(&SHORTFALL, &mut out)?;
        self.supply.iter().try_for_each(|&units| narrow(units, &mut out))?;
        self.posts.iter().try_for_each(|post| narrow(post.min, &mut out))?;
        self.posts.iter().try_for_each(|post| narrow(post.max, &mut out))?;
        self.posts.iter().try_for_each(|post| narrow(post.class.into(), &mut out))?;
        wide(&first, &mut out)?;
        self.pairs.iter().flatten().try_for_each(|pair| narrow(pair.0.into(), &mut out))?;
        self.pairs.iter().flatten().try_for_each(|pair| narrow(pair.1, &mut out))?;
        Ok(out.flush()?)
    }
}

/// The workers, posts and pairs of a file.
pub(crate) fn size(path: &Path) -> Result<[u32; 3], Box<dyn Error>> {
    let mut header = [0; 32];
    File::open(path)?.read_exact(&mut header)?;
    let [workers, posts, pairs] = [8, 16, 24].map(|at| {
        let bytes = header[at..at + 8].try_into().unwrap_or_default();
        u32::try_from(i64::from_le_bytes(bytes))
    });
    Ok([workers?, posts?, pairs?])
}
