//! The words of the matrix, explained.

use super::matrix::{Matrix, Verb};
use super::reach::Reach;

impl Matrix {
    /// Every word that occurs in it, in the order of [`Reach::ALL`].
    pub fn words(&self) -> Vec<Reach> {
        let cells: Vec<_> = self
            .relations
            .iter()
            .flat_map(|relation| &relation.cells)
            .collect();
        let occurs = |reach: &Reach| {
            let mut words = cells
                .iter()
                .flat_map(|cell| Verb::ALL.map(|verb| cell.reach(verb)));
            words.any(|word| word == *reach)
        };
        Reach::ALL.into_iter().filter(occurs).collect()
    }
}

impl Reach {
    /// All of them.
    pub const ALL: [Reach; 11] = [
        Reach::All,
        Reach::Own,
        Reach::Others,
        Reach::Part,
        Reach::None,
        Reach::Denied,
        Reach::ReadOnly,
        Reach::Trigger,
        Reach::Missing,
        Reach::Broken,
        Reach::Untried,
    ];

    /// What the word means.
    pub fn meaning(self) -> &'static str {
        match self {
            Reach::All => "every row",
            Reach::Own => "own rows only",
            Reach::Others => "rows of others only",
            Reach::Part => "some rows, by another rule",
            Reach::None => "no policy lets a row through",
            Reach::Denied => "no grant",
            Reach::ReadOnly => "a view that cannot be written",
            Reach::Trigger => "a trigger refuses",
            Reach::Missing => "not known to the API",
            Reach::Broken => "the policies fail",
            Reach::Untried => "it could not be tried",
        }
    }
}
