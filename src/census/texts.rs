//! Who someone is: name, document and phone in one piece of memory, which is wiped when it goes.

use zeroize::Zeroizing;

#[derive(Clone)]
pub struct Texts {
    text: Zeroizing<Box<str>>,
    name: u16,
    document: u16,
}

impl Texts {
    pub fn new(name: &str, document: &str, phone: &str) -> Self {
        let mut text = Zeroizing::new(String::with_capacity(name.len() + document.len() + phone.len()));
        for part in [name, document, phone] {
            text.push_str(part);
        }
        let length = |text: &str| u16::try_from(text.len()).unwrap_or(0);
        // As long as its room: nothing is copied.
        let text = Zeroizing::new(std::mem::take(&mut *text).into_boxed_str());
        Self { text, name: length(name), document: length(document) }
    }

    pub fn name(&self) -> &str {
        &self.text[..self.name as usize]
    }

    pub fn document(&self) -> &str {
        &self.text[self.name as usize..][..self.document as usize]
    }

    /// E.164; empty where there is none.
    pub fn phone(&self) -> &str {
        &self.text[self.name as usize + self.document as usize..]
    }

    /// In bytes.
    pub fn size(&self) -> usize {
        self.text.len()
    }
}
