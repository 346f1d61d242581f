//! Pseudo-random numbers, the same on every run.

/// A SplitMix64 generator.
#[derive(Debug)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, but not including, 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        f64::from(self.below(u32::MAX)) / f64::from(u32::MAX)
    }

    /// A number from 0 to `bound` - 1. `bound` must not be 0.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        // The remainder is smaller than `bound`, so it fits.
        u32::try_from(self.next() % u64::from(bound)).unwrap_or_default()
    }

    pub(crate) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        let index = self.next() % choices.len() as u64;
        choices[usize::try_from(index).unwrap_or_default()]
    }

    /// `value`, or nothing in one of five cases.
    pub(crate) fn maybe<T>(&mut self, value: T) -> Option<T> {
        (self.below(5) != 0).then_some(value)
    }

    /// One of `choices`, or nothing in one of five cases.
    pub(crate) fn maybe_pick<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        let choice = self.pick(choices);
        self.maybe(choice)
    }
}
