//! One budget of memory for everything that requests in progress hold, so that many large uploads at once are turned
//! away instead of exhausting the machine.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::ByteSize;

/// Bytes per permit: a semaphore counts at most 2^32 - 1 permits at a time.
const GRAIN: usize = 1024;

/// What all requests may hold together.
#[derive(Clone)]
pub struct Memory(Arc<Semaphore>);

/// The budget is used up.
#[derive(Debug, PartialEq, Eq)]
pub struct MemoryFull;

impl Memory {
    /// A budget of `size` bytes.
    pub fn new(size: ByteSize) -> Self {
        Self(Arc::new(Semaphore::new(
            (size.bytes() / GRAIN).min(Semaphore::MAX_PERMITS),
        )))
    }

    /// Nothing yet, to be grown.
    pub fn reserve_none(&self) -> Reservation {
        Reservation {
            memory: self.clone(),
            permit: None,
            bytes: 0,
        }
    }
}

/// A part of the budget; given back when dropped.
pub struct Reservation {
    memory: Memory,
    permit: Option<OwnedSemaphorePermit>,
    bytes: usize,
}

impl Reservation {
    /// Takes `bytes` more, at once or not at all.
    ///
    /// # Errors
    /// When the budget has not that much left.
    pub fn grow(&mut self, bytes: usize) -> Result<(), MemoryFull> {
        let wanted = self.bytes + bytes;
        let held = self
            .permit
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = wanted.div_ceil(GRAIN).saturating_sub(held);
        if missing == 0 {
            self.bytes = wanted;
            return Ok(());
        }
        let count = u32::try_from(missing).map_err(|_| MemoryFull)?;
        let more = self
            .memory
            .0
            .clone()
            .try_acquire_many_owned(count)
            .map_err(|_| MemoryFull)?;
        match &mut self.permit {
            Some(permit) => permit.merge(more),
            None => self.permit = Some(more),
        }
        self.bytes = wanted;
        Ok(())
    }

    /// Gives `bytes` back.
    pub fn shrink(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
        if let Some(permit) = &mut self.permit {
            let surplus = permit
                .num_permits()
                .saturating_sub(self.bytes.div_ceil(GRAIN));
            drop(permit.split(surplus));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_is_shared_and_given_back() {
        let memory = Memory::new(ByteSize::new(10 * GRAIN));
        let (mut one, mut other) = (memory.reserve_none(), memory.reserve_none());
        assert_eq!(one.grow(6 * GRAIN), Ok(()));
        assert_eq!(other.grow(5 * GRAIN), Err(MemoryFull));
        one.shrink(4 * GRAIN);
        drop(other);
        let mut third = memory.reserve_none();
        assert_eq!(third.grow(8 * GRAIN), Ok(()));
        assert_eq!(third.grow(1), Err(MemoryFull));
        assert_eq!(
            third.bytes,
            8 * GRAIN,
            "what was not to be had does not count"
        );
        drop(one);
        let mut last = memory.reserve_none();
        assert_eq!(last.grow(2 * GRAIN), Ok(()));
    }

    #[test]
    fn many_small_pieces_count_as_much_as_a_large_one() {
        let memory = Memory::new(ByteSize::new(4 * GRAIN));
        let mut held = memory.reserve_none();
        let pieces = (0..5 * GRAIN).take_while(|_| held.grow(1).is_ok()).count();
        assert_eq!(pieces, 4 * GRAIN);
    }
}
