//! Waivers: comments that say why a finding is accepted. [`Waivers`]
//!
//! `# ecrlint: ignore[mutable-tags] until=2027-03-31 -- reason` counts on the line of the finding or of one of its
//! labels, on the header of its block, and on the `module` calls around it; a comment with a line to itself counts
//! for the line below. In a template, `Metadata` may hold it: `ecrlint: ignore[…] -- reason` counts for the resource.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::checks;
use crate::date::Date;
use crate::finding::{Finding, Label, Severity, UnknownFinding};
use crate::source::{FileId, Sources, Span, TextRange};

mod scan;

/// All waivers of a run, and which of them were of use.
#[derive(Debug)]
pub struct Waivers {
    today: Date,
    waivers: Vec<Waiver>,
    /// The waivers that count on each line, 0-based.
    by_line: HashMap<(Arc<str>, usize), Vec<usize>>,
    /// Waivers that count for the block around them.
    in_blocks: Vec<usize>,
}

/// A waiver.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiver {
    /// The bytes from `ecrlint:` to the end of the reason.
    pub span: Span,
    /// The checks that it names.
    pub checks: Vec<Named>,
    /// The last day on which it counts; the bytes of what can't be read as a day.
    pub until: Result<Option<Date>, Span>,
    /// Why the finding is accepted; empty where it does not say.
    pub reason: String,
}

/// A check that a waiver names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Named {
    /// As written: an id, or another tool's id for it.
    pub name: String,
    /// Its bytes.
    pub span: Span,
    /// The check's own id; `None` where there is no such check.
    pub id: Option<&'static str>,
    /// Something was waived by it.
    pub used: bool,
}

impl Waivers {
    /// Finds the waivers in all texts that were read.
    pub fn find(sources: &Sources, today: Date) -> Self {
        let mut found =
            Self { today, waivers: Vec::new(), by_line: HashMap::new(), in_blocks: Vec::new() };
        let mut seen = HashSet::new();
        for (id, file) in sources.files() {
            let mut raw = scan::waivers(&file).peekable();
            if raw.peek().is_none() || !seen.insert(Arc::clone(file.path())) {
                continue;
            }
            for raw in raw {
                let number = found.waivers.len();
                match &raw.lines {
                    Some(lines) => lines.iter().for_each(|line| {
                        found
                            .by_line
                            .entry((Arc::clone(file.path()), *line))
                            .or_default()
                            .push(number);
                    }),
                    None => found.in_blocks.push(number),
                }
                found.waivers.push(Waiver::new(id, raw));
            }
        }
        found
    }

    /// The waiver that covers a finding, if there is one; it counts as used.
    pub fn cover(&mut self, finding: &Finding, sources: &Sources) -> Option<Waiver> {
        let labels =
            std::iter::once(&finding.primary).chain(&finding.related).map(|label| label.span);
        self.cover_places(
            finding.check,
            labels.chain(finding.scopes.iter().copied()),
            &finding.scopes,
            sources,
        )
    }

    /// The waiver that covers a verdict that can't be given, if there is one; it counts as used.
    pub fn cover_unknown(&mut self, unknown: &UnknownFinding, sources: &Sources) -> Option<Waiver> {
        let arms = unknown.arms.iter().map(|arm| arm.place);
        self.cover_places(unknown.check, std::iter::once(unknown.place).chain(arms), &[], sources)
    }

    fn cover_places(
        &mut self,
        check: &str,
        places: impl Iterator<Item = Span>,
        blocks: &[Span],
        sources: &Sources,
    ) -> Option<Waiver> {
        if self.waivers.is_empty() {
            return None;
        }
        let on_lines = places.filter_map(|span| {
            let file = sources.get(span.file);
            self.by_line.get(&(Arc::clone(file.path()), file.line_of(span.range.start)))
        });
        let inside = self.in_blocks.iter().filter(|number| {
            let waiver = self.waivers.get(**number).map(|waiver| waiver.span);
            waiver.is_some_and(|waiver| {
                // The header and the block itself come first; module calls around it hold no values.
                blocks.iter().take(2).any(|block| contains(*block, waiver, sources))
            })
        });
        let candidates: Vec<usize> = on_lines.flatten().chain(inside).copied().collect();
        candidates.into_iter().find_map(|number| {
            let waiver = self.waivers.get_mut(number).filter(|waiver| waiver.holds(self.today))?;
            let named = waiver.checks.iter_mut().find(|named| named.id == Some(check))?;
            named.used = true;
            Some(waiver.clone())
        })
    }

    /// What is wrong with the waivers themselves, for the checks that `ran`. Call it when all findings are covered.
    pub fn findings(&self, ran: impl Fn(&str) -> bool) -> Vec<Finding> {
        let findings = self.waivers.iter().flat_map(|waiver| waiver.findings(self.today, &ran));
        findings.filter(|finding| ran(finding.check)).collect()
    }
}

impl Waiver {
    fn new(file: FileId, raw: scan::Raw) -> Self {
        let span = |range: TextRange| Span { file, range };
        let named = raw.checks.into_iter().map(|(name, range)| {
            let id = checks::find(&name).map(|check| check.id);
            Named { name, span: span(range), id, used: false }
        });
        Self {
            span: span(raw.range),
            checks: named.collect(),
            until: raw.until.map_err(span),
            reason: raw.reason,
        }
    }

    /// Does it count on this day?
    fn holds(&self, today: Date) -> bool {
        !self.reason.is_empty()
            && self.until.is_ok_and(|until| until.is_none_or(|last| today <= last))
    }

    fn findings(&self, today: Date, ran: &impl Fn(&str) -> bool) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut report = |check, span, message: String, help: &str| {
            findings.push(Finding {
                check,
                severity: Severity::Low,
                address: "".into(),
                message,
                help: help.to_owned(),
                primary: Label { span, message: String::new() },
                related: Vec::new(),
                exposure: None,
                fixes: Vec::new(),
                scopes: Vec::new(),
            });
        };
        if self.checks.is_empty() {
            let message = "this waiver names no check".to_owned();
            report(
                "unknown-check-in-waiver",
                self.span,
                message,
                "write it as `ecrlint: ignore[check] -- reason`",
            );
        }
        if self.reason.is_empty() {
            let message = "this waiver does not say why, so it covers nothing".to_owned();
            report("waiver-without-reason", self.span, message, "add the reason behind `--`");
        }
        match self.until {
            Err(span) => {
                let message =
                    "what stands here can't be read, so the waiver covers nothing".to_owned();
                report("expired-waiver", span, message, "write the last day as `until=YYYY-MM-DD`");
            }
            Ok(Some(last)) if last < today => {
                let message = format!("this waiver held until {last}");
                report(
                    "expired-waiver",
                    self.span,
                    message,
                    "mend the finding, or agree on a new date",
                );
            }
            Ok(_) => {}
        }
        for named in &self.checks {
            match named.id {
                None => {
                    let message = format!("there is no check `{}`", named.name);
                    report(
                        "unknown-check-in-waiver",
                        named.span,
                        message,
                        "`ecrlint checks` lists them",
                    );
                }
                Some(id) if self.holds(today) && !named.used && ran(id) => {
                    let message = format!("no finding of `{id}` is covered by this waiver");
                    report(
                        "unused-waiver",
                        named.span,
                        message,
                        "delete it, or move it to the line of the finding",
                    );
                }
                Some(_) => {}
            }
        }
        findings
    }
}

/// Does a block contain a place? (They may have been loaded separately.)
fn contains(block: Span, place: Span, sources: &Sources) -> bool {
    let same_file =
        block.file == place.file || sources.place(block.file).0 == sources.place(place.file).0;
    same_file && block.range.start <= place.range.start && place.range.end <= block.range.end
}
