//! From statements to the verdict: [`analyze`].

use super::node::Node;
use super::verdict::{Analysis, Context, Exposure, PolicyKind, Range};
use crate::origin::Why;

/// Says who `document` lets in, being of this kind and in this world.
pub fn analyze(_document: &Node, _kind: PolicyKind, _context: &Context) -> Analysis {
    Analysis {
        exposure: Exposure::Unknown,
        if_accepted: None,
        because: Some(Why::new("policies are not judged yet")),
        range: Range { mildest: Exposure::None, worst: Exposure::Public },
        statements: Vec::new(),
        problems: Vec::new(),
    }
}
