//! A long column that is shared between clones piece by piece.

use std::mem;
use std::ops::Range;
use std::sync::Arc;

/// Items of a piece: what one write after a clone has to copy at most.
const PIECE: usize = 4_096;

/// Something that clones share, or that a writer has taken for itself.
///
/// [`Arc::make_mut`] for each write would do the same. It stops the processor until all other memory accesses are
/// through, which makes many small writes to many places several times as slow. So a writer takes a thing once,
/// writes to it as often as it likes, and shares it again when the batch is over.
#[derive(Clone)]
pub(super) enum Held<T> {
    Shared(Arc<T>),
    Own(T),
}

impl<T: Clone + Default> Held<T> {
    #[inline]
    pub(super) fn get(&self) -> &T {
        match self {
            Self::Shared(shared) => shared,
            Self::Own(own) => own,
        }
    }

    /// The thing for writing; `taken` is called if it was shared.
    #[inline]
    pub(super) fn own(&mut self, taken: impl FnOnce()) -> &mut T {
        if let Self::Shared(shared) = self {
            let shared = mem::take(shared);
            *self = Self::Own(Arc::unwrap_or_clone(shared));
            taken();
        }
        match self {
            Self::Own(own) => own,
            Self::Shared(shared) => Arc::make_mut(shared),
        }
    }

    pub(super) fn share(&mut self) {
        if let Self::Own(own) = self {
            *self = Self::Shared(Arc::new(mem::take(own)));
        }
    }
}

/// Items at consecutive places. A clone shares all pieces that are not taken; a write takes the piece that it
/// falls in, and copies it if a clone has it too.
///
/// Pieces that nobody has written to are one and the same, so that a column costs what is in it.
#[derive(Clone)]
pub(super) struct Chunked<T> {
    pieces: Vec<Held<Vec<T>>>,
    /// The pieces that are taken.
    taken: Vec<usize>,
    len: usize,
    blank: Arc<Vec<T>>,
}

impl<T: Copy + PartialEq> Chunked<T> {
    /// No items yet; `blank` is what new places hold.
    pub(super) fn new(blank: T) -> Self {
        let blank = Arc::new(vec![blank; PIECE]);
        Self { pieces: Vec::new(), taken: Vec::new(), len: 0, blank }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Adds blank places up to a length.
    pub(super) fn grow(&mut self, len: usize) {
        self.len = self.len.max(len);
        let pieces = self.len.div_ceil(PIECE);
        if pieces > self.pieces.len() {
            self.pieces.resize(pieces, Held::Shared(Arc::clone(&self.blank)));
        }
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
        self.pieces[at / PIECE].get()[at % PIECE]
    }

    /// Replaces the item at a place below the length; nothing is taken where it is the same.
    #[inline]
    pub(super) fn set(&mut self, at: usize, item: T) {
        let piece = &mut self.pieces[at / PIECE];
        if piece.get()[at % PIECE] != item {
            piece.own(|| self.taken.push(at / PIECE))[at % PIECE] = item;
        }
    }

    /// Shares all pieces with clones to come.
    pub(super) fn share(&mut self) {
        for piece in self.taken.drain(..) {
            self.pieces[piece].share();
        }
    }

    /// The items of a range of places, piece by piece.
    pub(super) fn slices(&self, places: Range<usize>) -> impl Iterator<Item = &[T]> {
        let end = places.end.min(self.len);
        let starts = std::iter::successors(Some(places.start), |at| Some((at / PIECE + 1) * PIECE));
        starts.take_while(move |&at| at < end).map(move |at| {
            let piece = at / PIECE;
            &self.pieces[piece].get()[at % PIECE..(end - piece * PIECE).min(PIECE)]
        })
    }

    /// All items in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slices(0..self.len).flatten()
    }

    /// The bytes of memory held, shared or not.
    pub(super) fn bytes(&self) -> usize {
        let blank = |piece: &&Held<Vec<T>>| std::ptr::eq(piece.get(), &raw const *self.blank);
        let own = self.pieces.len() - self.pieces.iter().filter(blank).count();
        (own + 1) * PIECE * size_of::<T>() + self.pieces.capacity() * size_of::<Held<Vec<T>>>()
    }
}
