//! Provinces and cities, by their codes of GB/T 2260.

/// A city with its province, or abroad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub code: &'static str,
    pub province: &'static str,
    pub city: &'static str,
}

/// Finds a place by its code.
pub fn find(code: &str) -> Option<&'static Place> {
    PLACES.iter().find(|place| place.code == code)
}

static PLACES: &[Place] = &[Place { code: "440100", province: "广东省", city: "广州市" }];
