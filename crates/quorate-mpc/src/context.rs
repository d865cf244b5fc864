//! Where a sealed blob belongs. A blob opens only where it was sealed for.

/// Fields that are bound to a blob as associated data.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SealContext {
    /// Organisation id.
    pub org: String,
    /// Key id; empty for what belongs to the roster.
    pub key: String,
    /// Signer id.
    pub signer: String,
    /// Hash of the ordered roster.
    pub roster: String,
    /// Roster epoch.
    pub epoch: u32,
    /// Version of the stored record.
    pub version: u32,
}

impl SealContext {
    /// Every field as u32-be length and bytes; numbers as four bytes, big-endian.
    pub(crate) fn associated_data(&self) -> Vec<u8> {
        framed(&[
            self.org.as_bytes(),
            self.key.as_bytes(),
            self.signer.as_bytes(),
            self.roster.as_bytes(),
            &self.epoch.to_be_bytes(),
            &self.version.to_be_bytes(),
        ])
    }

    /// True if both belong to the same signer in the same roster and epoch: a share of one roster
    /// must not meet the aux info of another.
    pub(crate) fn same_roster(&self, other: &SealContext) -> bool {
        (&self.org, &self.signer, &self.roster, self.epoch)
            == (&other.org, &other.signer, &other.roster, other.epoch)
    }
}

/// Fields as u32-be length and bytes, one after the other: no two lists give the same bytes.
pub(crate) fn framed(fields: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(fields.iter().map(|field| field.len() + 4).sum());
    for field in fields {
        out.extend((field.len() as u32).to_be_bytes());
        out.extend_from_slice(field);
    }
    out
}
