//! What a server holds in memory.

use anyhow::Context;

use crate::support::server::Running;

pub struct Memory {
    process: u32,
}

impl Memory {
    pub fn of(running: &Running) -> Self {
        Self { process: running.process() }
    }

    pub fn resident_mb(&self) -> anyhow::Result<f64> {
        self.mb("VmRSS:")
    }

    /// The most since it was forgotten.
    pub fn peak_mb(&self) -> anyhow::Result<f64> {
        self.mb("VmHWM:")
    }

    pub fn forget_peak(&self) -> anyhow::Result<()> {
        Ok(std::fs::write(format!("/proc/{}/clear_refs", self.process), "5")?)
    }

    fn mb(&self, which: &'static str) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process))?;
        let line = status.lines().find(|line| line.starts_with(which)).context(which)?;
        let kib: f64 = line.split_whitespace().nth(1).context(which)?.parse()?;
        Ok(kib / 1024.0)
    }
}
