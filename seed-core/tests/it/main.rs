//! The library as its callers have it: from packs and a catalog to rows.

mod atomic_crm;
mod binding;
mod coherence;
mod golden;
mod growth;
mod packs;
mod support;
mod values;
mod volumes;
