//! Two published outbreaks, with their known answers.

use super::*;
use crate::support::shared_data;

type Record = BTreeMap<String, String>;

fn records(file: &str) -> Option<Vec<Record>> {
    let mut reader = csv::Reader::from_path(shared_data(file)?).unwrap();
    Some(reader.deserialize().map(Result::unwrap).collect())
}

/// One resident of household `household` in each record, households in the buildings that `building`
/// names, buildings in the compounds that `compound` names, all in one community.
fn settle(
    records: &[Record],
    compound: impl Fn(&Record) -> String,
    building: impl Fn(&Record) -> String,
    household: &str,
) -> Population {
    let number = |record: &Record, field: &str| record[field].parse().unwrap();
    let compounds: BTreeSet<String> = records.iter().map(&compound).collect();
    let buildings: BTreeMap<String, String> =
        records.iter().map(|record| (building(record), compound(record))).collect();
    let network =
        NetworkBuilder::new()
            .units(branch("place").take(3))
            .units(
                compounds
                    .iter()
                    .map(|code| UnitRow::new(code, "Compound", Tier::Compound).under("place2")),
            )
            .units(buildings.iter().map(|(code, compound)| {
                UnitRow::new(code, "House", Tier::Building).under(compound)
            }))
            .build()
            .unwrap();
    let homes: BTreeMap<u32, UnitId> = records
        .iter()
        .map(|record| (number(record, household), network.unit(&building(record)).unwrap()))
        .collect();
    let homes: Vec<Household> =
        homes.into_iter().map(|(id, unit)| Household::new(HouseholdId::new(id), unit)).collect();
    let people: Vec<Resident> = records
        .iter()
        .map(|record| {
            let home = HouseholdId::new(number(record, household));
            Resident::new(PersonId::new(number(record, "case_ID")), home)
        })
        .collect();
    build(&network, &homes, &people)
}

#[test]
fn measles_in_hagelloch_by_house_household_and_class() {
    let Some(records) = records("measles/cases.csv") else { return };
    let house = |record: &Record| format!("house {} {}", record["x_loc"], record["y_loc"]);
    let population = settle(&records, |_| "hagelloch".to_owned(), house, "family_ID");
    let network = population.network();
    let root = network.unit("place0").unwrap();
    assert_eq!(population.resident_count(root), 188);
    assert_eq!(population.household_count(root), 69);
    let houses = network.members(root, Tier::Building);
    assert_eq!(houses.len(), 56);
    let several = houses.iter().filter(|&&house| population.household_count(house) > 1).count();
    assert_eq!(several, 12);
    assert_eq!(population.buildings_without_lead(root).count(), 56);

    // People per house and class, rolled up; the columns of the file say the same.
    let mut by_class = vec![[0u64; 3]; network.len()];
    let mut in_file: BTreeMap<(String, usize), u64> = BTreeMap::new();
    for record in &records {
        let class: usize = record["class"].parse().unwrap();
        let person = PersonId::new(record["case_ID"].parse().unwrap());
        by_class[population.building_of(person).unwrap().index()][class] += 1;
        *in_file.entry((house(record), class)).or_default() += 1;
    }
    let mut total = 0;
    for class in 0..3 {
        let values: Vec<u64> = by_class.iter().map(|counts| counts[class]).collect();
        let sums = network.roll_up(&values).unwrap();
        for &house in houses {
            let code = network.code(house).unwrap().to_owned();
            let counted = in_file.get(&(code, class)).copied().unwrap_or_default();
            assert_eq!(sums[house.index()], counted);
        }
        assert_eq!(sums[root.index()], [90, 30, 68][class]);
        total += sums[root.index()];
    }
    assert_eq!(total, 188);
    for record in &records {
        let home = HouseholdId::new(record["family_ID"].parse().unwrap());
        let family = records.iter().filter(|other| other["family_ID"] == record["family_ID"]);
        assert_eq!(population.members(home).count(), family.count());
    }
}

#[test]
fn smallpox_in_abakaliki_by_compound() {
    let Some(records) = records("smallpox/cases.csv") else { return };
    let compound = |record: &Record| format!("compound {}", record["compound"]);
    let house = |record: &Record| format!("house {}", record["compound"]);
    let population = settle(&records, compound, house, "compound");
    let network = population.network();
    let root = network.unit("place0").unwrap();
    let compounds = network.members(root, Tier::Compound);
    let people: Vec<usize> =
        compounds.iter().map(|&unit| population.resident_count(unit)).collect();
    assert_eq!(people, [13, 8, 1, 2, 4, 1, 1, 1, 1]);
    assert_eq!(population.resident_count(root), 32);
}
