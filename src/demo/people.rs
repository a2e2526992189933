//! Invented people: common names, identity numbers of an area that does not exist, telephone numbers in one obvious row.

use crate::{
    account::model::{DocumentKind, IdDocument, Person, Phone},
    delegation::model::Asking,
};

/// No division of the country has this code (GB/T 2260), so no real number begins with it.
const AREA: &str = "999999";
const FAMILY: [&str; 30] = [
    "陈", "李", "黄", "张", "林", "王", "吴", "刘", "杨", "梁", "何", "罗", "郑", "周", "谢", "曾", "彭", "邓", "蔡", "叶", "许", "冯",
    "苏", "卢", "钟", "曹", "潘", "袁", "欧阳", "司徒",
];
const GIVEN: [&str; 40] = [
    "志强", "丽燕", "伟明", "秀英", "建华", "小玲", "国栋", "婷婷", "俊杰", "美珍", "海涛", "雪梅", "文斌", "晓彤", "永福", "佩珊", "嘉豪",
    "静怡", "耀辉", "惠芳", "子轩", "雅琴", "庆生", "丹", "浩然", "春兰", "明", "思敏", "立新", "玉华", "家宝", "敏仪", "振宇", "桂花",
    "少华", "颖", "启航", "凤英", "泽宇", "嘉欣",
];
const ROADS: [&str; 8] = ["岭南路", "珠江街", "木棉巷", "榕树路", "荔枝湾街", "白云里", "海心街", "工业大道"];

/// The invented representative of every enterprise of the demo.
pub fn representative() -> Person {
    Person { name: "陈演示".to_owned(), document: document(1975, 5, 15, 1), phone: Phone::parse("19900000000").ok() }
}

/// An invented manager, and somebody who asks to be one.
pub fn managers() -> [Asking; 2] {
    [("林演示", 1980, 2, "人事主管"), ("吴演示", 1988, 3, "三车间安全员")].map(|(name, year, sequence, reason)| Asking {
        person: Person {
            name: name.to_owned(),
            document: document(year, 6, 16, sequence),
            phone: Phone::parse(&format!("1990000000{sequence}")).ok(),
        },
        reason: reason.to_owned(),
    })
}

/// The invented employee of this number. Numbers below 1,200 give different names.
pub fn employee(number: usize) -> Person {
    let name = format!("{}{}", FAMILY[number % FAMILY.len()], GIVEN[(number / FAMILY.len() + number % FAMILY.len() * 7) % GIVEN.len()]);
    let phone = Phone::parse(&format!("1990000{:04}", number + 1)).ok();
    Person { name, document: document(1963 + number * 7 % 40, 1 + number % 12, 1 + number % 28, 2 + number), phone }
}

/// Where they live now.
pub fn residence(number: usize) -> String {
    format!("演示市样例区{}{}号{}房", ROADS[number % ROADS.len()], 1 + number * 13 % 200, 101 + number % 8 * 100 + number % 6)
}

/// The check digit is found by trying: there are eleven.
fn document(year: usize, month: usize, day: usize, sequence: usize) -> IdDocument {
    let first = format!("{AREA}{year:04}{month:02}{day:02}{:03}", sequence % 1000);
    let mut numbers = "0123456789X".chars().map(|check| format!("{first}{check}"));
    let document = numbers.find_map(|number| IdDocument::parse(DocumentKind::ResidentId, &number).ok());
    document.expect("one of eleven check digits fits a date that exists")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn everyone_is_someone_else_and_nobody_is_real() {
        let people: Vec<Person> = (0..400).map(employee).chain([representative()]).collect();
        let numbers: HashSet<&str> = people.iter().map(|person| person.document.number()).collect();
        assert_eq!(numbers.len(), people.len());
        assert!(numbers.iter().all(|number| number.starts_with(AREA)));
        assert!(people.iter().all(|person| person.phone.is_some() && Person::parse_name(&person.name).is_ok()));
        let names: HashSet<&str> = people.iter().map(|person| &*person.name).collect();
        assert!(names.len() > 350, "{}", names.len());
    }
}
