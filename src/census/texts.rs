//! Who people are: the names, documents and phones of many in one piece of memory, which is wiped when the last of them goes.
//!
//! So a million take no allocation each, and a search goes through them in the order in which they lie.

use std::sync::Arc;

use zeroize::Zeroizing;

/// Name, document and phone of one.
#[derive(Clone)]
pub struct Texts {
    all: Arc<Zeroizing<Box<str>>>,
    place: Place,
}

/// Where one's texts lie: first the name, then the document, then the phone, in bytes.
#[derive(Clone, Copy)]
struct Place {
    start: u32,
    name: u16,
    document: u16,
    phone: u16,
}

/// Texts on their way into one piece of memory.
#[derive(Default)]
pub struct Pile {
    text: Zeroizing<String>,
    places: Vec<Place>,
}

impl Pile {
    /// For so many people whose texts have together at most so many bytes: what has to grow leaves copies behind that nobody wipes.
    pub fn with_room(people: usize, bytes: usize) -> Self {
        Self { text: Zeroizing::new(String::with_capacity(bytes)), places: Vec::with_capacity(people) }
    }

    /// The phone as E.164; empty where there is none.
    pub fn add(&mut self, name: &str, document: &str, phone: &str) {
        let start = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        let mut add = |text: &str| {
            self.text.push_str(text);
            u16::try_from(text.len()).unwrap_or(0)
        };
        self.places.push(Place { start, name: add(name), document: add(document), phone: add(phone) });
    }

    /// Each one's, in the order in which they were added.
    pub fn close(self) -> impl Iterator<Item = Texts> {
        let all = Arc::new(Zeroizing::new(Box::<str>::from(self.text.as_str())));
        self.places.into_iter().map(move |place| Texts { all: all.clone(), place })
    }
}

impl Texts {
    pub fn name(&self) -> &str {
        self.part(0, self.place.name)
    }

    pub fn document(&self) -> &str {
        self.part(self.place.name, self.place.document)
    }

    /// E.164; empty where there is none.
    pub fn phone(&self) -> &str {
        self.part(self.place.name + self.place.document, self.place.phone)
    }

    fn part(&self, from: u16, length: u16) -> &str {
        let start = self.place.start as usize + usize::from(from);
        self.all.get(start..start + usize::from(length)).unwrap_or_default()
    }

    /// In bytes.
    pub fn size(&self) -> usize {
        let Place { name, document, phone, .. } = self.place;
        [name, document, phone].into_iter().map(usize::from).sum()
    }
}

#[cfg(test)]
impl Texts {
    /// Of one by themselves.
    pub fn new(name: &str, document: &str, phone: &str) -> Self {
        let mut pile = Pile::default();
        pile.add(name, document, phone);
        pile.close().next().unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gets_their_own_texts_back() {
        let people = [("陈一", "99999919900101001X", "+8613800000001"), ("", "", ""), ("Li Ming", "E12345678", "")];
        let mut pile = Pile::with_room(people.len(), 64);
        for (name, document, phone) in people {
            pile.add(name, document, phone);
        }
        let texts: Vec<Texts> = pile.close().collect();
        assert_eq!(texts.len(), people.len());
        for (texts, (name, document, phone)) in texts.iter().zip(people) {
            assert_eq!((texts.name(), texts.document(), texts.phone()), (name, document, phone));
            assert_eq!(texts.size(), name.len() + document.len() + phone.len());
        }
    }
}
