//! From a host's own keys to dense ids and back.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;

use super::{DenseId, dense};

/// A host's keys and the dense ids given out for them.
///
/// Keys that arrive together are sorted before they are numbered, so the ids depend on the *set* of
/// keys and not on the order of rows. Ids are stable for ever: [`Directory::extend`] numbers new keys
/// after all earlier ones and moves nothing. A clone shares the keys until it is extended.
///
/// Whatever identifies a person (a name, a card number) belongs in here, outside the core; neither
/// `Debug` nor the errors show a key.
///
/// # Examples
///
/// ```
/// use epitier::{Directory, PersonId};
///
/// let mut people: Directory<&str, PersonId> = Directory::from_keys(["wang", "li", "wang"])?;
/// assert_eq!(people.id("li"), Some(PersonId::new(0)));
/// assert_eq!(people.key(PersonId::new(1)), Some(&"wang"));
///
/// people.extend(["chen"])?;
/// assert_eq!(people.id("chen"), Some(PersonId::new(2)));
/// # Ok::<(), epitier::DirectoryError>(())
/// ```
#[derive(Clone)]
pub struct Directory<K, Id> {
    shared: Arc<Keys<K>>,
    id: PhantomData<fn() -> Id>,
}

#[derive(Clone)]
struct Keys<K> {
    /// The key of every id, in id order.
    by_id: Vec<K>,
    /// The numbers of all ids, in key order.
    sorted: Vec<u32>,
}

/// What a [`Directory`] refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "code", rename_all = "kebab-case")
)]
#[non_exhaustive]
pub enum DirectoryError {
    /// More than 2^32 - 1 keys: ids are 32 bits wide and the last number is kept free.
    #[error("{keys} keys do not fit in 32-bit ids")]
    TooManyKeys {
        /// How many distinct keys there were.
        keys: u64,
    },
    /// A serialised directory holds the same key twice.
    #[error("ids {first} and {second} have the same key")]
    DuplicateKey {
        /// The smaller id number.
        first: u32,
        /// The larger id number.
        second: u32,
    },
}

impl DirectoryError {
    /// The stable code of the error, the same as in its serialised form.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooManyKeys { .. } => "too-many-keys",
            Self::DuplicateKey { .. } => "duplicate-key",
        }
    }
}

impl<K: Ord, Id: DenseId> Directory<K, Id> {
    /// Numbers the keys in sorted order; a repeated key counts once. O(n log n).
    ///
    /// # Errors
    ///
    /// [`DirectoryError::TooManyKeys`] at 2^32 - 1 distinct keys or more.
    pub fn from_keys(keys: impl IntoIterator<Item = K>) -> Result<Self, DirectoryError> {
        let mut by_id: Vec<K> = keys.into_iter().collect();
        by_id.sort_unstable();
        by_id.dedup();
        Self::check_len(by_id.len())?;
        let sorted = (0..dense(by_id.len())).collect();
        Ok(Self { shared: Arc::new(Keys { by_id, sorted }), id: PhantomData })
    }

    /// Collects keys row by row; see [`DirectoryBuilder`].
    #[must_use]
    pub fn builder() -> DirectoryBuilder<K, Id>
    where
        K: Hash,
    {
        DirectoryBuilder::default()
    }

    /// Gives the keys that are not in here yet the next ids, in key order. O((n + k) log k) for k keys.
    ///
    /// # Errors
    ///
    /// [`DirectoryError::TooManyKeys`]; the directory is then as it was.
    pub fn extend(&mut self, keys: impl IntoIterator<Item = K>) -> Result<(), DirectoryError>
    where
        K: Clone,
    {
        let mut fresh: Vec<K> = keys.into_iter().filter(|key| self.id(key).is_none()).collect();
        fresh.sort_unstable();
        fresh.dedup();
        Self::check_len(self.len() + fresh.len())?;
        let keys = Arc::make_mut(&mut self.shared);
        keys.sorted.extend(dense(keys.by_id.len())..dense(keys.by_id.len() + fresh.len()));
        keys.by_id.append(&mut fresh);
        // Two sorted runs: the standard sort merges them.
        keys.sorted.sort_by(|&a, &b| keys.by_id[a as usize].cmp(&keys.by_id[b as usize]));
        Ok(())
    }

    /// The id of a key. O(log n).
    #[must_use]
    pub fn id<Q: Ord + ?Sized>(&self, key: &Q) -> Option<Id>
    where
        K: Borrow<Q>,
    {
        let keys = &*self.shared;
        let at = keys
            .sorted
            .binary_search_by(|&number| keys.by_id[number as usize].borrow().cmp(key))
            .ok()?;
        Some(Id::new(keys.sorted[at]))
    }

    fn check_len(len: usize) -> Result<(), DirectoryError> {
        if len < u32::MAX as usize {
            Ok(())
        } else {
            Err(DirectoryError::TooManyKeys { keys: len as u64 })
        }
    }
}

impl<K, Id: DenseId> Directory<K, Id> {
    /// The key of an id. O(1).
    #[must_use]
    pub fn key(&self, id: Id) -> Option<&K> {
        self.shared.by_id.get(id.index())
    }

    /// Ids and keys, in id order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Id, &K)> {
        self.shared.by_id.iter().enumerate().map(|(i, key)| (Id::new(dense(i)), key))
    }

    /// How many keys there are; every id is below this.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.by_id.len()
    }

    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shared.by_id.is_empty()
    }
}

impl<K, Id> Default for Directory<K, Id> {
    fn default() -> Self {
        let keys = Keys { by_id: Vec::new(), sorted: Vec::new() };
        Self { shared: Arc::new(keys), id: PhantomData }
    }
}

impl<K: PartialEq, Id> PartialEq for Directory<K, Id> {
    fn eq(&self, other: &Self) -> bool {
        self.shared.by_id == other.shared.by_id
    }
}

impl<K: Eq, Id> Eq for Directory<K, Id> {}

/// Shows the number of keys, never a key.
impl<K, Id> fmt::Debug for Directory<K, Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").field("keys", &self.shared.by_id.len()).finish()
    }
}

/// Numbers the keys of a stream of rows: a ticket at once, the sorted id at the end.
///
/// Reading ten million rows, a host wants a small number for a key as soon as it meets it, and keeps
/// rows of tickets; [`DirectoryBuilder::build`] then says which id each ticket became. Tickets follow
/// the row order, ids do not.
///
/// # Examples
///
/// ```
/// use epitier::{Directory, PlaceId};
///
/// let mut places = Directory::<String, PlaceId>::builder();
/// let tickets = ["shop", "coach", "shop"].map(|key| places.ticket(key));
/// let (directory, ids) = places.build()?;
/// assert_eq!(ids[tickets[0]], PlaceId::new(1));
/// assert_eq!(directory.id("coach"), Some(ids[tickets[1]]));
/// # Ok::<(), epitier::DirectoryError>(())
/// ```
pub struct DirectoryBuilder<K, Id> {
    tickets: HashMap<K, usize>,
    id: PhantomData<fn() -> Id>,
}

impl<K: Hash + Ord, Id: DenseId> DirectoryBuilder<K, Id> {
    /// The ticket of a key: 0 for the first distinct key, 1 for the second, and so on. Amortised O(1).
    pub fn ticket<Q>(&mut self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = K> + ?Sized,
    {
        if let Some(&ticket) = self.tickets.get(key) {
            return ticket;
        }
        let ticket = self.tickets.len();
        self.tickets.insert(key.to_owned(), ticket);
        ticket
    }

    /// The directory, and the id that each ticket became. O(n log n).
    ///
    /// # Errors
    ///
    /// [`DirectoryError::TooManyKeys`].
    pub fn build(self) -> Result<(Directory<K, Id>, Vec<Id>), DirectoryError> {
        Directory::<K, Id>::check_len(self.tickets.len())?;
        let mut keys: Vec<(K, usize)> = self.tickets.into_iter().collect();
        keys.sort_unstable();
        let mut ids = vec![Id::new(0); keys.len()];
        for (number, (_, ticket)) in keys.iter().enumerate() {
            ids[*ticket] = Id::new(dense(number));
        }
        let by_id: Vec<K> = keys.into_iter().map(|(key, _)| key).collect();
        let sorted = (0..dense(by_id.len())).collect();
        Ok((Directory { shared: Arc::new(Keys { by_id, sorted }), id: PhantomData }, ids))
    }
}

impl<K, Id> Default for DirectoryBuilder<K, Id> {
    fn default() -> Self {
        Self { tickets: HashMap::new(), id: PhantomData }
    }
}

/// Shows the number of keys, never a key.
impl<K, Id> fmt::Debug for DirectoryBuilder<K, Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectoryBuilder").field("keys", &self.tickets.len()).finish()
    }
}

#[cfg(feature = "serde")]
mod spec {
    use super::{Arc, DenseId, Directory, DirectoryError, Keys, PhantomData, dense};
    use crate::format::Format;

    #[derive(serde::Serialize)]
    struct Written<'a, K> {
        format: Format<1>,
        keys: &'a [K],
    }

    #[derive(serde::Deserialize)]
    struct Read<K> {
        #[expect(dead_code, reason = "reading it is the check")]
        format: Format<1>,
        keys: Vec<K>,
    }

    impl<K: serde::Serialize, Id> serde::Serialize for Directory<K, Id> {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            Written { format: Format, keys: &self.shared.by_id }.serialize(serializer)
        }
    }

    impl<'de, K, Id> serde::Deserialize<'de> for Directory<K, Id>
    where
        K: serde::Deserialize<'de> + Ord,
        Id: DenseId,
    {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let by_id = Read::<K>::deserialize(deserializer)?.keys;
            from_numbered(by_id).map_err(serde::de::Error::custom)
        }
    }

    /// A directory whose ids are already given out, in the order of `by_id`.
    fn from_numbered<K: Ord, Id: DenseId>(
        by_id: Vec<K>,
    ) -> Result<Directory<K, Id>, DirectoryError> {
        Directory::<K, Id>::check_len(by_id.len())?;
        let mut sorted: Vec<u32> = (0..dense(by_id.len())).collect();
        sorted.sort_by(|&a, &b| by_id[a as usize].cmp(&by_id[b as usize]));
        let key = |number: u32| &by_id[number as usize];
        if let Some(pair) = sorted.windows(2).find(|pair| key(pair[0]) == key(pair[1])) {
            return Err(DirectoryError::DuplicateKey { first: pair[0], second: pair[1] });
        }
        Ok(Directory { shared: Arc::new(Keys { by_id, sorted }), id: PhantomData })
    }
}
