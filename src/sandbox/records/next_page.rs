//! How a response names its next page: by a word, a URL, or `Link` headers.

use super::page_plan::PagePlan;
use super::shape::Shape;
use super::window::Window;
use crate::catalog::{Load, Paging};

/// The way from one page to the next.
pub(super) struct NextPage<'a> {
    pub(super) load: &'a Load,
    pub(super) shape: &'a Shape,
    pub(super) window: &'a Window<'a>,
    pub(super) host: &'a str,
    pub(super) turn: PagePlan,
}

impl NextPage<'_> {
    /// Where in the answer the next page is named, and the name.
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

    /// The `Link` headers: all links in one where pages are counted, else each in its own. Both are RFC 8288, and both
    /// are what a vendor does.
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
