//! The names that an expression refers to, found without evaluating it: [`locals`].

use smol_str::SmolStr;

use super::module::body::AttributeRef;
use crate::syntax::hcl::ast::{Expr, ExprKind, Part, Step, Template};

/// What an expression does for the value of the one around it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// It may become a part of it, or all of it.
    Part,
    /// It only decides what becomes a part of it: a condition, an index.
    Decides,
}

/// The locals that the value of an argument refers to.
pub(super) fn locals(attribute: AttributeRef<'_>) -> Vec<SmolStr> {
    let mut found = Vec::new();
    walk(attribute.expr(), &mut |expr, _| {
        let text = &attribute.file.source.text;
        if let ExprKind::Traversal(traversal) = &expr.kind
            && let ExprKind::Variable(root) = &traversal.base.kind
            && root.is("local", text)
            && let Some(Step::Attribute { name, .. }) = traversal.steps.first()
        {
            found.push(name.text(text).into());
        }
        true
    });
    found
}

/// Calls `visit` for an expression and all that it is made of, in source order; where it answers `false`, not for what
/// the expression is made of.
pub(super) fn walk(expr: &Expr, visit: &mut dyn FnMut(&Expr, Role) -> bool) {
    walk_as(Role::Part, expr, visit);
}

fn walk_as(role: Role, expr: &Expr, visit: &mut dyn FnMut(&Expr, Role) -> bool) {
    if !visit(expr, role) {
        return;
    }
    match &expr.kind {
        ExprKind::Number
        | ExprKind::Bool(_)
        | ExprKind::Null
        | ExprKind::Variable(_)
        | ExprKind::Missing => {}
        ExprKind::Template(template) => walk_template(template, visit),
        ExprKind::Tuple(items) => items.iter().for_each(|item| walk(item, visit)),
        ExprKind::Object(items) => items.iter().for_each(|item| {
            walk(&item.key, visit);
            walk(&item.value, visit);
        }),
        ExprKind::Traversal(traversal) => {
            walk(&traversal.base, visit);
            walk_steps(&traversal.steps, visit);
        }
        ExprKind::Call(call) => call.arguments.iter().for_each(|argument| walk(argument, visit)),
        ExprKind::Conditional(conditional) => {
            walk_as(Role::Decides, &conditional.condition, visit);
            walk(&conditional.yes, visit);
            walk(&conditional.no, visit);
        }
        ExprKind::Binary(binary) => {
            walk(&binary.first, visit);
            binary.rest.iter().for_each(|operation| walk(&operation.operand, visit));
        }
        ExprKind::Unary(unary) => walk(&unary.operand, visit),
        ExprKind::Paren(inner) => walk(inner, visit),
        ExprKind::For(each) => {
            walk(&each.collection, visit);
            each.key.iter().for_each(|key| walk(key, visit));
            walk(&each.value, visit);
            each.condition.iter().for_each(|it| walk_as(Role::Decides, it, visit));
        }
    }
}

fn walk_template(template: &Template, visit: &mut dyn FnMut(&Expr, Role) -> bool) {
    walk_parts(&template.parts, visit);
}

fn walk_parts(parts: &[Part], visit: &mut dyn FnMut(&Expr, Role) -> bool) {
    for part in parts {
        match part {
            Part::Literal(_) => {}
            Part::Interpolation { expr, .. } => walk(expr, visit),
            Part::If { condition, yes, no, .. } => {
                walk_as(Role::Decides, condition, visit);
                walk_parts(yes, visit);
                walk_parts(no, visit);
            }
            Part::For { collection, body, .. } => {
                walk(collection, visit);
                walk_parts(body, visit);
            }
        }
    }
}

fn walk_steps(steps: &[Step], visit: &mut dyn FnMut(&Expr, Role) -> bool) {
    for step in steps {
        match step {
            Step::Attribute { .. } | Step::LegacyIndex { .. } => {}
            Step::Index { key, .. } => walk_as(Role::Decides, key, visit),
            Step::AttributeSplat { each, .. } | Step::FullSplat { each, .. } => {
                walk_steps(each, visit);
            }
        }
    }
}
