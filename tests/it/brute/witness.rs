//! Whether a witness gets in by IAM's rules.

use ecrlint::policy::Witness;

use super::alphabet::{ACTIONS, Principal, Test};
use super::{Policy, Statement, World, iam};

impl World {
    /// Is the witness a stranger whom IAM lets in by this statement?
    pub(super) fn confirms(&self, policy: &Policy, index: usize, witness: &Witness) -> bool {
        let mut facts = iam::Facts::new();
        for fact in &witness.facts {
            if !fact.values.is_empty() {
                facts.insert(fact.key.to_lowercase(), fact.values.clone());
            }
        }
        facts
            .entry("aws:resourceaccount".to_owned())
            .or_insert_with(|| vec!["111122223333".to_owned()]);
        facts
            .entry("aws:principalaccount".to_owned())
            .or_insert_with(|| vec![witness.caller.account.clone()]);
        facts
            .entry("aws:principalarn".to_owned())
            .or_insert_with(|| vec![witness.caller.arn.clone()]);
        let is_true = |statement: &Statement| {
            let (element, patterns) = ACTIONS[statement.actions];
            let action = witness.action.to_lowercase();
            let matches =
                |pattern: &&str| iam::glob(pattern.to_lowercase().as_bytes(), action.as_bytes());
            let names_action = patterns.iter().any(matches) == (element == "Action");
            let names_caller = match statement.principal {
                Principal::Star
                | Principal::AwsStar
                | Principal::StarInList
                | Principal::StarAndService => true,
                Principal::AllButPartner => witness.caller.account != "444455556666",
                Principal::AllButPartnerRole | Principal::AllButService => true,
                Principal::Owner | Principal::OwnUser | Principal::PartnerAccount => false,
                Principal::PartnerRole | Principal::PartnerSession => false,
                Principal::PartnerAndService | Principal::FederatedUser => false,
                Principal::Deleted | Principal::Service | Principal::Nobody => false,
                Principal::AllButStar => false,
            };
            let passes = |test: &Test| {
                iam::passes(&test.operator, test.key, test.values, &facts, policy.variables)
            };
            names_action
                && names_caller
                && statement.tests.iter().all(|index| passes(&self.tests[*index]))
        };
        let allowed = is_true(&policy.statements[index]) && policy.statements[index].allow;
        allowed
            && !policy.statements.iter().any(|statement| !statement.allow && is_true(statement))
            && is_strange(witness, &facts)
    }
}

/// Has the caller nothing of what only insiders have?
fn is_strange(witness: &Witness, facts: &iam::Facts) -> bool {
    let has = |key: &str, value: &str| {
        facts.get(key).is_some_and(|values| values.iter().any(|has| has.starts_with(value)))
    };
    let caller = &witness.caller;
    !["111122223333", "444455556666", "222233334444"].contains(&caller.account.as_str())
        && caller.arn.split(':').nth(4) == Some(&caller.account)
        && facts["aws:principalaccount"] == [caller.account.clone()]
        && facts["aws:principalarn"] == [caller.arn.clone()]
        && facts["aws:resourceaccount"] == ["111122223333"]
        && !has("aws:principalorgid", "o-a1b2c3d4e5")
        && !has("aws:principalorgpaths", "o-a1b2c3d4e5/")
        && !has("aws:sourceip", "203.0.113.")
        && !has("aws:sourcevpce", "vpce-1a2b3c4d")
        && !has("aws:sourcevpc", "vpc-91237329")
        && !has("aws:vpceorgid", "o-a1b2c3d4e5")
        && !has("aws:vpceaccount", "111122223333")
        && ![
            "aws:sourceaccount",
            "aws:sourcearn",
            "aws:principalservicename",
            "aws:principleorgid",
            "kms:calleraccount",
        ]
        .iter()
        .any(|key| facts.contains_key(*key))
        && !(facts.contains_key("aws:sourceip") && facts.contains_key("aws:sourcevpce"))
}
