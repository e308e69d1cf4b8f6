//! One table of the mock provider, seen by whoever asks: what each call does to it.

use serde_json::Value;

use super::parameters::{
    Create, Delete, DeleteMany, GetList, GetMany, GetManyReference, GetOne, List, Object, Update, UpdateMany,
};
use super::policy::Verb;
use super::table::Table;
use crate::errors::{self, ApiError};

/// A table and who asks.
pub(super) struct Tables<'a> {
    pub resource: &'a str,
    pub table: &'a mut Table,
    /// Whether the caller may do this with a row.
    pub allows: &'a dyn Fn(Verb, &Object) -> bool,
    /// What the database writes into a new row by itself.
    pub given: Vec<(&'static str, Value)>,
    /// What it writes into one that changes.
    pub changed: Vec<(&'static str, Value)>,
}

impl Tables<'_> {
    pub fn get_list(&mut self, params: &GetList) -> Result<List, ApiError> {
        self.table.list(params, |row| (self.allows)(Verb::Select, row))
    }

    pub fn get_one(&mut self, params: &GetOne) -> Result<Object, ApiError> {
        let position = self
            .position(&params.id, Verb::Select)
            .ok_or_else(errors::no_rows)?;
        Ok(self.table.rows[position].clone())
    }

    pub fn get_many(&mut self, params: &GetMany) -> Result<Vec<Object>, ApiError> {
        let positions = params.ids.iter().filter_map(|id| self.position(id, Verb::Select));
        Ok(positions
            .map(|position| self.table.rows[position].clone())
            .collect())
    }

    pub fn get_many_reference(&mut self, params: &GetManyReference) -> Result<List, ApiError> {
        self.get_list(&params.list.clone().filter(&params.target, params.id.clone()))
    }

    pub fn create(&mut self, params: &Create) -> Result<Object, ApiError> {
        let row = self.table.completed(&params.data, &self.given);
        self.table.check(&params.data, &row, None)?;
        if !(self.allows)(Verb::Insert, &row) {
            return Err(errors::policy_violation(self.resource));
        }
        self.table.rows.push(row.clone());
        Ok(row)
    }

    pub fn update(&mut self, params: &Update) -> Result<Object, ApiError> {
        let position = self
            .position(&params.id, Verb::Update)
            .ok_or_else(errors::no_rows)?;
        self.change(position, &params.data)
    }

    pub fn update_many(&mut self, params: &UpdateMany) -> Result<Vec<String>, ApiError> {
        let before = self.table.rows.clone();
        let mut changed = Vec::new();
        for id in &params.ids {
            let Some(position) = self.position(id, Verb::Update) else {
                continue;
            };
            if let Err(error) = self.change(position, &params.data) {
                // One statement: all of it or nothing.
                self.table.rows = before;
                return Err(error);
            }
            changed.push(id.clone());
        }
        Ok(changed)
    }

    pub fn delete(&mut self, params: &Delete) -> Result<Object, ApiError> {
        let position = self
            .position(&params.id, Verb::Delete)
            .ok_or_else(errors::no_rows)?;
        Ok(self.table.rows.remove(position))
    }

    pub fn delete_many(&mut self, params: &DeleteMany) -> Result<Vec<String>, ApiError> {
        let mut deleted = Vec::new();
        for id in &params.ids {
            if let Some(position) = self.position(id, Verb::Delete) {
                self.table.rows.remove(position);
                deleted.push(id.clone());
            }
        }
        Ok(deleted)
    }

    /// Where the row is, if the caller sees it and may do this with it: what policies hide is not there.
    fn position(&self, id: &str, verb: Verb) -> Option<usize> {
        let position = self.table.position(id)?;
        let row = &self.table.rows[position];
        ((self.allows)(Verb::Select, row) && (self.allows)(verb, row)).then_some(position)
    }

    fn change(&mut self, position: usize, data: &Object) -> Result<Object, ApiError> {
        let mut row = self.table.rows[position].clone();
        for (column, value) in &self.changed {
            if self.table.has_column(column) {
                row.insert((*column).to_owned(), value.clone());
            }
        }
        row.extend(data.clone());
        self.table.check(data, &row, Some(position))?;
        if !(self.allows)(Verb::Update, &row) {
            return Err(errors::policy_violation(self.resource));
        }
        self.table.rows[position] = row.clone();
        Ok(row)
    }
}
