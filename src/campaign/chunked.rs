//! A long column that is shared between clones piece by piece.

use std::ops::Range;
use std::sync::Arc;

/// Items of a piece: what one write after a clone has to copy at most.
const PIECE: usize = 4_096;

/// Items at consecutive places. A clone shares all pieces; a write copies the piece that it falls in, once.
///
/// Pieces that nobody has written to are one and the same, so that a column costs what is in it.
#[derive(Clone)]
pub(super) struct Chunked<T> {
    pieces: Vec<Arc<[T]>>,
    len: usize,
    blank: Arc<[T]>,
}

impl<T: Copy + PartialEq> Chunked<T> {
    /// No items yet; `blank` is what new places hold.
    pub(super) fn new(blank: T) -> Self {
        Self { pieces: Vec::new(), len: 0, blank: vec![blank; PIECE].into() }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds blank places up to a length.
    pub(super) fn grow(&mut self, len: usize) {
        self.len = self.len.max(len);
        self.pieces.resize(self.len.div_ceil(PIECE), Arc::clone(&self.blank));
    }

    /// Adds an item behind the others.
    pub(super) fn push(&mut self, item: T) {
        let at = self.len;
        self.grow(at + 1);
        self.set(at, item);
    }

    /// The item at a place below the length.
    #[inline]
    pub(super) fn get(&self, at: usize) -> T {
        self.pieces[at / PIECE][at % PIECE]
    }

    /// Replaces the item at a place below the length; nothing is copied where it is the same.
    #[inline]
    pub(super) fn set(&mut self, at: usize, item: T) {
        let piece = &mut self.pieces[at / PIECE];
        if piece[at % PIECE] != item {
            Arc::make_mut(piece)[at % PIECE] = item;
        }
    }

    /// The items of a range of places, piece by piece.
    pub(super) fn slices(&self, places: Range<usize>) -> impl Iterator<Item = &[T]> {
        let end = places.end.min(self.len);
        let starts = std::iter::successors(Some(places.start), |at| Some((at / PIECE + 1) * PIECE));
        starts.take_while(move |&at| at < end).map(move |at| {
            let piece = at / PIECE;
            &self.pieces[piece][at % PIECE..(end - piece * PIECE).min(PIECE)]
        })
    }

    /// All items in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slices(0..self.len).flatten()
    }

    /// The bytes of memory held, shared or not.
    pub(super) fn bytes(&self) -> usize {
        let own = self.pieces.iter().filter(|piece| !Arc::ptr_eq(piece, &self.blank)).count();
        (own + 1) * size_of_val::<[T]>(&self.blank) + self.pieces.capacity() * size_of::<Arc<[T]>>()
    }
}
