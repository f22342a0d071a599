//! Colours: [`Painter`].

use std::io;

use codespan_reporting::diagnostic::{LabelStyle, Severity};
use codespan_reporting::term::WriteStyle;

/// What a piece of text is, for its colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Style {
    Critical,
    High,
    Medium,
    Low,
    Unknown,
    Error,
    Note,
    Good,
    Strong,
    Border,
    Plain,
}

/// Collects text, with ANSI colours or without.
pub(super) struct Painter {
    bytes: Vec<u8>,
    colored: bool,
    /// The colour of what is being told.
    tone: Style,
    /// What stands in front of the message instead of the renderer's own words.
    heading: String,
    /// The renderer is writing its own words.
    muted: bool,
}

impl Style {
    const fn code(self) -> &'static str {
        match self {
            Self::Critical => "\x1b[1;95m",
            Self::High | Self::Error => "\x1b[1;91m",
            Self::Medium => "\x1b[1;93m",
            Self::Low => "\x1b[1;96m",
            Self::Unknown => "\x1b[1;94m",
            Self::Note | Self::Good => "\x1b[1;92m",
            Self::Strong => "\x1b[1m",
            Self::Border => "\x1b[34m",
            Self::Plain => "",
        }
    }
}

impl Painter {
    pub(super) fn new(colored: bool) -> Self {
        Self { bytes: Vec::new(), colored, tone: Style::Note, heading: String::new(), muted: false }
    }

    /// Sets the heading and the colour of the next diagnostic.
    pub(super) fn begin(&mut self, heading: String, tone: Style) {
        self.heading = heading;
        self.tone = tone;
    }

    pub(super) fn text(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub(super) fn styled(&mut self, style: Style, text: &str) {
        if style == Style::Plain {
            return self.text(text);
        }
        self.set(style);
        self.text(text);
        self.end();
    }

    /// Writes to `out` what was collected so far.
    pub(super) fn pour(&mut self, out: &mut dyn io::Write) -> io::Result<()> {
        let written = out.write_all(&self.bytes);
        self.bytes.clear();
        written
    }

    pub(super) fn finish(self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    fn set(&mut self, style: Style) {
        if self.colored {
            self.text(style.code());
        }
    }

    fn end(&mut self) {
        if self.colored {
            self.text("\x1b[0m");
        }
    }
}

impl io::Write for Painter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.muted {
            self.bytes.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl WriteStyle for Painter {
    /// The renderer would say "error" or "warning"; our severities have names of their own.
    fn set_header(&mut self, _severity: Severity) -> io::Result<()> {
        let heading = std::mem::take(&mut self.heading);
        self.styled(self.tone, &heading);
        self.muted = true;
        Ok(())
    }

    fn set_header_message(&mut self) -> io::Result<()> {
        self.muted = false;
        self.set(Style::Strong);
        Ok(())
    }

    fn set_line_number(&mut self) -> io::Result<()> {
        self.set(Style::Border);
        Ok(())
    }

    fn set_note_bullet(&mut self) -> io::Result<()> {
        self.set(Style::Border);
        Ok(())
    }

    fn set_source_border(&mut self) -> io::Result<()> {
        self.set(Style::Border);
        Ok(())
    }

    fn set_label(&mut self, _severity: Severity, style: LabelStyle) -> io::Result<()> {
        self.set(match style {
            LabelStyle::Primary => self.tone,
            LabelStyle::Secondary => Style::Border,
        });
        Ok(())
    }

    fn reset(&mut self) -> io::Result<()> {
        self.end();
        Ok(())
    }
}
