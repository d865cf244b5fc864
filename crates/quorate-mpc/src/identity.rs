//! The private keys of a signer. They are born and stay in Rust; only sealed do they leave.

use ed25519_dalek::{Signer as _, SigningKey};
use generic_ec::{NonZero, SecretScalar, curves::Secp256k1};
use rand_core::OsRng;
use zeroize::Zeroizing;

use crate::{
    envelope::DecryptionKey,
    error::{Error, ErrorCode},
    hpke_base,
};

/// HPKE info of private protocol bodies.
pub(crate) const P2P_INFO: &[u8] = b"quorate/p2p/v1";

/// What others know of a signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicIdentity {
    /// Ed25519, also the signer's id at genesis.
    pub identity_key: [u8; 32],
    /// X25519: peer-to-peer protocol bodies are sealed to it.
    pub sealing_key: [u8; 32],
    /// secp256k1, compressed: import shares are encrypted to it.
    pub import_key: [u8; 33],
}

/// An opened identity.
pub struct Identity {
    signing: SigningKey,
    sealing: Zeroizing<[u8; 32]>,
    import: DecryptionKey,
    import_bytes: Zeroizing<[u8; 32]>,
    public: PublicIdentity,
}

impl Identity {
    /// Fresh keys from the system's randomness.
    pub(crate) fn generate() -> Self {
        let signing = SigningKey::generate(&mut OsRng);
        let (sealing, _) = hpke_base::generate();
        let import = NonZero::<SecretScalar<Secp256k1>>::random(&mut OsRng);
        let scalar: &generic_ec::Scalar<Secp256k1> = import.as_ref();
        let mut import_bytes = Zeroizing::new([0; 32]);
        import_bytes.copy_from_slice(scalar.to_be_bytes().as_bytes());
        Identity::assemble(signing, sealing, import_bytes).expect("fresh keys are valid")
    }

    /// Ed25519 seed, X25519 private key, secp256k1 scalar (big-endian), 32 bytes each.
    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(96));
        bytes.extend_from_slice(self.signing.as_bytes());
        bytes.extend_from_slice(&*self.sealing);
        bytes.extend_from_slice(&*self.import_bytes);
        bytes
    }

    /// Reads [`Identity::to_bytes`].
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let invalid = Error::new(ErrorCode::BlobInvalid);
        if bytes.len() != 96 {
            return Err(invalid);
        }
        let part = |at: usize| {
            let mut part = Zeroizing::new([0u8; 32]);
            part.copy_from_slice(&bytes[at..at + 32]);
            part
        };
        Identity::assemble(SigningKey::from_bytes(&part(0)), part(32), part(64)).ok_or(invalid)
    }

    fn assemble(
        signing: SigningKey,
        sealing: Zeroizing<[u8; 32]>,
        import_bytes: Zeroizing<[u8; 32]>,
    ) -> Option<Self> {
        let import = DecryptionKey::parse(&*import_bytes)?;
        let public = PublicIdentity {
            identity_key: signing.verifying_key().to_bytes(),
            sealing_key: hpke_base::public_key(&sealing).ok()?,
            import_key: import.public_point(),
        };
        Some(Identity {
            signing,
            sealing,
            import,
            import_bytes,
            public,
        })
    }

    /// What others may know.
    pub fn public(&self) -> &PublicIdentity {
        &self.public
    }

    /// Ed25519 signature of the message itself, 64 bytes.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.signing.sign(message).to_bytes()
    }

    /// HPKE to an X25519 key: encapsulated key (32 bytes) and ciphertext.
    pub fn seal(&self, to: &[u8], info: &[u8], aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, Error> {
        hpke_base::seal(to, info, aad, plain)
    }

    /// Opens what was sealed to this signer's sealing key. Private protocol bodies are refused:
    /// they are secrets, and only sessions open them.
    pub fn open(
        &self,
        info: &[u8],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        if info == P2P_INFO {
            return Err(Error::new(ErrorCode::SealReserved));
        }
        hpke_base::open(&self.sealing, info, aad, sealed)
    }

    /// Opens a private protocol body.
    pub(crate) fn open_private(
        &self,
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        hpke_base::open(&self.sealing, P2P_INFO, aad, sealed)
    }

    /// Opens an import share that was encrypted to this signer's import key.
    pub fn open_import(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.import.open(sealed)
    }
}
