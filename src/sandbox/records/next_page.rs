//! Builds a response's reference to its next page: a cursor, a URL, or `Link` headers.

use super::page_plan::PagePlan;
use super::shape::Shape;
use super::window::Window;
use crate::catalog::{Paging, RecordType};

/// The data that the reference to the next page is built from.
pub(super) struct NextPage<'a> {
    pub(super) load: &'a RecordType,
    pub(super) shape: &'a Shape,
    pub(super) window: &'a Window<'a>,
    pub(super) host: &'a str,
    pub(super) turn: PagePlan,
}

impl NextPage<'_> {
    /// Path of the reference in the response, and its value.
    pub(super) fn named(&self) -> Option<(String, String)> {
        let offset = self.turn.next?;
        match (&self.load.paging, &self.shape.next_at) {
            (Paging::Cursor { at, .. }, _) => Some((at.clone(), self.window.word(offset))),
            (Paging::NextUrl { at, .. }, _) | (Paging::Offset(_) | Paging::Number(_), Some(at)) => {
                Some((at.clone(), self.window.url(self.host, offset)))
            }
            _ => None,
        }
    }

    /// The `Link` headers: one header with all links if pages are numbered, else one header per link. RFC 8288 allows
    /// both, and vendors use both.
    pub(super) fn links(&self, total: u64) -> Vec<String> {
        if !matches!(self.load.paging, Paging::Link { .. }) {
            return Vec::new();
        }
        let (window, limit) = (self.window, self.window.limit);
        let link = |offset, relation: &str| format!("<{}>; rel=\"{relation}\"", window.url(self.host, offset));
        let next = self.turn.next.map(|offset| link(offset, "next"));
        if window.is_opaque() {
            return [Some(link(window.offset, "self")), next].into_iter().flatten().collect();
        }
        let last = next.is_some().then(|| link(total.saturating_sub(1) / limit * limit, "last"));
        let before = window.offset.checked_sub(limit).map(|offset| link(offset, "prev"));
        let first = before.is_some().then(|| link(0, "first"));
        let all: Vec<String> = [before, next, last, first].into_iter().flatten().collect();
        if all.is_empty() { Vec::new() } else { vec![all.join(", ")] }
    }
}
