//! What can be said on the command line: [`Cli`].

use std::ffi::OsString;

use clap::{Args, FromArgMatches, Parser, Subcommand, ValueEnum};
use globset::{GlobBuilder, GlobMatcher};

use crate::finding::Severity;
use crate::terraform::{self, Given};

/// A linter for AWS ECR in Terraform source, Terraform plans and CloudFormation templates.
#[derive(Parser, Debug)]
#[command(name = "ecrlint", version, max_term_width = 100, infer_long_args = false)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Lint directories, files or standard input.
    Check(CheckArgs),
    /// Show every ECR resource with its evaluated facts, its exposure, and where each value came from.
    Inspect(InspectArgs),
    /// Tell each check's verdict on a resource, with the way of the value that decides.
    Why(WhyArgs),
    /// Evaluate Terraform expressions, one a line, as `terraform console` does.
    Eval(EvalArgs),
    /// Show the page of a check.
    Explain {
        /// Its id, or the id that another tool has for it.
        check: String,
    },
    /// Show the JSON Schema of an output.
    Schema {
        /// The command whose output it is.
        #[arg(value_enum)]
        name: SchemaName,
    },
    /// List the checks.
    Checks {
        /// How to print them.
        #[arg(long, value_enum, default_value_t = ListFormat::Human)]
        format: ListFormat,
    },
}

#[derive(Args, Debug)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
    /// How to print the report.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(super) format: Format,
    /// Write the report to a file as well (may be repeated).
    #[arg(long, value_name = "FORMAT=PATH", value_parser = output)]
    pub(super) output: Vec<(Format, String)>,
    /// Lowest severity of a finding that makes the exit status 1 [default: medium].
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub(super) fail_on: Option<FailOn>,
    /// What to do about verdicts that can't be given [default: note].
    #[arg(long, value_enum)]
    pub(super) unknown: Option<UnknownPolicy>,
    /// What of a plan to report.
    #[arg(long, value_enum, default_value_t = PlanScope::All)]
    pub(super) plan_scope: PlanScope,
    /// Run only these checks (ids, or other tools' ids for them; may be repeated).
    #[arg(long, value_name = "CHECK", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// Do not run these checks.
    #[arg(long, value_name = "CHECK", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Show sensitive values in excerpts of the source.
    #[arg(long)]
    pub(super) show_sensitive: bool,
    #[command(flatten)]
    pub(super) screen: ScreenArgs,
}

#[derive(Args, Debug)]
pub(super) struct InspectArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
    /// How to print the model.
    #[arg(long, value_enum, default_value_t = ListFormat::Human)]
    pub(super) format: ListFormat,
    /// Show sensitive values.
    #[arg(long)]
    pub(super) show_sensitive: bool,
    #[command(flatten)]
    pub(super) screen: ScreenArgs,
}

#[derive(Args, Debug)]
pub(super) struct WhyArgs {
    /// The address of a resource, or FILE:LINE.
    #[arg(value_name = "ADDRESS")]
    pub(super) target: String,
    #[command(flatten)]
    pub(super) input: InputArgs,
    #[command(flatten)]
    pub(super) judging: JudgingArgs,
    #[command(flatten)]
    pub(super) screen: ScreenArgs,
}

/// What to read, and the values of its variables.
#[derive(Args, Debug)]
pub(super) struct InputArgs {
    /// Directories, files, or `-` for standard input [default: the working directory].
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// A plan or state in JSON, or `-` for standard input.
    #[arg(long, value_name = "FILE")]
    pub(super) plan: Vec<String>,
    /// The root module that the plans were made from, to show findings in it [default: the working directory].
    #[arg(long, value_name = "DIR")]
    source: Option<String>,
    #[command(flatten)]
    pub(super) module: ModuleArgs,
    /// Evaluate each root module once with every file of variables that matches, seen from its directory.
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    pub(super) each_var_file: Option<GlobMatcher>,
    /// Read the parameters of templates from a file, in any form that AWS's tools take.
    #[arg(long, value_name = "FILE")]
    pub(super) parameters: Vec<String>,
}

/// What decides about a root module beside its files.
#[derive(Args, Debug)]
pub(super) struct ModuleArgs {
    #[command(flatten)]
    pub(super) variables: VariableArgs,
    /// A variable as Terraform reads it from the environment (TF_VAR_NAME); the real environment is not read.
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    tf_var_env: Vec<(String, String)>,
    /// The value of `terraform.workspace`.
    #[arg(long, value_name = "NAME", default_value = "default")]
    workspace: String,
    /// Read `.tofu` files too, as OpenTofu does.
    #[arg(long)]
    pub(super) tofu: bool,
    /// Read nothing outside this directory [default: the enclosing git work tree].
    #[arg(long, value_name = "DIR")]
    pub(super) root: Option<String>,
}

/// How to judge it.
#[derive(Args, Debug)]
pub(super) struct JudgingArgs {
    /// The configuration file [default: the nearest .ecrlint.hcl at or above the first PATH].
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<String>,
    /// The account that owns the registries; without it, every named account counts as another one.
    #[arg(long, value_name = "ID", value_parser = account_id)]
    pub(super) owner_account: Option<String>,
    /// The day to judge waivers and date conditions by [default: today].
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) today: Option<String>,
    /// The checks that run [default: default].
    #[arg(long, value_enum)]
    pub(super) profile: Option<Profile>,
}

/// How to talk.
#[derive(Args, Debug)]
pub(super) struct ScreenArgs {
    /// Number of threads [default: one a processor].
    #[arg(long, value_name = "N")]
    pub(super) jobs: Option<usize>,
    /// When to use colours.
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = When::Auto)]
    pub(super) color: When,
    /// Print results only.
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Print everything: all instances of every finding.
    #[arg(long, short)]
    pub(super) verbose: bool,
}

#[derive(Args, Debug)]
pub(super) struct EvalArgs {
    /// The root module to evaluate in.
    #[arg(long, default_value = ".")]
    pub(super) dir: String,
    #[command(flatten)]
    pub(super) module: ModuleArgs,
    /// Each input line is a JSON string that holds an expression.
    #[arg(long)]
    pub(super) jsonl: bool,
    /// Show sensitive values.
    #[arg(long)]
    pub(super) show_sensitive: bool,
}

/// `--var` and `--var-file` in the order in which they were given: the last one wins.
#[derive(Debug, Default)]
pub(super) struct VariableArgs(Vec<Given>);

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Format {
    /// Annotated source for people.
    Human,
    /// One line a finding.
    Concise,
    /// JSON.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML.
    Junit,
    /// Annotations of GitHub Actions.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// Markdown, for job summaries and comments.
    Markdown,
    /// One HTML page.
    Html,
    /// The callback body of an HCP Terraform run task.
    TfcRunTask,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum ListFormat {
    /// For people.
    Human,
    /// JSON.
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum FailOn {
    Critical,
    High,
    Medium,
    Low,
    /// Findings never fail.
    None,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum PlanScope {
    /// Everything that is there when it has been applied.
    All,
    /// What it creates or updates.
    Changed,
    /// What is worse after it than before.
    Worse,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum UnknownPolicy {
    /// Say nothing.
    Ignore,
    /// Report them.
    Note,
    /// Report them and exit with 1.
    Fail,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Profile {
    Default,
    Strict,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum SchemaName {
    Check,
    Inspect,
    Checks,
    Eval,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}

impl InputArgs {
    /// The PATHs; without any, and without a plan, the working directory.
    pub(super) fn paths(&self) -> Vec<String> {
        match (self.paths.as_slice(), self.plan.as_slice()) {
            ([], []) => vec![".".to_owned()],
            (paths, _) => paths.to_vec(),
        }
    }

    /// Everything that is named.
    pub(super) fn all_paths(&self) -> Vec<String> {
        self.paths().into_iter().chain(self.plan.iter().cloned()).collect()
    }

    /// The directory of the root module that the plans were made from.
    pub(super) fn source(&self) -> &str {
        self.source.as_deref().unwrap_or(".")
    }

    /// Did somebody name this directory?
    pub(super) const fn names_source(&self) -> bool {
        self.source.is_some()
    }
}

impl VariableArgs {
    /// The names and values of `--var`.
    pub(super) fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|given| match given {
            Given::Variable { name, value } => Some((name.as_str(), value.as_str())),
            Given::File(_) | Given::Planned { .. } => None,
        })
    }
}

impl FailOn {
    /// Does a finding of this severity fail?
    pub(super) fn fails(self, severity: Severity) -> bool {
        let threshold = match self {
            Self::Critical => Severity::Critical,
            Self::High => Severity::High,
            Self::Medium => Severity::Medium,
            Self::Low => Severity::Low,
            Self::None => return false,
        };
        severity >= threshold
    }
}

impl ModuleArgs {
    /// What the evaluation of a root module wants to know.
    pub(super) fn terraform_options(&self, all_identity_policies: bool) -> terraform::Options {
        let environment = self.tf_var_env.iter().map(|(name, value)| {
            let name = name.strip_prefix("TF_VAR_").unwrap_or(name);
            (name.to_owned(), value.clone())
        });
        terraform::Options {
            values: self.variables.0.clone(),
            environment: environment.collect(),
            workspace: self.workspace.clone(),
            all_identity_policies,
        }
    }
}

impl Args for VariableArgs {
    fn augment_args(command: clap::Command) -> clap::Command {
        let var = clap::Arg::new("var")
            .long("var")
            .value_name("NAME=VALUE")
            .value_parser(assignment)
            .action(clap::ArgAction::Append)
            .help("Set a variable (a parameter of a template)");
        let var_file = clap::Arg::new("var_file")
            .long("var-file")
            .value_name("FILE")
            .action(clap::ArgAction::Append)
            .help("Read variables from a .tfvars file");
        command.arg(var).arg(var_file)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for VariableArgs {
    fn from_arg_matches(matches: &clap::ArgMatches) -> Result<Self, clap::Error> {
        let values = matches.get_many::<(String, String)>("var").into_iter().flatten();
        let values = values
            .map(|(name, value)| Given::Variable { name: name.clone(), value: value.clone() });
        let files =
            matches.get_many::<String>("var_file").into_iter().flatten().cloned().map(Given::File);
        let places = |name| matches.indices_of(name).into_iter().flatten();
        let mut all: Vec<_> =
            places("var").zip(values).chain(places("var_file").zip(files)).collect();
        all.sort_by_key(|(place, _)| *place);
        Ok(Self(all.into_iter().map(|(_, argument)| argument).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &clap::ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Reads the command line; on bad usage, prints why and gives the exit status.
pub(super) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(args)
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("write it as NAME=VALUE".to_owned()),
    }
}

fn output(text: &str) -> Result<(Format, String), String> {
    let (format, path) = text.split_once('=').ok_or("write it as FORMAT=PATH")?;
    Ok((Format::from_str(format, false)?, path.to_owned()))
}

fn glob(text: &str) -> Result<GlobMatcher, globset::Error> {
    Ok(GlobBuilder::new(text).literal_separator(true).build()?.compile_matcher())
}

fn account_id(text: &str) -> Result<String, String> {
    match text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(text.to_owned()),
        false => Err("an AWS account id has twelve digits".to_owned()),
    }
}
