//! `validation` blocks of variables.

use std::rc::Rc;

use super::evaluation::{Evaluation, Instance};
use super::module::body::{AttributeRef, BlockRef};
use super::scope::Names;
use crate::model::ProblemKind;
use crate::value::Value;

impl Evaluation<'_> {
    /// Notes which of the variables that were looked at have values that Terraform would refuse. The values count all
    /// the same: the plan of someone who sets others is another one.
    pub(super) fn tell_refused(&self) {
        for instance in self.instances().iter().filter(|instance| instance.standin.is_none()) {
            for (name, variable) in &instance.module.variables {
                let known = match instance.variables.borrow().get(name) {
                    Some(Some(Ok((value, _)))) if value.is_known() => value.clone(),
                    _ => continue,
                };
                // Those of an override file do not count.
                let primary = variable.block().into_iter();
                for validation in primary.flat_map(|block| block.blocks("validation")) {
                    self.validate(instance, name, &known, validation);
                }
            }
        }
    }

    fn validate(
        &self,
        instance: &Rc<Instance>,
        name: &str,
        value: &Value,
        validation: BlockRef<'_>,
    ) {
        let condition = validation.attribute("condition");
        let holds = condition.map(|condition| Names::of(self, instance).eval(condition));
        if !holds.is_some_and(|holds| holds.is_ok_and(|holds| holds.as_bool() == Some(false))) {
            return;
        }
        let says = validation.attribute("error_message").and_then(AttributeRef::literal_text);
        let says = says.map_or_else(String::new, |text| format!(": {text}"));
        let message = format!("variable `{name}` does not accept this value{says}");
        self.tell_at(ProblemKind::Note, value.origin.span, message);
    }
}
