//! Salesforce's record IDs: 15 case-sensitive characters, and 3 more that encode the case.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SUFFIX_ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// The only organization, and the user to whom every token is issued.
pub(crate) const ORGANIZATION_ID: &str = "00D5g0000000001AAA";
pub(crate) const USER_ID: &str = "0055g0000000001AAA";

/// Returns the 18-character ID of record number `number` under a three-character prefix.
pub(crate) fn record_id(prefix: &str, number: u64) -> String {
    let mut digits = [b'0'; 12];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[usize::try_from(rest % 62).unwrap_or_default()];
        rest /= 62;
    }
    // The server instance, as in Salesforce. It also makes the case significant.
    digits[..2].copy_from_slice(b"5g");
    let id: String = prefix.chars().chain(digits.map(char::from)).collect();
    let suffix = suffix(&id);
    id + &suffix
}

/// Returns the number of an ID that [`record_id`] made. `None` for other IDs.
pub(crate) fn number(id: &str) -> Option<u64> {
    let digits = id.as_bytes().get(5..15)?;
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = ALPHABET.iter().position(|known| known == byte)?;
        number.checked_mul(62)?.checked_add(digit as u64)
    })
}

/// Returns an ID in its 18-character form, from that or the 15-character form. `None` if it is
/// neither.
pub(crate) fn normalize(text: &str) -> Option<String> {
    if !text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    match text.len() {
        15 => Some(format!("{text}{}", suffix(text))),
        18 => suffix(&text[..15])
            .eq_ignore_ascii_case(&text[15..])
            .then(|| text.to_owned()),
        _ => None,
    }
}

/// One character for every five of the ID; its bits say which of them are upper case.
fn suffix(id: &str) -> String {
    id.as_bytes()
        .chunks(5)
        .map(|chunk| {
            let bits = chunk
                .iter()
                .rev()
                .fold(0, |bits, b| bits * 2 + usize::from(b.is_ascii_uppercase()));
            char::from(SUFFIX_ALPHABET[bits])
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn makes_ids_of_18_characters() {
        assert_eq!(record_id("001", 0), "0015g0000000000AAA");
        let ids: Vec<String> = (0..10_000).map(|number| record_id("001", number)).collect();
        assert!(
            ids.iter()
                .all(|id| id.len() == 18 && normalize(id).as_ref() == Some(id))
        );
        assert!(ids.is_sorted());
        let numbers = ids.iter().map(|id| number(id));
        assert!(numbers.eq((0..10_000).map(Some)));
    }

    /// The long forms come from public bug reports.
    #[test]
    fn computes_the_suffix_as_salesforce_does() {
        for id in [
            "00N700000037ufrEAA",
            "00N7000000380t6EAA",
            "00N7000000385EXEAY",
            "00N700000038BAREA2",
            "001i000001UOP1VAAX",
        ] {
            assert_eq!(normalize(&id[..15]).as_deref(), Some(id));
            assert_eq!(normalize(id).as_deref(), Some(id));
        }
    }

    #[test]
    fn refuses_invalid_ids() {
        for text in [
            "",
            "001",
            "0015g0000000000AAB",
            "0015g000000000'AAA",
            "0015g00000000000000000",
            "éééééééééé",
        ] {
            assert_eq!(normalize(text), None, "{text}");
        }
    }
}
