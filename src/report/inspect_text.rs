//! The model with its verdicts for people.

use super::inspect::{AttachmentView, RepositoryView, StepView, UnitView};
use super::json::Location;
use super::style::{Painter, Style};
use super::text::plural;
use super::window::visible;

/// The units as text.
pub fn render(units: &[UnitView], colored: bool) -> String {
    let mut out = Painter::new(colored);
    for unit in units {
        let resources = plural(unit.repositories.len() + unit.attachments.len(), "ECR resource");
        let with = unit.var_file.as_ref().map(|path| format!(" with {path}")).unwrap_or_default();
        out.styled(Style::Strong, &visible(&format!("{}{with}", unit.root)));
        out.text(&format!(" ({}, {resources})\n", unit.kind));
        unit.repositories.iter().for_each(|view| repository(view, &mut out));
        unit.attachments.iter().for_each(|view| attachment(view, &mut out));
        out.text("\n");
    }
    out.finish()
}

fn repository(view: &RepositoryView, out: &mut Painter) {
    heading(&view.address, &view.block, out);
    if let Some(name) = &view.name {
        field("name", &visible(name), out);
    }
    let tags = &view.tag_mutability;
    verdict("tags", tags.verdict, tags.because.as_deref(), out);
    if tags.verdict != "not-applicable" {
        way(&tags.location, &tags.via, out);
    }
    for arm in &tags.arms {
        field("or", &format!("{} {} {}", visible(&arm.value), arm.verdict, arm.location), out);
    }
    for policy in &view.policies {
        field("policy", &visible(policy), out);
    }
    for policy in &view.registry_policies {
        field("registry", &visible(policy), out);
    }
    for template in &view.creation_templates {
        field("template", &visible(template), out);
    }
}

fn attachment(view: &AttachmentView, out: &mut Painter) {
    heading(&view.address, &view.block, out);
    if let Some(repository) = &view.repository {
        field("of", &visible(repository), out);
    }
    verdict("lets in", view.exposure, view.because.as_deref(), out);
    if let Some(if_accepted) = view.if_accepted {
        field("if taken", if_accepted, out);
    }
    way(&view.location, &view.via, out);
    for statement in &view.statements {
        let sid =
            statement.sid.as_ref().map(|sid| format!(" `{}`", visible(sid))).unwrap_or_default();
        let actions = if statement.actions.is_empty() {
            String::new()
        } else {
            format!(" ({})", statement.actions.join(", "))
        };
        let text = format!(
            "{}{sid} {}{actions} {}",
            statement.index, statement.exposure, statement.location
        );
        field("statement", &text, out);
    }
    for arm in &view.arms {
        let place = arm.location.as_ref().map(Location::to_string).unwrap_or_default();
        field("or", &format!("{} {place}", arm.exposure), out);
    }
}

fn heading(address: &str, block: &Location, out: &mut Painter) {
    out.text("  ");
    out.styled(Style::Strong, &visible(address));
    out.text(&format!(" {block}\n"));
}

fn verdict(name: &str, verdict: &str, because: Option<&str>, out: &mut Painter) {
    let style = match verdict {
        "mutable" | "mutable-default" | "public" | "id-admin-all" => Style::High,
        "mutable-partial" | "immutable-void" | "immutable-holed" | "public-weak"
        | "service-open" | "id-push-all" | "invalid" => Style::Medium,
        "unknown" => Style::Unknown,
        _ => Style::Good,
    };
    out.text(&format!("    {name:<10}"));
    out.styled(style, verdict);
    match because {
        Some(because) => out.text(&format!(": {}\n", visible(because))),
        None => out.text("\n"),
    }
}

fn field(name: &str, value: &str, out: &mut Painter) {
    out.text(&format!("    {name:<10}{value}\n"));
}

/// Where a value was written, and the references that it passed through.
fn way(location: &Location, via: &[StepView], out: &mut Painter) {
    let steps: Vec<String> = via
        .iter()
        .rev()
        .map(|step| format!(" → {} {}", visible(&step.name), step.location))
        .collect();
    field("from", &format!("{location}{}", steps.concat()), out);
}
