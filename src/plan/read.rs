//! The grammar of plans and states in JSON: [`Reader`].

use std::io::Read;
use std::iter;
use std::sync::Arc;

use super::Options;
use super::collect::Collector;
use super::configuration::Configuration;
use super::entry::{Entry, Part, Side};
use super::identity::may_matter;
use super::resources::Kind;
use super::scan::{ScanError, Scanner, Start};
use super::sniff::{InputKind, by_key, plan_in, sniff};
use super::texts::Texts;
use super::variables;
use super::wrong::Wrong;
use crate::model::Problem;
use crate::source::Sources;
use crate::terraform::Given;

/// Most bytes that a wrapper may write before or behind the plan.
const MAX_NOISE: usize = 1024 * 1024;

/// Longest beginning of an object that tells a plan from noise.
const BEGINNING: usize = 512;

/// Deepest nesting of modules in a state.
const MAX_MODULES: usize = 100;

/// What lines that a wrapper writes behind a plan begin with.
const NOISE: [&str; 10] = [
    "::",
    "[command]",
    "##[",
    "##vso[",
    "Warning:",
    "Releasing state lock",
    "╷",
    "│",
    "╵",
    "\u{1B}[",
];

/// Keys at the top that are read, and may stand there only once.
const SECTIONS: [&str; 9] = [
    "format_version",
    "errored",
    "complete",
    "resource_changes",
    "deferred_changes",
    "configuration",
    "values",
    "variables",
    "plan",
];

/// Reads a plan or state.
#[derive(Debug)]
pub(super) struct Reader<'a, R> {
    pub(super) scanner: Scanner<R>,
    path: Arc<str>,
    sources: &'a Sources,
    /// The resource types so far.
    types: Texts,
    /// What is there when the plan has been applied.
    pub(super) after: Collector,
    /// What is there before, where somebody asked for it.
    pub(super) before: Option<Collector>,
    pub(super) configuration: Configuration,
    pub(super) facts: Facts,
}

/// What the keys at the top of a plan or state say.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// What the keys are typical of.
    kinds: Vec<InputKind>,
    /// Those of [`SECTIONS`] that were there.
    pub(super) sections: Vec<&'static str>,
    /// The key at the top that is being read.
    pub(super) section: Option<String>,
    pub(super) format_version: Option<String>,
    pub(super) variables: Vec<Given>,
    pub(super) errored: bool,
    pub(super) incomplete: bool,
    /// How many changes are deferred to the next plan.
    pub(super) deferred: usize,
    /// The plan is inside another object.
    pub(super) is_wrapped: bool,
    /// Something else stands before or behind the plan.
    pub(super) is_in_noise: bool,
}

impl<'a, R: Read> Reader<'a, R> {
    /// Stands before the input.
    ///
    /// # Errors
    /// The input can't be read.
    pub(super) fn new(
        input: R,
        path: &str,
        sources: &'a Sources,
        options: &Options,
    ) -> Result<Self, ScanError> {
        Ok(Self {
            scanner: Scanner::new(input)?,
            path: path.into(),
            sources,
            types: Texts::default(),
            after: Collector::new(Side::After, options.identity_policies),
            before: (options.before)
                .then(|| Collector::new(Side::Before, options.identity_policies)),
            configuration: Configuration::default(),
            facts: Facts::default(),
        })
    }

    /// Reads the input to its last byte, and answers whether it is a plan or a state.
    pub(super) fn read(&mut self) -> Result<InputKind, Wrong> {
        self.find_start()?;
        self.scanner.enter_object()?;
        self.object()?;
        let kind = self.facts.kind()?;
        self.end()?;
        Ok(kind)
    }

    /// A better answer to `wrong` where the input is something else altogether.
    pub(super) fn explain(&mut self, wrong: Wrong) -> Wrong {
        match (sniff(self.scanner.window().head()), wrong) {
            (InputKind::Plan | InputKind::State | InputKind::OtherJson, wrong) => wrong,
            (kind, Wrong::Scan(ScanError::Truncated(_) | ScanError::Syntax(..))) => {
                Wrong::Kind(kind)
            }
            (_, wrong) => wrong,
        }
    }

    /// Moves to the beginning of the plan, over what a wrapper wrote before it.
    fn find_start(&mut self) -> Result<(), Wrong> {
        match self.scanner.peek_or_end()? {
            Some(b'{') => return Ok(()),
            Some(_) => {}
            None => return Err(Wrong::Kind(InputKind::Empty)),
        }
        let kind = sniff(self.scanner.window().head());
        let mut passed = 0;
        while kind != InputKind::JsonArray && passed < MAX_NOISE {
            let rest = self.scanner.window().rest();
            let start = plan_in(rest);
            let noise = start.unwrap_or(rest.len().saturating_sub(BEGINNING));
            self.scanner.window().advance(noise);
            if start.is_some() {
                self.facts.is_in_noise = true;
                return Ok(());
            }
            passed += noise;
            if !self.scanner.window().more().map_err(ScanError::Io)? {
                break;
            }
        }
        Err(Wrong::Kind(kind))
    }

    /// Reads the object that holds everything.
    fn object(&mut self) -> Result<(), Wrong> {
        while let Some(key) = self.scanner.key()? {
            let section = SECTIONS.iter().find(|section| **section == key).copied();
            let kind = by_key(key);
            self.facts.section = Some(key.to_owned());
            self.facts.kinds.extend(kind.filter(|kind| !self.facts.kinds.contains(kind)));
            match section {
                Some(section) if self.facts.sections.contains(&section) => {
                    return Err(Wrong::Twice(section));
                }
                Some(section) => self.section(section)?,
                None => self.scanner.skip()?,
            }
        }
        self.facts.section = None;
        Ok(())
    }

    fn section(&mut self, section: &'static str) -> Result<(), Wrong> {
        self.facts.sections.push(section);
        match section {
            // A tool that writes the plan anew may turn the text into a number.
            "format_version" => {
                self.facts.format_version = self.scanner.scalar()?.map(str::to_owned)
            }
            "errored" => self.facts.errored = self.scanner.scalar()? == Some("true"),
            "complete" => self.facts.incomplete = self.scanner.scalar()? == Some("false"),
            "resource_changes" => {
                if self.enter("resource_changes", Start::Array)? {
                    while self.scanner.element()? {
                        self.entry(false)?;
                    }
                }
            }
            "deferred_changes" => self.deferred_changes()?,
            "configuration" => self.configuration.read(&mut self.scanner)?,
            "values" => self.state_values()?,
            "variables" => {
                self.scanner.keep()?;
                let (_, bytes) = self.scanner.take_kept();
                self.facts.variables = bytes.map(variables::read).unwrap_or_default();
            }
            // A service's own object around the plan.
            "plan" if !self.facts.is_wrapped && self.scanner.peek()? == b'{' => {
                self.facts.is_wrapped = true;
                let outer = std::mem::take(&mut self.facts.sections);
                self.scanner.enter_object()?;
                self.object()?;
                self.facts.sections.extend(outer);
            }
            _ => self.scanner.skip()?,
        }
        Ok(())
    }

    /// Enters the object or array that comes next under `key`, or passes over `null` and answers `false`.
    fn enter(&mut self, key: &'static str, wanted: Start) -> Result<bool, Wrong> {
        if self.scanner.start()? == wanted {
            return Ok(self.scanner.enter(wanted)?);
        }
        if self.scanner.scalar()? == Some("null") { Ok(false) } else { Err(Wrong::Shape(key)) }
    }

    /// Reads one resource.
    fn entry(&mut self, is_state: bool) -> Result<(), Wrong> {
        let (mut kind, mut is_typed) = (None, false);
        let matters = self.scanner.object_of_type(|type_name| {
            is_typed = true;
            kind = Kind::of(type_name);
            kind.is_some()
        })?;
        if !is_typed {
            return Err(Wrong::NoType(self.scanner.place()));
        }
        let Some(kind) = kind.filter(|_| matters) else { return Ok(()) };
        let (base, bytes) = self.scanner.take_kept();
        let bytes = bytes.ok_or(Wrong::TooLarge(base))?;
        if !may_matter(kind, bytes, self.after.identity_policies) {
            return Ok(());
        }
        let part = Part { path: &self.path, base, bytes, is_state };
        let entry = Entry::read(&part, &mut self.types, self.sources)?;
        for collector in iter::once(&mut self.after).chain(&mut self.before) {
            collector.add(kind, &entry, &self.path);
        }
        Ok(())
    }

    fn deferred_changes(&mut self) -> Result<(), Wrong> {
        if self.enter("deferred_changes", Start::Array)? {
            while self.scanner.element()? {
                self.facts.deferred += 1;
                let mut is_read = false;
                if self.scanner.enter_object()? {
                    while let Some(key) = self.scanner.key()? {
                        if key == "resource_change" {
                            is_read = true;
                            self.entry(false)?
                        } else {
                            self.scanner.skip()?
                        }
                    }
                }
                if !is_read {
                    return Err(Wrong::NoType(self.scanner.place()));
                }
            }
        }
        Ok(())
    }

    fn state_values(&mut self) -> Result<(), Wrong> {
        if self.enter("values", Start::Object)? {
            while let Some(key) = self.scanner.key()? {
                if key == "root_module" {
                    self.state_module("root_module", 0)?;
                } else {
                    self.scanner.skip()?;
                }
            }
        }
        Ok(())
    }

    /// Reads a module that stands under `key`.
    fn state_module(&mut self, key: &'static str, depth: usize) -> Result<(), Wrong> {
        if depth > MAX_MODULES {
            return Err(Wrong::TooDeep);
        }
        if !self.enter(key, Start::Object)? {
            return Ok(());
        }
        while let Some(key) = self.scanner.key()? {
            match key {
                "resources" => {
                    if self.enter("resources", Start::Array)? {
                        while self.scanner.element()? {
                            self.entry(true)?;
                        }
                    }
                }
                "child_modules" => {
                    if self.enter("child_modules", Start::Array)? {
                        while self.scanner.element()? {
                            self.state_module("child_modules", depth + 1)?;
                        }
                    }
                }
                _ => self.scanner.skip()?,
            }
        }
        Ok(())
    }

    /// Nothing but white space, and lines that a wrapper writes, may follow.
    fn end(&mut self) -> Result<(), Wrong> {
        if self.scanner.peek_or_end()?.is_none() {
            return Ok(());
        }
        let window = self.scanner.window();
        while window.rest().len() < MAX_NOISE && window.more().map_err(ScanError::Io)? {}
        let text = String::from_utf8_lossy(window.rest());
        let is_noise = |line: &str| {
            line.trim().is_empty() || NOISE.iter().any(|noise| line.trim_start().starts_with(noise))
        };
        if text.len() < MAX_NOISE && text.lines().all(is_noise) {
            self.facts.is_in_noise = true;
            return Ok(());
        }
        Err(ScanError::Syntax(self.scanner.place(), "expected the end of the input".to_owned())
            .into())
    }
}

impl Facts {
    /// What the input is.
    ///
    /// # Errors
    /// Neither a plan nor a state, or of a version that nobody here knows.
    fn kind(&self) -> Result<InputKind, Wrong> {
        let has_format = self.sections.contains(&"format_version");
        let kind = if self.kinds.contains(&InputKind::Plan) {
            InputKind::Plan
        } else if has_format && self.kinds.contains(&InputKind::State) {
            InputKind::State
        } else {
            let nothing =
                if has_format { Wrong::NoState } else { Wrong::Kind(InputKind::OtherJson) };
            return Err(self.kinds.first().map_or(nothing, |kind| Wrong::Kind(*kind)));
        };
        match self.version() {
            Some((0 | 1, _)) => Ok(kind),
            _ => Err(Wrong::Version(self.format_version.clone())),
        }
    }

    /// The major and minor number of the format.
    pub(super) fn version(&self) -> Option<(u64, u64)> {
        let (major, minor) = self.format_version.as_deref()?.split_once('.')?;
        let number = |text: &str| {
            if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
        };
        Some((number(major)?, number(minor)?))
    }
}

impl From<Problem> for Wrong {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}
