//! Whether the entries of an enterprise are what was written: every one, unchanged, in order, none missing.

use super::{
    entry::{self, NOTHING},
    store::{self, EntryRow, HeadRow},
};
use crate::{
    account::{caller::Tenant, representative},
    db::Db,
    error::StoreError,
    id::EnterpriseId,
    vault::TenantKeys,
};

/// So many entries are read at a time.
const BATCH: i64 = 1_000;

/// How the entries of an enterprise were found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All of them, as they were written; the last has this number and this chain.
    Whole {
        number: i64,
        chain: Vec<u8>,
    },
    Broken(Break),
}

/// Where the chain breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    #[error("entry {0} is missing: it was deleted, or another has its number")]
    Missing(i64),
    #[error("entry {0} is not what was written: it was changed, or moved here from elsewhere")]
    Changed(i64),
    #[error("the mark that says from where on entries are kept was changed")]
    Begin,
    #[error("entries after {0} were cut off, or the head was changed")]
    Head(i64),
    #[error("every entry is gone, with the head")]
    All,
}

/// Reads every entry of the enterprise of `keys` that is kept, from the first to the head.
pub async fn verify(db: &Db, tenant: Tenant, keys: &TenantKeys) -> Result<Verdict, StoreError> {
    // The head first: what is written meanwhile lies behind it.
    let mut head = store::audit_head(db, tenant).await?;
    let expected = is_expected(db, tenant).await?;
    loop {
        let verdict = verify_from(db, tenant, keys, head.as_ref()).await?;
        if let Verdict::Whole { number, .. } = verdict {
            return Ok(if number == 0 && expected { Verdict::Broken(Break::All) } else { verdict });
        }
        // A purge that was made meanwhile has taken entries that were still to be read: then the mark is another one.
        let now = store::audit_head(db, tenant).await?;
        let mark = |head: &Option<HeadRow>| head.as_ref().map_or(0, |head| head.begin_number);
        if mark(&now) <= mark(&head) {
            return Ok(verdict);
        }
        head = now;
    }
}

/// Whether there must be entries: an enterprise's first says that it was registered, and the system's say how anyone came to sign in.
async fn is_expected(db: &Db, tenant: Tenant) -> Result<bool, StoreError> {
    Ok(tenant.id() != EnterpriseId::SYSTEM || representative::any_can_sign_in(db).await?)
}

/// The same from a head that was read.
async fn verify_from(db: &Db, tenant: Tenant, keys: &TenantKeys, head: Option<&HeadRow>) -> Result<Verdict, StoreError> {
    let Some((mut number, mut chain)) = begin(keys, head) else { return Ok(Verdict::Broken(Break::Begin)) };
    let last = head.map_or(i64::MAX, |head| head.number);
    while number < last {
        let rows = store::audit_after(db, tenant, number, BATCH.min(last - number)).await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if let Err(broken) = follows(keys, &row, number, &chain) {
                return Ok(Verdict::Broken(broken));
            }
            (number, chain) = (row.number, row.chain);
        }
    }
    Ok(if ends(keys, head, number, &chain) { Verdict::Whole { number, chain } } else { Verdict::Broken(Break::Head(number)) })
}

/// The entry before the first that is kept. `None` where the mark is not what was sealed.
fn begin(keys: &TenantKeys, head: Option<&HeadRow>) -> Option<(i64, Vec<u8>)> {
    let first = (0, NOTHING.to_vec());
    let Some(head) = head else { return Some(first) };
    match (head.begin_number, &head.begin_chain, &head.begin_seal) {
        (0, None, None) => Some(first),
        (number, Some(chain), Some(seal)) => (seal[..] == entry::begin_seal(keys, number, chain)[..]).then(|| (number, chain.clone())),
        _ => None,
    }
}

fn follows(keys: &TenantKeys, row: &EntryRow, before: i64, chain: &[u8]) -> Result<(), Break> {
    if row.number != before + 1 {
        return Err(Break::Missing(before + 1));
    }
    let written = entry::chain(keys, row.number, chain, row.at, row.actor, row.actor_id, row.action, row.object_id);
    if written[..] == row.chain[..] { Ok(()) } else { Err(Break::Changed(row.number)) }
}

fn ends(keys: &TenantKeys, head: Option<&HeadRow>, number: i64, chain: &[u8]) -> bool {
    let Some(head) = head else { return number == 0 };
    head.number == number && head.chain == chain && head.seal[..] == entry::seal(keys, number, chain)[..]
}
