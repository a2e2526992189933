//! The questionnaires that there are: the built-in ones, and those of the operator's folder.

use std::{collections::BTreeMap, fmt::Write as _, fs::File, io::Read as _, path::Path, path::PathBuf, sync::Arc};

use anyhow::{Context as _, bail};

use super::{
    model::Questionnaire,
    parse::{MAX_BYTES, Mistake, parse},
};

/// The questionnaire of an enterprise for which no other was chosen.
pub const DEFAULT: &str = "guangdong-2020";

const BUILT_IN: [(&str, &str); 2] = [
    ("guangdong-2020.toml", include_str!("catalogue/guangdong-2020.toml")),
    ("respiratory-season.toml", include_str!("catalogue/respiratory-season.toml")),
];

/// Every version of every questionnaire.
#[derive(Debug, Default)]
pub struct Catalogue {
    versions: BTreeMap<(String, u32), Arc<Questionnaire>>,
}

impl Catalogue {
    /// The built-in questionnaires, and every `*.toml` of a folder. One mistake in one file refuses them all: the error names
    /// each file and line.
    pub fn load(folder: Option<&Path>) -> anyhow::Result<Self> {
        let mut catalogue = Self::default();
        for (name, text) in BUILT_IN {
            catalogue.add(name, parse(text))?;
        }
        for file in folder.map(files).transpose()?.unwrap_or_default() {
            catalogue.add(&file.display().to_string(), read_file(&file)?)?;
        }
        Ok(catalogue)
    }

    /// The version that a declaration answered.
    pub fn get(&self, code: &str, version: u32) -> Option<Arc<Questionnaire>> {
        self.versions.get(&(code.to_owned(), version)).cloned()
    }

    /// The version that is answered now.
    pub fn newest(&self, code: &str) -> Option<Arc<Questionnaire>> {
        self.versions.range((code.to_owned(), 0)..=(code.to_owned(), u32::MAX)).next_back().map(|(_, questionnaire)| questionnaire.clone())
    }

    /// Every version of a questionnaire, the newest first.
    pub fn versions(&self, code: &str) -> Vec<Arc<Questionnaire>> {
        let versions = self.versions.range((code.to_owned(), 0)..=(code.to_owned(), u32::MAX));
        versions.rev().map(|(_, questionnaire)| questionnaire.clone()).collect()
    }

    /// The newest version of each questionnaire, by code.
    pub fn newest_of_each(&self) -> impl Iterator<Item = &Arc<Questionnaire>> {
        let newest: BTreeMap<&str, &Arc<Questionnaire>> = self.all().map(|questionnaire| (&*questionnaire.code, questionnaire)).collect();
        newest.into_values()
    }

    /// By code, and by version.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Questionnaire>> {
        self.versions.values()
    }

    fn add(&mut self, file: &str, parsed: Result<Questionnaire, Vec<Mistake>>) -> anyhow::Result<()> {
        let questionnaire = parsed.map_err(|mistakes| anyhow::anyhow!(explain(file, &mistakes)))?;
        let key = (questionnaire.code.clone(), questionnaire.version);
        if self.versions.contains_key(&key) {
            bail!("{file}: version {} of “{}” is there already: a changed questionnaire needs a new version", key.1, key.0);
        }
        self.versions.insert(key, Arc::new(questionnaire));
        Ok(())
    }
}

/// Reads a file and what it says. An error is about the file itself: it cannot be opened, is too large, or is not UTF-8.
pub fn read_file(file: &Path) -> anyhow::Result<Result<Questionnaire, Vec<Mistake>>> {
    let name = || format!("cannot read {}", file.display());
    let most = MAX_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    File::open(file).with_context(name)?.take(most).read_to_end(&mut bytes).with_context(name)?;
    if bytes.len() > MAX_BYTES {
        bail!("{} is larger than {} KiB", file.display(), MAX_BYTES / 1024);
    }
    let text = String::from_utf8(bytes).with_context(|| format!("{} is not written in UTF-8", file.display()))?;
    Ok(parse(&text))
}

fn explain(file: &str, mistakes: &[Mistake]) -> String {
    let mut text = "a questionnaire has mistakes; it can be checked with `shenbao questionnaire check FILE`".to_owned();
    for mistake in mistakes {
        let _ = write!(text, "\n{file}:{mistake}");
    }
    text
}

/// The folder's `*.toml`, in the order of their names.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let name = || format!("cannot read the folder of questionnaires {}", folder.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(name)? {
        let path = entry.with_context(name)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_questionnaires_have_no_mistakes_and_share_no_question() {
        let catalogue = Catalogue::load(None).unwrap();
        let codes: Vec<_> = catalogue.all().map(|questionnaire| (questionnaire.code.as_str(), questionnaire.version)).collect();
        assert_eq!(codes, [("guangdong-2020", 1), ("respiratory-season", 1)]);
        let [one, other] = &catalogue.all().collect::<Vec<_>>()[..] else { panic!("two questionnaires") };
        for question in one.questions() {
            assert_eq!(other.question(&question.code), None);
        }
        assert!(catalogue.newest(DEFAULT).is_some());
        assert!(catalogue.get(DEFAULT, 2).is_none());
    }
}
