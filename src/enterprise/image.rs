//! The QR code and the poster as PNG: the poster is an SVG with Chinese text, drawn with a font of this machine.

use std::{
    fmt::Write,
    sync::{Arc, OnceLock},
};

use qrcode::{Color, EcLevel, QrCode};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{self, fontdb},
};

use crate::language::Language;

/// The white border that a reader needs, in modules (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;
/// Pixels of a module: an invitation's picture is then about 500 pixels wide.
const MODULE: usize = 12;
/// A4 at 150 dpi.
const POSTER: (usize, usize) = (1240, 1754);
/// Fonts with Chinese characters, by the names that their packages give them; the first that is there is taken.
const CJK_FAMILIES: [&str; 10] = [
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
    "Droid Sans Fallback",
];

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    #[error(
        "no font with Chinese characters is installed: install one, such as the package fonts-wqy-microhei or fonts-noto-cjk, and start again"
    )]
    NoFont,
    #[error("the picture could not be made: {0}")]
    Drawing(&'static str),
}

/// The words of a poster.
pub struct Poster<'a> {
    pub enterprise: &'a str,
    pub link: &'a str,
    pub language: Language,
}

/// A QR code with its quiet zone, black on white, error correction M.
pub fn qr_png(text: &str) -> Result<Vec<u8>, ImageError> {
    let (path, modules) = qr_path(text)?;
    let side = modules * MODULE;
    let svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" viewBox="0 0 {modules} {modules}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{modules}v{modules}h-{modules}z"/><path d="{path}"/></svg>"##
    );
    draw(&svg, &usvg::Options::default())
}

/// A QR code for a terminal, two modules to a character. `colours` paints it black on white whatever the terminal's own
/// colours are; without, it is for dark letters on a light ground.
pub fn qr_text(text: &str, colours: bool) -> Result<String, ImageError> {
    let code = qr(text)?.render::<qrcode::render::unicode::Dense1x2>().build();
    if !colours {
        return Ok(code);
    }
    let paint = "\x1b[38;5;16;48;5;231m";
    let lines: Vec<&str> = code.lines().collect();
    Ok(format!("{paint}{}\x1b[0m\n", lines.join(&format!("\x1b[0m\n{paint}"))))
}

fn qr(text: &str) -> Result<QrCode, ImageError> {
    QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| ImageError::Drawing("the link is too long for a QR code"))
}

/// The poster that an enterprise hangs up, in A4's proportion.
pub fn poster_png(poster: &Poster<'_>) -> Result<Vec<u8>, ImageError> {
    draw_with_text(&poster_svg(poster)?)
}

/// Draws an SVG with Chinese text in it.
pub fn draw_with_text(svg: &str) -> Result<Vec<u8>, ImageError> {
    let fonts = fonts().ok_or(ImageError::NoFont)?;
    let options = usvg::Options { font_family: fonts.family.to_owned(), fontdb: fonts.database.clone(), ..usvg::Options::default() };
    draw(svg, &options)
}

/// A square icon of `side` pixels. On a `ground` it fills its square, and what it shows stays in the middle: what a phone may cut off.
pub fn icon_png(svg: &str, side: u32, ground: Option<&str>) -> Result<Vec<u8>, ImageError> {
    let (view, ground) = match ground {
        Some(colour) => ("-8 -8 80 80", format!("<path fill=\"{colour}\" d=\"M-8-8h80v80h-80z\"/>")),
        None => ("0 0 64 64", String::new()),
    };
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{side}\" height=\"{side}\" viewBox=\"{view}\">{ground}<svg width=\"64\" height=\"64\">{}</svg></svg>",
        svg.split_once('>').and_then(|(_, inner)| inner.rsplit_once("</svg>")).map_or("", |(inner, _)| inner)
    );
    draw(&svg, &usvg::Options::default())
}

fn draw(svg: &str, options: &usvg::Options<'_>) -> Result<Vec<u8>, ImageError> {
    let tree = usvg::Tree::from_str(svg, options).map_err(|_| ImageError::Drawing("the SVG was refused"))?;
    let size = tree.size().to_int_size();
    let mut pixmap = Pixmap::new(size.width(), size.height()).ok_or(ImageError::Drawing("the size is 0"))?;
    resvg::render(&tree, Transform::default(), &mut pixmap.as_mut());
    pixmap.encode_png().map_err(|_| ImageError::Drawing("the PNG was refused"))
}

/// The dark modules as one path, each a square of side 1, and how many modules wide it all is with the quiet zone.
fn qr_path(text: &str) -> Result<(String, usize), ImageError> {
    let code = qr(text)?;
    let width = code.width();
    let mut path = String::with_capacity(width * width * 8);
    for (y, row) in code.to_colors().chunks(width).enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
            let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET_ZONE, y + QUIET_ZONE);
        }
    }
    Ok((path, width + 2 * QUIET_ZONE))
}

struct Fonts {
    database: Arc<fontdb::Database>,
    family: &'static str,
}

/// Reads the list of this machine's fonts once; `None` when none of them has Chinese characters.
fn fonts() -> Option<&'static Fonts> {
    static FONTS: OnceLock<Option<Fonts>> = OnceLock::new();
    FONTS
        .get_or_init(|| {
            let mut database = fontdb::Database::new();
            database.load_system_fonts();
            let has = |family: &str| database.faces().any(|face| face.families.iter().any(|(name, _)| name == family));
            let family = CJK_FAMILIES.into_iter().find(|family| has(family))?;
            Some(Fonts { database: Arc::new(database), family })
        })
        .as_ref()
}

/// Fixed words of the poster.
struct Words {
    title: &'static str,
    subtitle: &'static str,
    steps: [&'static str; 3],
    foot: &'static str,
}

const fn words(language: Language) -> Words {
    match language {
        Language::Zh => Words {
            title: "员工健康申报",
            subtitle: "请用微信或手机相机扫码",
            steps: ["扫描二维码，打开申报页面", "阅读告知书，填写本人信息", "如实填写健康状况，提交"],
            foot: "此码只供本企业员工使用。身体不适时，请先就医，再申报。",
        },
        Language::En => Words {
            title: "Employee health declaration",
            subtitle: "Scan with WeChat or your phone's camera",
            steps: ["Scan the code and open the form", "Read the notice and say who you are", "Say truthfully how you are, and submit"],
            foot: "For employees of this enterprise only. If you feel unwell, see a doctor first.",
        },
    }
}

fn poster_svg(poster: &Poster<'_>) -> Result<String, ImageError> {
    let (path, modules) = qr_path(poster.link)?;
    let said = words(poster.language);
    let (width, height) = POSTER;
    let middle = width / 2;
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"><path fill="#fff" d="M0 0h{width}v{height}H0z"/><path fill="#07783c" d="M0 0h{width}v330H0z"/>"##
    );
    svg += &text(middle, 165, fitting(said.title, 100, 1080), "#fff", "middle", said.title);
    svg += &text(middle, 255, 44, "#e3f3ea", "middle", said.subtitle);
    let (lines, size) = name_lines(poster.enterprise);
    let first = 460 - (lines.len().saturating_sub(1) * size) / 2;
    for (number, line) in lines.iter().enumerate() {
        svg += &text(middle, first + number * size * 5 / 4, size, "#17211d", "middle", line);
    }
    let edge = 640;
    let left = (width - edge) / 2;
    let _ = write!(
        svg,
        r##"<rect x="{x}" y="580" width="{frame}" height="{frame}" rx="24" fill="#fff" stroke="#dfe3e1" stroke-width="3"/><svg x="{left}" y="600" width="{edge}" height="{edge}" viewBox="0 0 {modules} {modules}" shape-rendering="crispEdges"><path d="{path}"/></svg>"##,
        x = left - 20,
        frame = edge + 40,
    );
    for (number, step) in said.steps.iter().enumerate() {
        let y = 1370 + number * 96;
        let _ = write!(svg, r##"<circle cx="270" cy="{}" r="32" fill="#07783c"/>"##, y - 15);
        svg += &text(270, y, 40, "#fff", "middle", &(number + 1).to_string());
        svg += &text(330, y, 44, "#17211d", "start", step);
    }
    svg += &text(middle, 1690, 32, "#55615c", "middle", said.foot);
    svg += "</svg>";
    Ok(svg)
}

/// Words in an SVG, whatever they hold.
pub fn text(x: usize, y: usize, size: usize, fill: &str, anchor: &str, words: &str) -> String {
    let words = escape(words);
    format!(r#"<text x="{x}" y="{y}" font-size="{size}" fill="{fill}" text-anchor="{anchor}">{words}</text>"#)
}

/// What an enterprise's name may hold and XML may not.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// Breaks a name into at most four lines that fit between the margins, and says in which size.
fn name_lines(name: &str) -> (Vec<String>, usize) {
    const WIDTH: usize = 1080;
    for (size, most) in [(68, 1), (56, 2), (46, 3)] {
        let lines = broken(name, size, WIDTH);
        if lines.len() <= most {
            return (lines, size);
        }
    }
    let mut lines = broken(name, 40, WIDTH);
    lines.truncate(4);
    (lines, 40)
}

fn broken(name: &str, size: usize, width: usize) -> Vec<String> {
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for c in name.chars() {
        let wide = char_width(c, size);
        if used + wide > width && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        used += wide;
        line.push(c);
    }
    lines.push(line);
    lines
}

/// A generous guess, in pixels: Chinese characters are as wide as high, Latin ones little more than half.
fn char_width(c: char, size: usize) -> usize {
    if c.is_ascii() { size * 3 / 5 } else { size }
}

/// The largest size up to `size` in which the words fit.
pub fn fitting(words: &str, size: usize, width: usize) -> usize {
    let wide: usize = words.chars().map(|c| char_width(c, size)).sum();
    if wide <= width { size } else { size * width / wide }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poster(enterprise: &str) -> Poster<'_> {
        Poster { enterprise, link: "http://localhost:3000/i/0123456789ab0123456789", language: Language::Zh }
    }

    #[test]
    fn the_qr_has_its_quiet_zone() {
        let (path, modules) = qr_path("http://localhost:3000/i/0123456789ab0123456789").unwrap();
        assert!(path.starts_with("M4 4h1"), "the finder pattern begins after four modules");
        let png = qr_png("http://localhost:3000/i/0123456789ab0123456789").unwrap();
        let decoded = Pixmap::decode_png(&png).unwrap();
        let side = u32::try_from(modules * MODULE).unwrap();
        assert_eq!((decoded.width(), decoded.height()), (side, side));
        assert!(side >= 240);
        let at = |x: u32, y: u32| decoded.pixel(x, y).unwrap().demultiply();
        assert_eq!(at(0, 0).red(), 255);
        assert_eq!(at(4 * 12, 4 * 12).red(), 0);
    }

    #[test]
    fn markup_in_a_name_stays_text() {
        let svg = poster_svg(&poster("甲<script>&\"'</text>乙\u{1}")).unwrap();
        assert!(svg.contains("甲&lt;script&gt;&amp;&quot;&apos;&lt;/text&gt;乙"));
        assert!(!svg.contains("<script>") && !svg.contains('\u{1}'));
    }

    #[test]
    fn a_long_name_is_broken_and_loses_nothing() {
        for chars in [1, 15, 16, 38, 39, 100] {
            let name = "企".repeat(chars);
            let (lines, size) = name_lines(&name);
            assert_eq!(lines.concat(), name);
            assert!(lines.iter().all(|line| line.chars().count() * size <= 1080), "{chars}");
        }
    }

    #[test]
    fn a_poster_has_the_size_of_a_page() {
        let png = poster_png(&poster("岭南样例制造有限公司")).unwrap();
        let decoded = Pixmap::decode_png(&png).unwrap();
        assert_eq!((decoded.width(), decoded.height()), (1240, 1754));
        let dark = |top: u32, bottom: u32| (top..bottom).any(|y| (300..900).any(|x| decoded.pixel(x, y).unwrap().demultiply().red() < 100));
        assert!(dark(420, 480), "the name is drawn");
    }
}
