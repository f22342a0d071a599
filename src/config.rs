//! The configuration file `.ecrlint.hcl`: [`Config`].
//!
//! ```hcl
//! profile          = "strict"
//! ignore           = ["force-delete"]
//! severity         = { mutable-tags = "high" }
//! owner_account    = "111122223333"
//! trusted_accounts = ["444455556666"]
//! probe_tags       = ["release-1"]
//! exclude          = ["sandbox/**"]
//! ```

use std::collections::BTreeMap;

use globset::{Glob, GlobSet, GlobSetBuilder};
use hcl::edit::Span as _;
use hcl::edit::expr::{Expression, ObjectKey};
use hcl::edit::structure::{Attribute, Structure};
use serde::de::DeserializeOwned;

use crate::checks::{self, Profile};
use crate::finding::Severity;
use crate::model::{Problem, ProblemKind};
use crate::source::{FileId, Sources, Span};

/// What the file says. What it leaves out is empty; the command line wins over it.
#[derive(Debug, Default)]
pub struct Config {
    /// The set of checks that run.
    pub profile: Option<Profile>,
    /// Only these checks run: ids or aliases that exist.
    pub select: Vec<String>,
    /// These checks do not run.
    pub ignore: Vec<String>,
    /// Severities by the id of a check.
    pub severity: BTreeMap<&'static str, Severity>,
    /// The account that owns the registries.
    pub owner_account: Option<String>,
    /// Other accounts that may have access.
    pub trusted_accounts: Vec<String>,
    /// Tags that an exclusion filter must not free.
    pub probe_tags: Vec<String>,
    /// Only files that match are scanned, by their path from the file's directory; `None` for all.
    pub include: Option<GlobSet>,
    /// Files that match are not scanned.
    pub exclude: GlobSet,
}

const SETTINGS: [&str; 9] = [
    "profile",
    "select",
    "ignore",
    "severity",
    "owner_account",
    "trusted_accounts",
    "probe_tags",
    "include",
    "exclude",
];

/// Reads the text of a configuration file.
///
/// # Errors
/// All problems with their places: syntax errors, unknown settings and checks, wrong types.
pub fn read(text: &str, file: FileId, sources: &Sources) -> Result<Config, Vec<Problem>> {
    let mut reader =
        Reader { file, path: sources.get(file).path().to_string(), problems: Vec::new() };
    let mut config = Config::default();
    match hcl::edit::parser::parse_body(text) {
        Ok(body) => {
            for item in &body {
                match item {
                    Structure::Attribute(attribute) => reader.setting(attribute, &mut config),
                    Structure::Block(block) => {
                        let message = format!("`{}` is written as a block", &*block.ident);
                        reader.problem(
                            block.ident.span(),
                            message,
                            "write settings as `name = value`".to_owned(),
                        );
                    }
                }
            }
        }
        Err(error) => {
            let at = error.location().offset();
            reader.problem(Some(at..at), error.message().to_owned(), String::new());
        }
    }
    if reader.problems.is_empty() { Ok(config) } else { Err(reader.problems) }
}

struct Reader {
    file: FileId,
    path: String,
    problems: Vec<Problem>,
}

impl Reader {
    fn setting(&mut self, attribute: &Attribute, config: &mut Config) {
        let value = &attribute.value;
        match &**attribute.key {
            "profile" => {
                let profiles = [("default", Profile::Default), ("strict", Profile::Strict)];
                config.profile =
                    self.text(value).and_then(|text| self.one_of(&text, &profiles, value));
            }
            "select" => config.select = self.checks(value),
            "ignore" => config.ignore = self.checks(value),
            "severity" => config.severity = self.severities(value),
            "owner_account" => {
                config.owner_account = self.text(value).filter(|text| self.account(text, value));
            }
            "trusted_accounts" => {
                config.trusted_accounts = self.list(value);
                let accounts = config.trusted_accounts.clone();
                accounts.iter().for_each(|text| {
                    self.account(text, value);
                });
            }
            "probe_tags" => config.probe_tags = self.list(value),
            "include" => config.include = Some(self.globs(value)),
            "exclude" => config.exclude = self.globs(value),
            unknown => {
                let message = format!("there is no setting `{unknown}`");
                self.problem(
                    attribute.key.span(),
                    message,
                    did_you_mean(unknown, SETTINGS.into_iter()),
                );
            }
        }
    }

    fn problem(&mut self, at: Option<std::ops::Range<usize>>, message: String, help: String) {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.problems.push(Problem {
            kind: ProblemKind::Input,
            path: self.path.clone(),
            span: at.map(|at| Span::new(self.file, offset(at.start), offset(at.end))),
            message,
            help: (!help.is_empty()).then_some(help),
        });
    }

    /// A value of a type that serde knows.
    fn value<T: DeserializeOwned>(&mut self, value: &Expression) -> Option<T> {
        match T::deserialize(hcl::Expression::from(value.clone())) {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem(value.span(), error.to_string(), String::new());
                None
            }
        }
    }

    fn text(&mut self, value: &Expression) -> Option<String> {
        self.value(value)
    }

    fn list(&mut self, value: &Expression) -> Vec<String> {
        self.value(value).unwrap_or_default()
    }

    /// The ids of checks; unknown ones are reported.
    fn checks(&mut self, value: &Expression) -> Vec<String> {
        let names = self.list(value);
        names.iter().for_each(|name| {
            self.check(name, value.span());
        });
        names
    }

    fn check(&mut self, name: &str, at: Option<std::ops::Range<usize>>) -> Option<&'static str> {
        let check = checks::find(name);
        if check.is_none() {
            let help = did_you_mean(name, checks::ALL.iter().map(|check| check.id));
            self.problem(at, format!("there is no check `{name}`"), help);
        }
        check.map(|check| check.id)
    }

    fn severities(&mut self, value: &Expression) -> BTreeMap<&'static str, Severity> {
        let names = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical]
            .map(|s| (s.name(), s));
        let mut severities = BTreeMap::new();
        let Expression::Object(object) = value else {
            self.problem(
                value.span(),
                "this must be an object of severities by check".to_owned(),
                String::new(),
            );
            return severities;
        };
        for (key, severity) in object {
            let name = match key {
                ObjectKey::Ident(ident) => Some(ident.to_string()),
                ObjectKey::Expression(expression) => self.text(expression),
            };
            let check = name.and_then(|name| self.check(&name, key.span()));
            let severity = self
                .text(severity.expr())
                .and_then(|text| self.one_of(&text, &names, severity.expr()));
            severities.extend(check.zip(severity));
        }
        severities
    }

    fn globs(&mut self, value: &Expression) -> GlobSet {
        let mut builder = GlobSetBuilder::new();
        for pattern in self.list(value) {
            // A directory stands for all that is in it.
            let inside = format!("{}/**", pattern.trim_end_matches('/'));
            match (Glob::new(&pattern), Glob::new(&inside)) {
                (Ok(pattern), Ok(inside)) => {
                    builder.add(pattern).add(inside);
                }
                (Err(error), _) | (_, Err(error)) => {
                    self.problem(value.span(), error.to_string(), String::new());
                }
            }
        }
        builder.build().unwrap_or_default()
    }

    fn one_of<T: Copy>(
        &mut self,
        text: &str,
        known: &[(&str, T)],
        value: &Expression,
    ) -> Option<T> {
        let found = known.iter().find(|(name, _)| *name == text).map(|(_, found)| *found);
        if found.is_none() {
            let help = did_you_mean(text, known.iter().map(|(name, _)| *name));
            self.problem(value.span(), format!("`{text}` is not known here"), help);
        }
        found
    }

    fn account(&mut self, text: &str, value: &Expression) -> bool {
        let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_account {
            let message = format!("`{text}` is not an AWS account id");
            self.problem(value.span(), message, "an account id has twelve digits".to_owned());
        }
        is_account
    }
}

/// The nearest of the known words, or all of them.
pub fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let near = known.clone().map(|name| (strsim::jaro_winkler(word, name), name));
    match near.max_by(|(a, _), (b, _)| a.total_cmp(b)) {
        Some((similarity, name)) if similarity > 0.8 => format!("did you mean `{name}`?"),
        _ => format!(
            "known are {}",
            known.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        ),
    }
}
