//! Writes the text that [`super::read`] reads; the grammar stands there.

use std::fmt::{Display, Write};

use serde::ser::{self, Serialize};

use super::{NO_SHAPE, folded, shape};

/// A value that no page has: a float, bytes, or a list that does not know its length.
#[derive(Debug)]
pub struct Unwritable;

pub fn write<T: Serialize>(value: &T) -> Result<String, Unwritable> {
    let mut writer = Writer { text: String::with_capacity(1024), known: Vec::new() };
    value.serialize(&mut writer)?;
    Ok(writer.text)
}

struct Writer {
    text: String,
    /// The structs whose shape was written.
    known: Vec<&'static str>,
}

impl Writer {
    fn number(&mut self, number: impl Display) {
        let _ = write!(self.text, "{number};");
    }

    fn flag(&mut self, yes: bool) {
        self.text.push(if yes { '1' } else { '0' });
    }

    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.text.push_str(text);
    }

    fn variant(&mut self, number: u32, name: &str) {
        self.number(number);
        self.number(folded(shape(NO_SHAPE, name)));
    }
}

impl Display for Unwritable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not a value that a page has")
    }
}

impl std::error::Error for Unwritable {}

impl ser::Error for Unwritable {
    fn custom<T: Display>(_message: T) -> Self {
        Self
    }
}

macro_rules! numbers {
    ($($method:ident $number:ty)*) => {
        $(fn $method(self, number: $number) -> Result<(), Unwritable> {
            self.number(number);
            Ok(())
        })*
    };
}

impl<'w> ser::Serializer for &'w mut Writer {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Fields<'w>;
    type SerializeStructVariant = Self;

    numbers! {
        serialize_u8 u8 serialize_u16 u16 serialize_u32 u32 serialize_u64 u64
        serialize_i8 i8 serialize_i16 i16 serialize_i32 i32 serialize_i64 i64
    }

    fn serialize_bool(self, yes: bool) -> Result<(), Unwritable> {
        self.flag(yes);
        Ok(())
    }

    fn serialize_char(self, c: char) -> Result<(), Unwritable> {
        self.text(c.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, text: &str) -> Result<(), Unwritable> {
        self.text(text);
        Ok(())
    }

    fn serialize_f32(self, _: f32) -> Result<(), Unwritable> {
        Err(Unwritable)
    }

    fn serialize_f64(self, _: f64) -> Result<(), Unwritable> {
        Err(Unwritable)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Unwritable> {
        Err(Unwritable)
    }

    fn serialize_none(self) -> Result<(), Unwritable> {
        self.flag(false);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unwritable> {
        self.flag(true);
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unwritable> {
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Unwritable> {
        Ok(())
    }

    fn serialize_unit_variant(self, _name: &'static str, number: u32, variant: &'static str) -> Result<(), Unwritable> {
        self.variant(number, variant);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> Result<(), Unwritable> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        number: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        self.variant(number, variant);
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self, Unwritable> {
        self.number(length.ok_or(Unwritable)?);
        Ok(self)
    }

    fn serialize_tuple(self, _length: usize) -> Result<Self, Unwritable> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<Self, Unwritable> {
        Ok(self)
    }

    fn serialize_tuple_variant(self, _name: &'static str, number: u32, variant: &'static str, _length: usize) -> Result<Self, Unwritable> {
        self.variant(number, variant);
        Ok(self)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self, Unwritable> {
        self.serialize_seq(length)
    }

    fn serialize_struct(self, name: &'static str, _length: usize) -> Result<Fields<'w>, Unwritable> {
        Ok(Fields { hash: shape(NO_SHAPE, name), name, writer: self })
    }

    fn serialize_struct_variant(self, name: &'static str, number: u32, variant: &'static str, length: usize) -> Result<Self, Unwritable> {
        self.serialize_tuple_variant(name, number, variant, length)
    }
}

/// The fields of a struct, and their names as far as they have come.
struct Fields<'w> {
    writer: &'w mut Writer,
    name: &'static str,
    hash: u32,
}

impl ser::SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, field: &'static str, value: &T) -> Result<(), Unwritable> {
        self.hash = shape(self.hash, field);
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Unwritable> {
        if !self.writer.known.contains(&self.name) {
            self.writer.known.push(self.name);
            self.writer.number(folded(self.hash));
        }
        Ok(())
    }
}

/// One value after the other.
macro_rules! in_order {
    ($($trait:ident $method:ident)*) => {
        $(impl ser::$trait for &mut Writer {
            type Ok = ();
            type Error = Unwritable;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
                value.serialize(&mut **self)
            }

            fn end(self) -> Result<(), Unwritable> {
                Ok(())
            }
        })*
    };
}

in_order! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}

impl ser::SerializeMap for &mut Writer {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unwritable> {
        key.serialize(&mut **self)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Unwritable> {
        Ok(())
    }
}

impl ser::SerializeStructVariant for &mut Writer {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, _field: &'static str, value: &T) -> Result<(), Unwritable> {
        value.serialize(&mut **self)
    }

    fn end(self) -> Result<(), Unwritable> {
        Ok(())
    }
}
