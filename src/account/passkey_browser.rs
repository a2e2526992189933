//! The browser's half of a passkey ceremony: JSON from the server in, JSON for the server out.

/// Why no passkey came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPasskey {
    /// This browser has no passkeys: WeChat's has none.
    Unsupported,
    /// The person closed the dialogue, or took too long, or has no passkey for this site.
    Cancelled,
    /// The device refused.
    Failed,
}

/// Which ceremony.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Create,
    Get,
}

#[cfg(not(feature = "hydrate"))]
pub fn is_supported() -> bool {
    true
}

#[cfg(not(feature = "hydrate"))]
pub async fn run(_kind: Kind, _options: String) -> Result<String, NoPasskey> {
    std::future::ready(Err(NoPasskey::Unsupported)).await
}

#[cfg(feature = "hydrate")]
pub use browser::{is_supported, run};

#[cfg(feature = "hydrate")]
mod browser {
    use js_sys::{Array, Function, JSON, Object, Promise, Reflect, Uint8Array};
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;

    use super::{Kind, NoPasskey};

    /// WeChat's browser may have the class; what it starts never ends.
    pub fn is_supported() -> bool {
        !crate::ui::locale::page_facts().in_wechat && credential_class().is_some()
    }

    /// Lets the device make or use a passkey.
    pub async fn run(kind: Kind, options: String) -> Result<String, NoPasskey> {
        let class = credential_class().ok_or(NoPasskey::Unsupported)?;
        let promise = ask(kind, &class, &options).map_err(|_| NoPasskey::Unsupported)?;
        let credential = JsFuture::from(promise).await.map_err(|error| why(&error))?;
        to_json(kind, &credential).ok_or(NoPasskey::Failed)
    }

    fn credential_class() -> Option<JsValue> {
        Reflect::get(&js_sys::global(), &"PublicKeyCredential".into()).ok().filter(JsValue::is_function)
    }

    fn ask(kind: Kind, class: &JsValue, options: &str) -> Result<Promise, JsValue> {
        let credentials = leptos::prelude::window().navigator().credentials();
        let request = Object::new();
        Reflect::set(&request, &"publicKey".into(), &from_json(kind, class, options)?)?;
        match kind {
            Kind::Create => credentials.create_with_options(request.unchecked_ref()),
            Kind::Get => credentials.get_with_options(request.unchecked_ref()),
        }
    }

    /// The browser's own conversion, or ours where it is older than 2023.
    fn from_json(kind: Kind, class: &JsValue, options: &str) -> Result<JsValue, JsValue> {
        let options = JSON::parse(options)?;
        let (parser, list) = match kind {
            Kind::Create => ("parseCreationOptionsFromJSON", "excludeCredentials"),
            Kind::Get => ("parseRequestOptionsFromJSON", "allowCredentials"),
        };
        if let Some(parse) = method(class, parser) {
            return parse.call1(class, &options);
        }
        to_bytes(&options, "challenge")?;
        to_bytes(&Reflect::get(&options, &"user".into())?, "id")?;
        let listed = Reflect::get(&options, &list.into())?;
        if Array::is_array(&listed) {
            for credential in Array::from(&listed).iter() {
                to_bytes(&credential, "id")?;
            }
        }
        Ok(options)
    }

    fn to_bytes(object: &JsValue, key: &str) -> Result<(), JsValue> {
        if object.is_object()
            && let Some(text) = Reflect::get(object, &key.into())?.as_string()
        {
            Reflect::set(object, &key.into(), &Uint8Array::from(super::base64url::decode(&text).as_slice()))?;
        }
        Ok(())
    }

    fn to_json(kind: Kind, credential: &JsValue) -> Option<String> {
        let plain = match method(credential, "toJSON") {
            Some(to_json) => to_json.call0(credential).ok()?,
            None => by_hand(kind, credential).ok()?,
        };
        JSON::stringify(&plain).ok()?.as_string()
    }

    fn by_hand(kind: Kind, credential: &JsValue) -> Result<JsValue, JsValue> {
        let fields: &[&str] = match kind {
            Kind::Create => &["clientDataJSON", "attestationObject"],
            Kind::Get => &["clientDataJSON", "authenticatorData", "signature", "userHandle"],
        };
        let (plain, response) = (Object::new(), Object::new());
        let answered = Reflect::get(credential, &"response".into())?;
        for field in fields {
            Reflect::set(&response, &(*field).into(), &text_of(&Reflect::get(&answered, &(*field).into())?))?;
        }
        for (key, value) in [
            ("id", Reflect::get(credential, &"id".into())?),
            ("rawId", text_of(&Reflect::get(credential, &"rawId".into())?)),
            ("type", "public-key".into()),
            ("response", response.into()),
        ] {
            Reflect::set(&plain, &key.into(), &value)?;
        }
        Ok(plain.into())
    }

    fn text_of(buffer: &JsValue) -> JsValue {
        if buffer.is_object() { super::base64url::encode(&Uint8Array::new(buffer).to_vec()).into() } else { JsValue::NULL }
    }

    fn method(object: &JsValue, name: &str) -> Option<Function> {
        Reflect::get(object, &name.into()).ok()?.dyn_into().ok()
    }

    fn why(error: &JsValue) -> NoPasskey {
        let name = Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default();
        match name.as_str() {
            "NotAllowedError" | "AbortError" => NoPasskey::Cancelled,
            "NotSupportedError" => NoPasskey::Unsupported,
            _ => NoPasskey::Failed,
        }
    }
}

/// For browsers that cannot convert by themselves.
#[cfg(any(feature = "hydrate", test))]
mod base64url {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    pub fn encode(bytes: &[u8]) -> String {
        let mut text = String::with_capacity(bytes.len() * 4 / 3 + 3);
        for chunk in bytes.chunks(3) {
            let bits = chunk.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - chunk.len()));
            text.extend((0..=chunk.len()).map(|digit| char::from(ALPHABET[bits >> (18 - 6 * digit) & 63])));
        }
        text
    }

    /// Skips what is not of the alphabet, padding too.
    pub fn decode(text: &str) -> Vec<u8> {
        let (mut bytes, mut bits, mut count) = (Vec::with_capacity(text.len()), 0_u32, 0);
        for digit in text.bytes().filter_map(|byte| (0_u32..).zip(ALPHABET).find(|(_, known)| **known == byte)) {
            bits = bits << 6 | digit.0;
            count += 6;
            if count >= 8 {
                count -= 8;
                bytes.push((bits >> count & 255) as u8);
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::base64url;

    proptest! {
        #[test]
        fn bytes_survive_base64url(bytes: Vec<u8>) {
            prop_assert_eq!(base64url::decode(&base64url::encode(&bytes)), bytes);
        }
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn the_server_reads_what_the_browser_writes() {
        for bytes in [&b""[..], b"f", b"fo", b"foo", b"\xff\xfe\xfd\xfc"] {
            assert_eq!(base64url::encode(bytes), data_encoding::BASE64URL_NOPAD.encode(bytes));
        }
    }
}
