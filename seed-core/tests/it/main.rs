//! The library as its callers have it: from packs and a catalog to rows.

mod adjustments;
mod any_catalog;
mod atomic_crm;
mod binding;
mod checks;
mod coherence;
mod documentation;
mod factory;
mod formats;
mod golden;
mod growth;
mod homes;
mod made_up;
mod mock;
mod mock_lists;
mod packs;
mod parts;
mod references;
mod sequences;
mod support;
mod values;
mod volumes;
