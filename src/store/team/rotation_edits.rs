//! Reads and writes the rotation list in the store, and removes its items one by one.

use super::draft::{Body, Draft, bytes};
use super::handle::Team;
use super::rotation::Rotation;
use super::view::View;
use crate::model::credential::CredentialId;
use crate::problem::{Kind, Problem};
use crate::store::error::StoreError;
use crate::store::members::RotationItem;

pub(super) fn rotation_draft(rotation: &Rotation) -> Result<Draft, Problem> {
    Ok(Draft { path: "rotation".to_owned(), body: Body::People(bytes(rotation)?) })
}

impl Team {
    /// The items that still have to be rotated.
    pub(super) fn to_rotate(&self) -> Result<Vec<RotationItem>, StoreError> {
        let mut state = self.state();
        self.read(&mut state)?;
        Ok(state.view.rotation.items.clone())
    }

    /// Removes a credential that was rotated at its provider. Returns the remaining items.
    pub(super) fn is_rotated(&self, credential: CredentialId) -> Result<Vec<RotationItem>, StoreError> {
        let done = |view: &View| {
            let mut rotation = view.rotation.clone();
            rotation.items.retain(|item| item.credential != credential);
            if rotation.items.len() == view.rotation.items.len() {
                let problem = Problem::new(Kind::NotFound, "This credential is not on the rotation list.");
                return Err(problem.into());
            }
            Ok((vec![rotation_draft(&rotation)?], rotation.items))
        };
        self.transact(done).map(|(left, _)| left)
    }
}
