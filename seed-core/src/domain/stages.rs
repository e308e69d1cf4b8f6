//! The pipeline: which deal is in which stage, and where on the board.

use crate::spec::Pipeline;
use crate::stream::ColumnStream;

/// Stages that we know: status and probability in percent.
pub(crate) const KNOWN: &[(&str, &str, i64)] = &[
    ("new_lead", "open", 10),
    ("initial_outreach", "open", 20),
    ("sample_visit_offered", "open", 30),
    ("awaiting_response", "stalled", 25),
    ("feedback_logged", "open", 50),
    ("demo_scheduled", "open", 70),
    ("closed_won", "won", 100),
    ("closed_lost", "lost", 0),
];

/// Words of stages that say how a deal ended, or that it rests; all others are open.
const WON: &[&str] = &["won", "closedwon", "dealwon"];
/// Names that say that it was won only where they are all of it.
const BOUGHT: &[&str] = &["customer", "signed", "contractsigned"];
const LOST: &[&str] = &[
    "lost",
    "closedlost",
    "deallost",
    "rejected",
    "disqualified",
    "unqualified",
    "abandoned",
];
const STALLED_WORDS: &[&str] = &[
    "delayed",
    "onhold",
    "hold",
    "stalled",
    "paused",
    "dormant",
    "postponed",
    "deferred",
    "awaitingresponse",
];
/// Percent of a stage that rests, and of the first and the last that is open.
const STALLED: i64 = 25;
const FIRST: i64 = 10;
const LAST: i64 = 80;

/// A stage of the pipeline with what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stage {
    pub name: String,
    pub status: &'static str,
    pub probability: i64,
}

impl Stage {
    pub fn is_closed(&self) -> bool {
        matches!(self.status, "won" | "lost")
    }
}

/// Stages dealt out in a fixed sequence that repeats, in which early stages come more often than late ones.
///
/// Any stretch of it holds the stages in about their shares, and the rank of a deal within its stage is arithmetic.
#[derive(Debug)]
pub(crate) struct Stages {
    pub list: Vec<Stage>,
    sequence: Vec<(usize, u64)>,
    in_sequence: Vec<u64>,
}

impl Stages {
    /// The stages that were asked for.
    pub fn new(seed: u64, pipeline: &Pipeline) -> Self {
        let list = pipeline.stages.iter().map(|name| stage(name, pipeline)).collect();
        Self::deal(seed, list, &pipeline.default_stage)
    }

    /// Stages that the database names, understood by their words.
    pub fn of_database(seed: u64, pipeline: &Pipeline) -> Self {
        Self::deal(seed, by_meaning(&pipeline.stages), &pipeline.default_stage)
    }

    fn deal(seed: u64, list: Vec<Stage>, favourite: &str) -> Self {
        let count = list.len() as u64;
        let mut weights: Vec<u64> = (0..count).map(|index| count + 1 - index).collect();
        if let Some(favourite) = list.iter().position(|stage| stage.name == favourite) {
            weights[favourite] = count + 2;
        }
        let mut order = spread(&weights);
        let turn = ColumnStream::new(seed, "opportunities", "stage")
            .at(0)
            .below(order.len() as u64);
        order.rotate_left(turn as usize);
        let mut dealt = vec![0; list.len()];
        let sequence = order
            .into_iter()
            .map(|stage| {
                dealt[stage] += 1;
                (stage, dealt[stage] - 1)
            })
            .collect();
        Self {
            list,
            sequence,
            in_sequence: dealt,
        }
    }

    /// The stage of the deal `number`, and its rank among the deals of that stage.
    pub fn place(&self, number: u64) -> (&Stage, u64) {
        let period = self.sequence.len() as u64;
        let (stage, rank) = self.sequence[(number % period) as usize];
        (
            &self.list[stage],
            number / period * self.in_sequence[stage] + rank,
        )
    }
}

fn stage(name: &str, pipeline: &Pipeline) -> Stage {
    let known = KNOWN.iter().find(|(known, ..)| *known == name);
    let (status, probability) = known.map_or(
        ("open", i64::from(pipeline.default_probability)),
        |(_, status, percent)| (status, *percent),
    );
    Stage {
        name: name.to_owned(),
        status,
        probability,
    }
}

/// What follows from the words of stages: those that are open go from [`FIRST`] to [`LAST`] percent by their order.
fn by_meaning(names: &[String]) -> Vec<Stage> {
    let status = |name: &String| status_of(name);
    let open = names.iter().filter(|name| status(name) == "open").count() as i64;
    let mut rank = 0;
    let stage = |name: &String| {
        let status = status(name);
        let probability = match status {
            "won" => 100,
            "lost" => 0,
            "stalled" => STALLED,
            _ => {
                rank += 1;
                FIRST + (LAST - FIRST) * (rank - 1) / (open - 1).max(1)
            }
        };
        Stage {
            name: name.clone(),
            status,
            probability,
        }
    };
    names.iter().map(stage).collect()
}

/// Whether deals of a stage of that name are open.
pub(crate) fn means_open(stage: &str) -> bool {
    status_of(stage) == "open"
}

fn status_of(stage: &str) -> &'static str {
    let words: Vec<String> = stage
        .split(|letter: char| !letter.is_alphanumeric())
        .map(str::to_lowercase)
        .collect();
    let name = words.concat();
    let has = |list: &[&str]| {
        list.contains(&name.as_str()) || words.iter().any(|word| list.contains(&word.as_str()))
    };
    if has(LOST) {
        "lost"
    } else if has(WON) || BOUGHT.contains(&name.as_str()) {
        "won"
    } else if has(STALLED_WORDS) {
        "stalled"
    } else {
        "open"
    }
}

/// Each index as often as its weight says, as evenly as can be: always the one that lags most comes next.
fn spread(weights: &[u64]) -> Vec<usize> {
    let total: u64 = weights.iter().sum();
    let mut lag = vec![0_i64; weights.len()];
    (0..total)
        .map(|_| {
            lag.iter_mut()
                .zip(weights)
                .for_each(|(lag, weight)| *lag += *weight as i64);
            let next = (0..lag.len()).max_by_key(|&index| (lag[index], std::cmp::Reverse(index)));
            let next = next.expect("a pipeline has stages");
            lag[next] -= total as i64;
            next
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn early_stages_hold_more_than_late_ones() {
        let stages = Stages::new(42, &Pipeline::default());
        let mut counts = vec![0; 8];
        for number in 0..450 {
            let name = &stages.place(number).0.name;
            counts[KNOWN.iter().position(|(known, ..)| known == name).unwrap()] += 1;
        }
        assert!(counts.is_sorted_by(|before, after| before > after), "{counts:?}");
    }

    #[test]
    fn ranks_count_up_within_each_stage() {
        let stages = Stages::new(7, &Pipeline::default());
        let mut next = std::collections::BTreeMap::new();
        for number in 0..200 {
            let (stage, rank) = stages.place(number);
            let expected = next.entry(stage.name.clone()).or_insert(0);
            assert_eq!(rank, *expected, "{number} in {}", stage.name);
            *expected += 1;
        }
    }

    #[test]
    fn stages_of_a_database_are_understood_by_their_words() {
        let names = [
            "Opportunity",
            "Proposal Sent",
            "in-negociation",
            "On Hold",
            "closedWon",
            "Lost",
        ];
        let pipeline = Pipeline {
            stages: names.map(str::to_owned).to_vec(),
            ..Pipeline::default()
        };
        let stages = Stages::of_database(1, &pipeline).list;
        let stages: Vec<(&str, i64)> = stages
            .iter()
            .map(|stage| (stage.status, stage.probability))
            .collect();
        let expect = [
            ("open", 10),
            ("open", 45),
            ("open", 80),
            ("stalled", 25),
            ("won", 100),
            ("lost", 0),
        ];
        assert_eq!(stages, expect);
    }

    #[test]
    fn an_unknown_stage_gets_the_default_probability() {
        let pipeline = Pipeline {
            stages: vec!["tasting".into()],
            default_probability: 35,
            ..Pipeline::default()
        };
        let stages = Stages::new(1, &pipeline);
        assert_eq!(
            (stages.place(3).0.status, stages.place(3).0.probability),
            ("open", 35)
        );
    }
}
