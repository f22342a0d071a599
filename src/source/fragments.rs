//! The texts of fragments, packed: [`Fragments`]. A large plan holds many thousands, and few of them are ever shown.

use std::sync::Arc;

/// Bytes of text that are packed together, so that what they have in common is kept once.
const BLOCK: usize = 32 * 1024;

/// The texts of fragments.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    blocks: Vec<Box<[u8]>>,
    /// The newest texts, which are not packed yet.
    open: Vec<u8>,
    /// The block that was asked for last, and what it holds.
    unpacked: Option<(usize, Vec<u8>)>,
}

/// Where the text of a fragment is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    block: u32,
    start: u32,
    length: u32,
}

impl Fragments {
    /// Keeps a text.
    pub(super) fn add(&mut self, text: &[u8]) -> Slot {
        if self.open.len() + text.len() > BLOCK {
            self.pack();
        }
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let slot = Slot {
            block: number(self.blocks.len()),
            start: number(self.open.len()),
            length: number(text.len()),
        };
        self.open.extend_from_slice(text);
        slot
    }

    /// The text that is kept at `slot`.
    pub(super) fn text(&mut self, slot: Slot) -> Arc<[u8]> {
        let range = slot.start as usize..slot.start as usize + slot.length as usize;
        self.block(slot.block as usize).get(range).unwrap_or_default().into()
    }

    fn block(&mut self, number: usize) -> &[u8] {
        let Some(packed) = self.blocks.get(number) else { return &self.open };
        if self.unpacked.as_ref().is_none_or(|(unpacked, _)| *unpacked != number) {
            // What was packed here can be unpacked.
            let block = lz4_flex::block::decompress_size_prepended(packed).unwrap_or_default();
            self.unpacked = Some((number, block));
        }
        self.unpacked.as_ref().map_or(&[], |(_, block)| block)
    }

    fn pack(&mut self) {
        if !self.open.is_empty() {
            self.blocks.push(lz4_flex::block::compress_prepend_size(&self.open).into());
            self.open.clear();
            self.open.shrink_to(BLOCK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Fragments};

    #[test]
    fn texts_come_back_as_they_were() {
        let mut fragments = Fragments::default();
        let long = vec![b'x'; 3 * BLOCK];
        let texts: Vec<Vec<u8>> =
            (0..2_000).map(|number| format!("{{\"number\": {number}}}").into_bytes()).collect();
        let texts: Vec<&[u8]> =
            texts.iter().map(Vec::as_slice).chain([&long[..], b"", b"the last"]).collect();
        let slots: Vec<_> = texts.iter().map(|text| fragments.add(text)).collect();
        let packed: usize = fragments.blocks.iter().map(|block| block.len()).sum();
        assert!(fragments.blocks.len() > 1 && packed < 16 * 1024, "{packed}");
        for (slot, text) in slots.iter().zip(&texts).rev() {
            assert_eq!(fragments.text(*slot).as_ref(), *text);
        }
    }
}
