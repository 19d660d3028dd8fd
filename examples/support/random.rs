//! The generator of all made-up data, in examples, benches and tests alike.

/// `SplitMix64` (Steele, Lea, Flood: *Fast Splittable Pseudorandom Number Generators*, OOPSLA 2014).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number from 0 up to, but not including, `end`, which is above 0.
    pub(crate) fn below<N: TryFrom<u64> + TryInto<u64>>(&mut self, end: N) -> N {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let end = end.try_into().ok().filter(|&end| end > 0).expect("a bound above 0");
        let number = (mixed ^ (mixed >> 31)) % end;
        number.try_into().ok().expect("a number below the bound fits in its type")
    }
}
