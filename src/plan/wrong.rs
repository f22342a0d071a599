//! What is wrong with an input, and what to do: [`Wrong`].

use super::scan::ScanError;
use super::sniff::InputKind;
use crate::model::{Problem, ProblemKind};
use crate::source::{Base, Sources, Span};

/// Why an input can't be checked.
#[derive(Debug)]
pub(super) enum Wrong {
    /// It can't be read on.
    Scan(ScanError),
    /// It is something else.
    Kind(InputKind),
    /// It holds a format version and nothing else.
    NoState,
    /// Its format version is not one that is known here.
    Version(Option<String>),
    /// A key at the top stands twice.
    Twice(&'static str),
    /// What stands under this key is neither what belongs there nor null.
    Shape(&'static str),
    /// A resource that ends here has no type.
    NoType(Base),
    /// A resource of a type that matters is too large.
    TooLarge(Base),
    /// Modules are nested too deeply.
    TooDeep,
    /// One of its resources is broken.
    Problem(Box<Problem>),
}

const WRITE_AGAIN: &str = "write the plan again: `terraform show -json tfplan > plan.json`";

const SHOW: &str = "save the plan with `terraform plan -out=tfplan`, and check what `terraform show -json tfplan` prints";

impl Wrong {
    /// What to tell the user about the input at `path`. `section` is the key at its top that was being read, `rest`
    /// are the bytes where reading ended.
    pub(super) fn problem(
        self,
        path: &str,
        section: Option<&str>,
        rest: &[u8],
        sources: &Sources,
    ) -> Problem {
        let at = |base: Base| {
            let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let line = line.get(..80).unwrap_or(line);
            let file = sources.add_fragment(path, base, line);
            Some(Span::new(file, 0, u32::from(!line.is_empty())))
        };
        let inside = section.map(|section| format!(", inside `{section}`")).unwrap_or_default();
        let (span, message, help) = match self {
            Self::Problem(problem) => return *problem,
            Self::Kind(kind) => {
                let (message, help) = explain(kind);
                (None, message.to_owned(), help)
            }
            Self::Scan(ScanError::Io(error)) => (
                None,
                format!("the input can't be read: {error}"),
                "see that it can be read to its end",
            ),
            Self::Scan(ScanError::Truncated(base)) => (
                at(base),
                format!("the input ends too early, at byte {}{inside}", base.offset),
                "see that `terraform show -json` ran to its end and that the disk is not full; in a pipeline use `set -o pipefail`",
            ),
            Self::Scan(ScanError::Syntax(base, message)) => (
                at(base),
                format!("the plan is not JSON at byte {}{inside}: {message}", base.offset),
                WRITE_AGAIN,
            ),
            Self::NoState => (
                None,
                "there is neither a plan nor a state in this input, only its format version"
                    .to_owned(),
                "name the plan: `terraform show -json tfplan`; without a name terraform shows the state, which is empty here",
            ),
            Self::Version(None) => (
                None,
                "the plan has no `format_version`, or one that is not a text".to_owned(),
                "hand in all of what `terraform show -json` prints",
            ),
            Self::Version(Some(version)) => (
                None,
                format!(
                    "format version `{version}` is not known here: plans have version 0.x or 1.x"
                ),
                "use a newer ecrlint, or write the plan with a version of terraform that writes format 1.x",
            ),
            Self::Twice(key) => {
                (None, format!("the key `{key}` stands twice at the top of the plan"), WRITE_AGAIN)
            }
            Self::Shape(key) => {
                (None, format!("`{key}` is not what terraform writes there"), WRITE_AGAIN)
            }
            Self::NoType(base) => (
                at(base),
                format!("the resource that ends at byte {} has no `type`", base.offset),
                WRITE_AGAIN,
            ),
            Self::TooLarge(base) => (
                at(base),
                "a resource of ECR or IAM is too large to be checked".to_owned(),
                WRITE_AGAIN,
            ),
            Self::TooDeep => (None, "modules are nested too deeply".to_owned(), WRITE_AGAIN),
        };
        Problem {
            kind: ProblemKind::Input,
            path: path.to_owned(),
            span,
            message,
            help: Some(help.to_owned()),
        }
    }
}

impl From<ScanError> for Wrong {
    fn from(error: ScanError) -> Self {
        Self::Scan(error)
    }
}

/// What an input is that is no plan, and what to do.
const fn explain(kind: InputKind) -> (&'static str, &'static str) {
    match kind {
        InputKind::Empty => (
            "the input is empty",
            "see that `terraform show -json` succeeded: in a pipeline, `set -o pipefail` makes its failure yours",
        ),
        InputKind::BinaryPlan => (
            "this is a plan as terraform stores it, not in JSON",
            "check what `terraform show -json FILE` prints for it",
        ),
        InputKind::PlanLog => ("this is the log of `terraform plan -json`, not a plan", SHOW),
        InputKind::HumanOutput => ("this is what terraform prints for people, not a plan", SHOW),
        InputKind::RawState => (
            "this is a state as terraform stores it",
            "check what `terraform show -json` prints for it, or better the plan",
        ),
        InputKind::CloudPlan => (
            "this only says where HCP Terraform keeps the plan",
            "run `terraform show -json FILE` where you are logged in, and check what it prints",
        ),
        InputKind::ProviderSchemas => ("these are provider schemas, not a plan", SHOW),
        InputKind::JsonArray => {
            ("this is a JSON array, not a plan", "a plan is one JSON object: hand in one at a time")
        }
        InputKind::Template => {
            ("this is a CloudFormation template, not a plan", "name it without `--plan`")
        }
        InputKind::Terraform | InputKind::TerraformJson => {
            ("this is Terraform source, not a plan", "name it without `--plan`")
        }
        InputKind::Compressed => ("this is a compressed file", "unpack it first"),
        InputKind::OtherJson => ("this JSON is neither a plan nor a state", SHOW),
        InputKind::Plan | InputKind::State | InputKind::Other => {
            ("this is neither a plan nor a state in JSON", SHOW)
        }
    }
}
