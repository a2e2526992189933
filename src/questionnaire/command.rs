//! `shenbao questionnaire …`

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::{
    catalogue::{Catalogue, read_file},
    model::{Language, Questionnaire},
};
use crate::{config::Questionnaires, terminal::say};

#[derive(Subcommand)]
pub enum Command {
    /// Explain each mistake in questionnaire files, with its line
    Check {
        /// Questionnaire files (*.toml)
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// List the questionnaires that there are, with their versions
    List(Questionnaires),
}

impl Command {
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Check { files } => check(&files),
            Self::List(from) => list(from.questionnaires.as_deref()),
        }
    }
}

fn check(files: &[PathBuf]) -> anyhow::Result<()> {
    let mut count = 0;
    for file in files {
        match read_file(file)? {
            Ok(questionnaire) => say!("{}: {}. No mistakes.", file.display(), summary(&questionnaire)),
            Err(mistakes) => {
                count += mistakes.len();
                for mistake in mistakes {
                    say!("{}:{mistake}", file.display());
                }
            }
        }
    }
    anyhow::ensure!(count == 0, "{count} mistake(s)");
    Ok(())
}

fn list(folder: Option<&Path>) -> anyhow::Result<()> {
    for questionnaire in Catalogue::load(folder)?.all() {
        say!("{}: {}", summary(questionnaire), questionnaire.title.get(Language::Zh));
    }
    Ok(())
}

fn summary(questionnaire: &Questionnaire) -> String {
    let (sections, questions) = (questionnaire.sections.len(), questionnaire.questions().count());
    let (code, version, alerts) = (&questionnaire.code, questionnaire.version, questionnaire.alerts.len());
    format!("{code} version {version}, {sections} section(s), {questions} question(s), {alerts} alert rule(s)")
}
