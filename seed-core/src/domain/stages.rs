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
    pub fn new(seed: u64, pipeline: &Pipeline) -> Self {
        let list: Vec<Stage> = pipeline.stages.iter().map(|name| stage(name, pipeline)).collect();
        let count = list.len() as u64;
        let mut weights: Vec<u64> = (0..count).map(|index| count + 1 - index).collect();
        if let Some(favourite) = list.iter().position(|stage| stage.name == pipeline.default_stage) {
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
