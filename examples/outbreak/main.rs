//! quick
mod generate;
mod investigation;
mod scenario;
mod tables;
use std::time::Instant;
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let t = Instant::now();
    let tables = tables::Tables::read()?;
    let city = scenario::City::new(&tables)?;
    println!("{:?} {:?} {}", t.elapsed(), city.population, city.linked.len());
    for tier in epitier::network::Tier::ALL { println!("{tier} {}", city.network().members(city.unit("421100")?, tier).len()); }
    for u in ["421122","421122-seat","yjh","meiyuan","beimengang"] { let u = city.unit(u)?; println!("{} {} {}", city.name(u), city.population.household_count(u), city.population.resident_count(u)); }
    let t = Instant::now();
    let records = scenario::Records::new(&tables, &city)?;
    println!("{:?}", t.elapsed());
    let t = Instant::now();
    let index = records.index(records.visits())?;
    println!("{:?} {}", t.elapsed(), index.visit_count());
    let t = Instant::now();
    let train = investigation::same_train(&tables, &city, &records)?;
    println!("{:?} {:?}", train.contacts.len(), train.households.len());
    let source = investigation::source(&tables, &city, &index)?;
    println!("{} {:?}", source.met, source.exposures);
    let inq = investigation::Inquiry::new(&tables, &city, &index, &source)?;
    let trace = inq.trace(investigation::protocol(), true)?;
    println!("{:?}", trace.people_by_tier());
    for v in investigation::variants(&inq)? { println!("{} {:?}", v.rule, v.tiers); }
    for t in 1..3 { println!("{:?}", investigation::tally(trace.in_tier(t), |p| records.places.name(p.place))); }
    for row in &tables.people { let p = city.person(&row.person)?; let traced = trace.get(p).is_some(); if traced == row.note.starts_with("not a") || (!traced && row.household.is_some() && !row.note.starts_with("not a")) { println!("{} {} {:?}", row.person, row.note, trace.get(p)); } }
    println!("{:?}", t.elapsed());
    Ok(())
}
