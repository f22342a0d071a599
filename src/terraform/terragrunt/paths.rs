//! Paths that Terragrunt's functions make: [`Paths`].

use super::{FILES, above, includes, local};
use crate::disk::join;
use crate::syntax::hcl::ast::{Call, Expr, ExprKind, Part, Step};
use crate::terraform::module::load::{Modules, Parsed};
use crate::terraform::scope::relative;

/// Evaluates the paths and sources of one file. They are seen from the directory of the `terragrunt.hcl`.
#[derive(Clone, Copy)]
pub(super) struct Paths<'p> {
    modules: &'p Modules<'p>,
    /// The directory of the `terragrunt.hcl`, which may include the file.
    directory: &'p str,
    parsed: &'p Parsed,
    /// How deep locals may still refer to one another.
    depth: usize,
}

const MAX_DEPTH: usize = 8;
/// A text that is chosen by conditions may be one of so many.
const MAX_TEXTS: usize = 16;

impl<'p> Paths<'p> {
    pub(super) fn new(modules: &'p Modules<'p>, directory: &'p str, parsed: &'p Parsed) -> Self {
        Self { modules, directory, parsed, depth: MAX_DEPTH }
    }

    /// The texts that an expression may be: both arms of a conditional; none where it is computed otherwise.
    pub(super) fn texts(self, expr: &Expr) -> Vec<String> {
        let Some(depth) = self.depth.checked_sub(1) else { return Vec::new() };
        let inside = Self { depth, ..self };
        let source = &self.parsed.file.source.text;
        match &expr.kind {
            ExprKind::Template(template) => {
                template.parts.iter().fold(vec![String::new()], |before, part| {
                    let texts = match part {
                        Part::Literal(literal) => vec![literal.text(source).to_owned()],
                        Part::Interpolation { expr, .. } => inside.texts(expr),
                        Part::If { .. } | Part::For { .. } => Vec::new(),
                    };
                    let pairs = before
                        .iter()
                        .flat_map(|before| texts.iter().map(move |text| format!("{before}{text}")));
                    pairs.take(MAX_TEXTS).collect()
                })
            }
            ExprKind::Paren(inner) => inside.texts(inner),
            ExprKind::Conditional(conditional) => {
                let arms = [&conditional.yes, &conditional.no];
                arms.into_iter().flat_map(|arm| inside.texts(arm)).take(MAX_TEXTS).collect()
            }
            ExprKind::Call(call) => inside.call(call),
            ExprKind::Traversal(traversal) => match (&traversal.base.kind, &*traversal.steps) {
                (ExprKind::Variable(base), [Step::Attribute { name, .. }])
                    if base.is("local", source) =>
                {
                    let local = local(self.parsed, name.text(source));
                    local.map_or_else(Vec::new, |local| inside.texts(local.expr()))
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn call(self, call: &Call) -> Vec<String> {
        let argument = call.arguments.first().map(|argument| self.texts(argument));
        let each = |change: &dyn Fn(&str) -> Option<String>| {
            argument.iter().flatten().filter_map(|text| change(text)).collect()
        };
        let split = |path: &str| {
            let whole = join(self.directory, path);
            whole.rsplit_once('/').map(|(_, last)| last.to_owned()).or(Some(whole))
        };
        match call.name.of(&self.parsed.file.source.text) {
            b"get_terragrunt_dir" | b"get_original_terragrunt_dir" => vec![".".to_owned()],
            b"get_repo_root" | b"get_path_to_repo_root" => vec![self.repository()],
            b"get_parent_terragrunt_dir" | b"path_relative_from_include" => {
                self.included().into_iter().collect()
            }
            b"path_relative_to_include" => {
                let included = self.included().map(|way| join(self.directory, &way));
                // The names of directories above the working directory are not known.
                let known = included.filter(|included| !included.starts_with(".."));
                known.map(|included| relative(&included, self.directory)).into_iter().collect()
            }
            b"find_in_parent_folders" => match argument {
                None => FILES.iter().find_map(|name| self.find(name)).into_iter().collect(),
                Some(_) => each(&|name| self.find(name)),
            },
            b"dirname" => each(&|path| Some(format!("{path}/.."))),
            b"basename" => each(&split),
            b"abspath" => each(&|path| Some(path.to_owned())),
            _ => Vec::new(),
        }
    }

    /// The way to the top of the repository, as far as it may be read.
    fn repository(self) -> String {
        let here = self.directory.to_owned();
        let mut top = ".".to_owned();
        for (levels, directory) in std::iter::once(here).chain(above(self.directory)).enumerate() {
            let Ok(names) = self.modules.disk().list(&directory) else { break };
            top = way_up(levels);
            if names.iter().any(|name| name.name == ".git") {
                break;
            }
        }
        top
    }

    /// The way to the nearest directory above that has a file or directory of this name, the name included.
    fn find(self, name: &str) -> Option<String> {
        let disk = self.modules.disk();
        let has = |path: &str| disk.read(path).is_ok() || disk.list(path).is_ok();
        let levels = above(self.directory).position(|directory| has(&join(&directory, name)))?;
        Some(format!("{}/{name}", way_up(levels + 1)))
    }

    /// The way to the directory of the file that the `terragrunt.hcl` includes first.
    fn included(self) -> Option<String> {
        let own = self.modules.terragrunt(self.directory)?;
        let path = includes(&own).next()?;
        let paths = Paths { parsed: &own, ..self };
        paths.texts(path.expr()).into_iter().next().map(|path| join(&format!("{path}/.."), "."))
    }
}

/// The way to the directory so many levels above.
fn way_up(levels: usize) -> String {
    if levels == 0 { ".".to_owned() } else { vec![".."; levels].join("/") }
}
