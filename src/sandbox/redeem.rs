//! Responds to polls for a device code (RFC 8628 section 3.5).

use jiff::Timestamp;

use super::ledger::{DeviceState, IssuedTokens, Ledger};
use super::refusal::Refusal;
use super::script::TokenRules;

impl Ledger {
    /// Returns the tokens once the user has accepted. A device code can be used once.
    pub(super) fn redeem_device(
        &mut self,
        code: &str,
        client_id: &str,
        rules: TokenRules,
        now: Timestamp,
    ) -> Result<IssuedTokens, Refusal> {
        let device = self.devices.get_mut(code).ok_or(Refusal::Expired)?;
        if device.consent.client_id != client_id {
            return Err(Refusal::Client);
        }
        if now > device.ends_at {
            return Err(Refusal::Expired);
        }
        match device.state {
            DeviceState::Waiting => Err(Refusal::Pending),
            DeviceState::TooFast => {
                device.state = DeviceState::Waiting;
                Err(Refusal::TooFast)
            }
            DeviceState::Denied => Err(Refusal::Denied),
            DeviceState::Expired => Err(Refusal::Expired),
            DeviceState::Used => Err(Refusal::Grant),
            DeviceState::Accepted(person) => {
                device.state = DeviceState::Used;
                let consent = device.consent.clone();
                Ok(self.serve_device(consent, person, rules, now))
            }
        }
    }
}
